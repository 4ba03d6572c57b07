//! Where does the time of one seal and one open go? Each part alone, next to the least code that
//! does the same.

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::cipher::BlockCipherEncrypt;
use aes_gcm::aes::{Aes256Enc, Block};
use aes_gcm::{AesGcm, Nonce};
use base64::Engine;
use base64::engine::Simd;
use base64::engine::general_purpose::{NO_PAD, URL_SAFE_NO_PAD};

use super::as_f64;
use super::floor::{AAD, Floor, MARK, TIMES};
use crate::data::User;
use crate::measure::{Contest, Effort};
use crate::report::{Cell, Report, Table};

type Gcm = AesGcm<Aes256Enc, U12>;

pub(super) fn run(effort: Effort, report: &mut Report) {
    let user = &User::typical();
    let sealer = &super::sealer();
    let body = &postcard::to_allocvec(user).expect("a plain type");
    let text = &super::seal(sealer, user);
    let raw = &URL_SAFE_NO_PAD.decode(text).expect("encoded above");
    let simd = &Simd::url_safe(NO_PAD);
    assert_eq!(simd.encode(raw), *text);

    let plain = vec![7; TIMES + body.len() + MARK];
    let aad = AAD;
    let nonce = &Nonce::<U12>::from([2; 12]);
    let root = &Aes256Enc::new(&[3; 32].into());
    let gcm = &Gcm::new(&[4; 32].into());
    let mut sealed = plain.clone();
    let tag = &gcm
        .encrypt_inout_detached(nonce, aad, sealed.as_mut_slice().into())
        .expect("short");
    let floor = &Floor::new();
    let floor_text = &floor.seal(user);
    assert_eq!(floor_text.len(), text.len());
    assert_eq!(floor.open(floor_text), *user);
    let mut floor_sealed = plain.clone();
    let floor_tag = floor.seal_bytes(&mut floor_sealed);
    floor_sealed.extend_from_slice(floor_tag.as_ref());

    let times: [f64; 17] = Contest::default()
        .add(|| super::seal(sealer, user))
        .add(|| super::open(sealer, text))
        .add(|| postcard::to_allocvec(user))
        .add(|| postcard::from_bytes::<User>(body))
        .add(|| {
            let mut nonce = [0; 24];
            getrandom::fill(&mut nonce).map(|()| nonce)
        })
        .add(|| message_key(root))
        .add(|| {
            let mut buffer = plain.clone();
            gcm.encrypt_inout_detached(nonce, aad, buffer.as_mut_slice().into())
        })
        .add(|| {
            let mut buffer = sealed.clone();
            gcm.decrypt_inout_detached(nonce, aad, buffer.as_mut_slice().into(), tag)
        })
        .add(|| simd.encode(raw))
        .add(|| simd.decode(text))
        .add(|| URL_SAFE_NO_PAD.encode(raw))
        .add(|| URL_SAFE_NO_PAD.decode(text))
        .add(|| floor.seal_bytes(&mut plain.clone()))
        .add(|| floor.open_bytes(&mut floor_sealed.clone()).len())
        .add(Floor::new_key)
        .add(|| floor.seal(user))
        .add(|| floor.open(floor_text))
        .run(effort);
    let [
        seal,
        open,
        encode,
        decode,
        random,
        key,
        encrypt,
        decrypt,
        to_text,
        from_text,
        rest @ ..,
    ] = times;

    let mut table = Table::new("where it goes", &["seal", "of it", "open", "of it "]);
    let mut row = |name: &str, ours: f64, theirs: f64| {
        let share = |part: f64, whole: f64| Cell::Ratio(part / whole);
        table.row(
            name,
            [
                Cell::Ns(ours),
                share(ours, seal),
                Cell::Ns(theirs),
                share(theirs, open),
            ],
        );
    };
    row("whole", seal, open);
    row("serde: postcard", encode, decode);
    row("randomness: 24 bytes of the operating system", random, 0.0);
    row("base64, the Simd engine", to_text, from_text);
    // With `ring`, a token does not pass through the code that is measured here.
    if !cfg!(feature = "ring") {
        row("key: derivation, AES schedule, GHASH powers", key, key);
        row("AES-256-GCM with a ready key", encrypt, decrypt);
        row(
            "the rest: allocation, copies, ring, clock, wiping",
            seal - encode - random - key - encrypt - to_text,
            open - decode - key - decrypt - from_text,
        );
    }
    report.tables.push(table);

    let [
        scalar_encode,
        scalar_decode,
        ring_seal,
        ring_open,
        ring_new_key,
        floor_seal,
        floor_open,
    ] = rest;
    let mut table = Table::new("beside it", &["seal", "open"]);
    table.row(
        "base64, the scalar engine",
        [Cell::Ns(scalar_encode), Cell::Ns(scalar_decode)],
    );
    table.row(
        "ring's AES-256-GCM with a ready key",
        [Cell::Ns(ring_seal), Cell::Ns(ring_open)],
    );
    table.row(
        "ring's key set-up",
        [Cell::Ns(ring_new_key), Cell::Ns(ring_new_key)],
    );
    table.row(
        "ring's AES-256-GCM + base64 + postcard",
        [Cell::Ns(floor_seal), Cell::Ns(floor_open)],
    );
    let above = [seal / floor_seal, open / floor_open];
    table.row("ours / that", above.map(Cell::Ratio));
    table.row(
        "bytes: body, token",
        [
            Cell::Count(as_f64(body.len())),
            Cell::Count(as_f64(text.len())),
        ],
    );
    report.tables.push(table);
}

/// Does what XAES-256-GCM does for each nonce: two blocks make a key, and the key is set up.
fn message_key(root: &Aes256Enc) -> Gcm {
    let mut blocks = [Block::from([5; 16]), Block::from([6; 16])];
    root.encrypt_blocks(&mut blocks);
    let mut key = [0; 32];
    key[..16].copy_from_slice(&blocks[0]);
    key[16..].copy_from_slice(&blocks[1]);
    Gcm::new(&key.into())
}
