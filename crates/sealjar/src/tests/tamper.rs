//! Does any edit of a token open? And would these tests see it if one did?

use std::collections::{BTreeMap, HashSet};

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

use super::{
    DAY, Rng, SUITES, additional_data, at, key, open_raw, open_text, ring, sealer, sealing_since,
};
use crate::aead::{Backend, PurposeCipher, Suite};
use crate::context::Context;
use crate::error::OpenError;
use crate::key::Key;
use crate::sealer::{Sealer, Wanted};
use crate::text;
use crate::token::Token;

#[test]
fn no_single_edit_of_the_bytes_opens() {
    Backend::each(|| {
        for suite in SUITES {
            let scene = Scene::new(suite);
            let tally = tally_single_edits(scene.token.raw(), &RAW_INSERTIONS, |raw| {
                open_raw(&scene.sealer, raw, NOW).map(drop)
            });
            println!("{suite:?}, bytes: {tally:?}");
            assert_eq!(tally.accepted, 0, "{suite:?} {tally:?}");
            // Most edits have to come as far as the tag, or this would test the base64 alone.
            assert!(tally.refused["forged"] > 20_000, "{suite:?} {tally:?}");
            assert!(tally.refused["unknown_key"] > 4_000, "{suite:?} {tally:?}");
            assert!(tally.refused["unknown_version"] > 250, "{suite:?}");
        }
    });
}

#[test]
fn no_single_edit_of_the_text_opens() {
    Backend::each(|| {
        for suite in SUITES {
            let scene = Scene::new(suite);
            let text = scene.token.to_string();
            let tally = tally_single_edits(text.as_bytes(), TEXT_INSERTIONS, |text| {
                open_text(&scene.sealer, text, NOW).map(drop)
            });
            println!("{suite:?}, text: {tally:?}");
            assert_eq!(tally.accepted, 0, "{suite:?} {tally:?}");
            assert!(tally.refused["forged"] > 5_000, "{suite:?} {tally:?}");
            assert!(tally.refused["malformed"] > 25_000, "{suite:?} {tally:?}");
        }
    });
}

#[test]
fn no_xaes_token_with_many_edits_opens() {
    Backend::each(|| {
        assert_many_edits_are_refused(Suite::Xaes256Gcm);
    });
}

#[test]
fn no_xchacha_token_with_many_edits_opens() {
    assert_many_edits_are_refused(Suite::XChaCha20Poly1305);
}

/// The negative control: what the tests above would have seen.
#[test]
fn an_opener_that_ignores_the_tag_is_caught() {
    Backend::each(|| {
        for suite in SUITES {
            let scene = Scene::new(suite);
            let broken = |raw: &[u8]| scene.open_comparing(raw, 0);
            assert!(broken(scene.other.raw()).is_ok());
            let single = tally_single_edits(scene.other.raw(), &RAW_INSERTIONS, broken);
            assert!(single.accepted > 5_000, "{suite:?} {single:?}");
            let many = tally_many_edits(&scene, 2_000, broken);
            assert!(many.accepted > 100, "{suite:?} {many:?}");
        }
    });
}

#[test]
fn an_opener_that_compares_all_but_the_last_byte_of_the_tag_is_caught() {
    Backend::each(|| {
        let scene = Scene::new(Suite::Xaes256Gcm);
        // With the whole tag the same opener is sound, so that it is the missing byte that is seen.
        for (tag_bytes, accepted) in [(15, 255), (16, 0)] {
            let tally = tally_single_edits(scene.other.raw(), &RAW_INSERTIONS, |raw| {
                scene.open_comparing(raw, tag_bytes)
            });
            assert_eq!(tally.accepted, accepted, "{tally:?}");
        }
    });
}

#[test]
fn a_reader_that_takes_more_than_one_spelling_is_caught() {
    let lenient = GeneralPurpose::new(
        &alphabet::URL_SAFE,
        NO_PAD.with_decode_allow_trailing_bits(true),
    );
    let scene = Scene::new(Suite::Xaes256Gcm);
    let text = scene.token.to_string();
    let tally = tally_single_edits(text.as_bytes(), TEXT_INSERTIONS, |text| {
        let raw = lenient.decode(text).map_err(|_| OpenError::Malformed)?;
        open_raw(&scene.sealer, &raw, NOW).map(drop)
    });
    // Two bits of the last character are unused: three other spellings.
    assert_eq!(tally.accepted, 3, "{tally:?}");
}

/// A token, the sealer that opens it, and a second token of the same sealer to cut pieces from. The
/// ring also holds the same secret in the other suite, and another key.
struct Scene {
    key: Key,
    cipher: PurposeCipher,
    sealer: Sealer,
    token: Token,
    other: Token,
}

const NOW: u32 = 5_000;

impl Scene {
    fn new(suite: Suite) -> Self {
        let other_suite = SUITES.into_iter().find(|other| *other != suite).unwrap();
        let ring = ring(
            1,
            vec![
                sealing_since(key(suite, 7), 1_000),
                sealing_since(key(other_suite, 7), 500),
                sealing_since(key(suite, 8), 500),
            ],
        );
        let sealer = sealer(ring, &context());
        let wanted = Wanted {
            born: at(NOW - 100),
            expires_at: at(NOW + DAY),
            now: at(NOW),
        };
        let [token, other] =
            [b"forty bytes of payload, and all of them!", b"".as_slice()].map(|payload| {
                let nonce = [payload.len().to_le_bytes()[0] | 0xA0; 24];
                sealer.seal_with(payload, wanted, || Ok(nonce)).unwrap().0
            });
        assert_eq!(token.suite(), suite);
        assert!(sealer.open_at(&token, at(NOW)).is_ok());
        assert!(sealer.open_at(&other, at(NOW)).is_ok());
        Self {
            key: key(suite, 7),
            cipher: key(suite, 7).purpose_cipher("shop", "login"),
            sealer,
            token,
            other,
        }
    }

