//! Seals everything in `genuine/` again. Bugs that were found with the old texts are found with the
//! new ones, but every seed of the fuzzer that quotes one has to be made again.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sealjar::{__hazmat as hazmat, Context, KeyRing, Sealer, Timestamp};
use sealjar_fuzz::blob::STORE_KEY;
use sealjar_fuzz::genuine::CANARY;
use sealjar_fuzz::reference::{Told, layout_of_newtype};
use sealjar_fuzz::ring::{DOCUMENT, NOW, changed, sealing_with};
use sealjar_fuzz::{cookies, open};
use sealjar_session::DEFAULT_COOKIE_NAME;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("genuine");
    fs::write(folder.join("tokens.txt"), tokens()?)?;
    fs::write(folder.join("sessions.txt"), sessions()?)?;
    let ring = KeyRing::from_json(DOCUMENT.as_bytes())?;
    let first = STORE_KEY.seal(&ring, [0; 32])?;
    let second = STORE_KEY.seal(&ring, [0xB5; 32])?;
    fs::write(folder.join("first.blob"), first)?;
    fs::write(folder.join("second.blob"), second)?;
    Ok(())
}

/// One line for each way in which a sealed token can be judged.
fn tokens() -> Result<String, Box<dyn Error>> {
    let ring = changed(|_| ());
    let ended = ring.keys()[1].seals_until.unwrap_or(Timestamp::MIN);
    let floor = ring.revocations().floor.unwrap_or(Timestamp::MIN);
    let (earlier, later) = (NOW.saturating_sub(3_600), NOW.saturating_add(3_600));
    let (long, longer) = (CANARY.repeat(20), CANARY.repeat(70));
    let mut lines = String::new();
    for (word, key, payload, bucket, [born, sealed_at, expires_at]) in [
        ("opened", "sealing", CANARY, 1, [earlier, earlier, later]),
        ("opened", "sealing", &long, 1, [earlier, NOW, later]),
        ("opened", "sealing", CANARY, 64, [NOW, NOW, later]),
        ("opened", "opening", CANARY, 1, [ended, ended, later]),
        ("opened", "opening", "", 1, [ended, ended, later]),
        ("opened", "standby", CANARY, 1, [earlier, NOW, later]),
        ("spent_key", "spent", CANARY, 1, [earlier, NOW, later]),
        ("revoked_key", "revoked", CANARY, 1, [earlier, NOW, later]),
        ("expired", "sealing", CANARY, 1, [earlier, earlier, NOW]),
        ("bad_time", "sealing", CANARY, 1, [later, later, later]),
        ("bad_time", "standby", CANARY, 1, [later, NOW, later]),
        (
            "outside_key_window",
            "opening",
            CANARY,
            1,
            [earlier, NOW, later],
        ),
        (
            "revoked_all",
            "sealing",
            CANARY,
            1,
            [floor.saturating_sub(1), NOW, later],
        ),
        // Decoded in several pieces, and last: seeds refer to the others by their place.
        ("opened", "standby", &longer, 1, [earlier, NOW, later]),
    ] {
        let sealer = Sealer::new(sealing_with(key), open::context())?.padded_to(bucket)?;
        let (token, _) =
            hazmat::seal_born(&sealer, payload.as_bytes(), born, expires_at, sealed_at)?;
        writeln!(lines, "{word} {token}")?;
    }
    Ok(lines)
}

/// One line for each session: two states of one, another one, and some that the request path
/// refuses.
fn sessions() -> Result<String, Box<dyn Error>> {
    let (one, other) = (*b"one\xB1\xD0\x0D\x5E\x55", *b"other id");
    let (long_ago, born) = (NOW.saturating_sub(700_000), NOW.saturating_sub(600_000));
    let body = postcard::to_stdvec(CANARY)?;
    let mut lines = String::new();
    for (word, key, schema, id, revision, born, age, body) in [
        ("opened", "sealing", 1_u16, one, 3_u32, born, 0, &body[..]),
        ("opened", "opening", 1, one, 3, born, 540_000, &body[..]),
        ("opened", "sealing", 1, one, 200, born, 20, &body[..]),
        ("opened", "standby", 1, other, 3, born, 0, &body[..]),
        ("old_schema", "sealing", 0, one, 900, born, 0, &body[..]),
        ("newer_schema", "sealing", 2, one, 900, born, 0, &body[..]),
        ("undecodable", "sealing", 1, one, 900, born, 0, b"\x05text"),
        ("too_old", "sealing", 1, one, 900, long_ago, 0, &body[..]),
        ("spent_key", "spent", 1, one, 900, born, 0, &body[..]),
    ] {
        let context = Context::new(cookies::APP, hazmat::SESSION).cookie_name(DEFAULT_COOKIE_NAME);
        let sealer = hazmat::library_sealer(sealing_with(key), context)?;
        let sealed_at = NOW.saturating_sub(age);
        let expires_at = NOW.saturating_add(3_600);
        // Each holds a text, whole or cut.
        let layout = layout_of_newtype("Note", &Told::TEXT);
        let frame = (schema, id, revision, &layout[..]);
        let payload = [&postcard::to_stdvec(&frame)?[..], body].concat();
        let (token, _) = hazmat::seal_born(&sealer, &payload, born, expires_at, sealed_at)?;
        let (id, sealed_at) = (u64::from_be_bytes(id), sealed_at.stored());
        writeln!(lines, "{id:016x} {revision} {sealed_at} {word} {token}")?;
    }
    Ok(lines)
}