    /// Opens by hand, comparing as many bytes of the tag as told.
    fn open_comparing(&self, raw: &[u8], tag_bytes: usize) -> Result<(), OpenError> {
        let mut token = Token::parse(text::encode(raw))?;
        if token.suite() != self.key.suite() || token.key_id() != self.key.id() {
            return Err(OpenError::UnknownKey(token.key_id()));
        }
        let parts = token.parts_mut();
        let aad = additional_data(parts.header, COOKIE_NAME, BINDING);
        let mut inner = parts.inner.to_vec();
        // Both ciphers add a key stream, so encrypting a ciphertext gives the plaintext, and
        // encrypting that gives the tag that had to come.
        self.cipher.seal(parts.nonce, &aad, &mut inner);
        let tag = self.cipher.seal(parts.nonce, &aad, &mut inner.clone());
        if tag[..tag_bytes] != parts.tag[..tag_bytes] {
            return Err(OpenError::Forged);
        }
        match inner.iter().rfind(|byte| **byte != 0) {
            Some(0x80) => Ok(()),
            _ => Err(OpenError::MalformedInner),
        }
    }
}

const COOKIE_NAME: &str = "__Host-session";
const BINDING: &[u8] = b"tenant";

fn context() -> Context {
    Context::new("shop", "login")
        .cookie_name(COOKIE_NAME)
        .binding(BINDING)
}

/// Half a million for each suite in a release build. A debug build tries fewer: it is ten times as
/// slow, and everybody runs it.
fn assert_many_edits_are_refused(suite: Suite) {
    let scene = Scene::new(suite);
    let count = if cfg!(debug_assertions) {
        100_000
    } else {
        500_000
    };
    let tally = tally_many_edits(&scene, count, |raw| {
        open_raw(&scene.sealer, raw, NOW).map(drop)
    });
    println!("{suite:?}, many edits: {tally:?}");
    assert_eq!(tally.accepted, 0, "{tally:?}");
    assert!(tally.refused["forged"] > count / 4, "{tally:?}");
}

#[derive(Debug, Default)]
struct Tally {
    accepted: u32,
    refused: BTreeMap<&'static str, u32>,
}

impl Tally {
    fn count(&mut self, outcome: Result<(), OpenError>) {
        match outcome {
            Ok(()) => self.accepted += 1,
            Err(error) => *self.refused.entry(error.kind()).or_default() += 1,
        }
    }
}

/// Tries every byte with every other value (every bit flip among them), every prefix and suffix,
/// every deletion, every swap of two places, and the insertions at every place.
fn tally_single_edits(
    original: &[u8],
    insertions: &[u8],
    open: impl Fn(&[u8]) -> Result<(), OpenError>,
) -> Tally {
    let mut tally = Tally::default();
    let mut edited = original.to_vec();
    for at in 0..original.len() {
        for value in (0..=255).filter(|value| *value != original[at]) {
            edited[at] = value;
            tally.count(open(&edited));
        }
        edited[at] = original[at];
        for other in (0..at).filter(|other| original[*other] != original[at]) {
            edited.swap(at, other);
            tally.count(open(&edited));
            edited.swap(at, other);
        }
        let (before, after) = original.split_at(at);
        tally.count(open(before));
        tally.count(open(&[before, &after[1..]].concat()));
        if at > 0 {
            tally.count(open(after));
        }
    }
    for at in 0..=original.len() {
        let (before, after) = original.split_at(at);
        for value in insertions.iter().chain(before.last()) {
            tally.count(open(&[before, &[*value], after].concat()));
        }
    }
    assert_eq!(edited, original);
    tally
}

const RAW_INSERTIONS: [u8; 6] = [0x00, 0x01, 0x02, 0x7F, 0x80, 0xFF];
const TEXT_INSERTIONS: &[u8] = b"AZaz09-_+/=.%~; \t\r\n\"\0\x80";

/// Tries tokens with two to eight random edits each. Edits that cancel each other out are not
/// counted.
fn tally_many_edits(
    scene: &Scene,
    count: u32,
    open: impl Fn(&[u8]) -> Result<(), OpenError>,
) -> Tally {
    let mut rng = Rng(20_261_122);
    let originals = HashSet::from([scene.token.raw(), scene.other.raw()]);
    let mut tally = Tally::default();
    let mut tried = 0;
    while tried < count {
        let mut raw = scene.token.raw().to_vec();
        for _ in 0..2 + rng.below(7) {
            edit(&mut raw, scene.other.raw(), &mut rng);
        }
        if !originals.contains(&raw[..]) {
            tried += 1;
            tally.count(open(&raw));
        }
    }
    tally
}

fn edit(raw: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    let at = rng.below(raw.len() + 1);
    if at == raw.len() {
        return raw.push(rng.byte());
    }
    // Changes in place twice as often as changes of length, which soon leave nothing to look at.
    match rng.below(12) {
        0..=2 => raw[at] ^= 1 << rng.below(8),
        3..=5 => raw[at] = rng.byte(),
        6..=7 => {
            let with = rng.below(raw.len());
            raw.swap(at, with);
        }
        8 => raw.insert(at, rng.byte()),
        9 => drop(raw.remove(at)),
        10 => raw.truncate(raw.len() - rng.below(4).min(raw.len())),
        _ => {
            // A piece of another token of the same key, at its own place.
            let until = (at + rng.below(40)).min(raw.len()).min(other.len());
            if at < until {
                raw[at..until].copy_from_slice(&other[at..until]);
            }
        }
    }
}
