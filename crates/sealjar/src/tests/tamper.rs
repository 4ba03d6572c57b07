//! Does any edited token open? And would these tests notice?

mod many;
pub(super) mod scene;
mod single;

use std::collections::BTreeMap;

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

use self::many::Tampers;
use self::scene::{NOW, Scene};
use self::single::{RAW_INSERTIONS, TEXT_INSERTIONS, tally_single_edits};
use super::{SUITES, at, from_environment, open_raw, open_text};
use crate::aead::{Backend, Suite};
use crate::base64url;
use crate::error::OpenError;
use crate::token::PREFIX;

#[test]
fn no_single_edit_of_the_bytes_opens() {
    Backend::each(|| {
        for suite in SUITES {
            let tally = tally_edited_bytes(&Scene::new(suite));
            assert_eq!(tally.accepted, 0, "{suite:?} {tally:?}");
            // Most edits must get as far as the tag, or this would only test the base64.
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
            let tally = tally_edited_text(&Scene::new(suite));
            assert_eq!(tally.accepted, 0, "{suite:?} {tally:?}");
            assert!(tally.refused["forged"] > 5_000, "{suite:?} {tally:?}");
            assert!(tally.refused["malformed"] > 25_000, "{suite:?} {tally:?}");
        }
    });
}

#[test]
fn no_single_edit_of_a_token_in_two_pieces_opens() {
    Backend::each(|| {
        for suite in SUITES {
            let scene = Scene::long(suite);
            let [bytes, text] = [tally_edited_bytes(&scene), tally_edited_text(&scene)];
            assert_eq!([bytes.accepted, text.accepted], [0, 0], "{suite:?}");
            assert!(bytes.refused["forged"] > 10_000, "{suite:?} {bytes:?}");
            assert!(text.refused["forged"] > 3_000, "{suite:?} {text:?}");
            assert!(text.refused["malformed"] > 10_000, "{suite:?} {text:?}");
        }
    });
}

#[test]
fn no_xaes_token_with_many_edits_opens() {
    Backend::each(|| assert_many_edits_are_refused(Suite::Xaes256Gcm));
}

#[test]
fn no_xchacha_token_with_many_edits_opens() {
    assert_many_edits_are_refused(Suite::XChaCha20Poly1305);
}

/// The negative control: the tests above would have noticed.
#[test]
fn an_opener_that_ignores_the_tag_is_caught() {
    Backend::each(|| {
        for suite in SUITES {
            let scene = Scene::new(suite);
            let broken = |raw: &[u8]| scene.open_comparing(raw, 0);
            assert!(broken(scene.other.raw()).is_ok());
            let single = tally_single_edits(scene.other.raw(), &RAW_INSERTIONS, broken);
            assert!(single.accepted > 5_000, "{suite:?} {single:?}");
            let many = Tampers::new(&scene, SEED).tally(2_000, broken);
            assert!(many.accepted > 100, "{suite:?} {many:?}");
        }
    });
}

/// If only one byte of sixteen is compared, one edit in 256 gets through.
#[test]
fn an_opener_that_compares_one_byte_of_the_tag_is_caught() {
    Backend::each(|| {
        for suite in SUITES {
            let scene = Scene::new(suite);
            let many = Tampers::new(&scene, SEED).tally(20_000, |raw| scene.open_comparing(raw, 1));
            assert!(many.accepted > 10, "{suite:?} {many:?}");
        }
    });
}

#[test]
fn an_opener_that_compares_all_but_the_last_byte_of_the_tag_is_caught() {
    Backend::each(|| {
        let scene = Scene::new(Suite::Xaes256Gcm);
        // With the whole tag the same opener is sound, so the tests do see the missing byte.
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
    for scene in [Scene::new, Scene::long].map(|scene| scene(Suite::Xaes256Gcm)) {
        let text = scene.token.to_string();
        let tally = tally_single_edits(text.as_bytes(), TEXT_INSERTIONS, |text| {
            let raw = lenient.decode(text).map_err(|_| OpenError::Malformed)?;
            open_raw(&scene.sealer, &raw, NOW).map(drop)
        });
        // Two bits of the last character are unused: three other spellings.
        assert_eq!(tally.accepted, 3, "{tally:?}");
    }
}

#[test]
fn a_reader_that_skips_blanks_in_the_second_piece_is_caught() {
    let scene = Scene::long(Suite::Xaes256Gcm);
    let text = scene.token.to_string();
    let tally = tally_single_edits(text.as_bytes(), TEXT_INSERTIONS, |text| {
        let (first, second) = text.split_at(text.len().min(PREFIX));
        let second = second.iter().filter(|it| !it.is_ascii_whitespace());
        let text: Vec<_> = first.iter().chain(second).copied().collect();
        open_text(&scene.sealer, &text, NOW).map(drop)
    });
    assert!(tally.accepted > 50, "{tally:?}");
}

/// A million for each suite in a release build, and a twentieth of that with long tokens. A debug
/// build tries fewer: it is ten times as slow, and everybody runs it. `just tampers` sets how many,
/// and the seed.
fn assert_many_edits_are_refused(suite: Suite) {
    let usual = if cfg!(debug_assertions) {
        100_000
    } else {
        1_000_000
    };
    let count = from_environment("SEALJAR_TAMPERS").unwrap_or(usual);
    let seed = from_environment("SEALJAR_TAMPER_SEED").unwrap_or(SEED);
    let mut text = String::new();
    for (scene, count) in [
        (Scene::new(suite), count),
        (Scene::long(suite), count.div_ceil(20)),
    ] {
        let tally = Tampers::new(&scene, seed).tally(count, |raw| {
            text.clear();
            base64url::encode_into(raw, &mut text);
            scene.sealer.open_at(&text, at(NOW)).map(drop)
        });
        let length = scene.token.text_len();
        println!(
            "{suite:?}, {count} of {length} characters with many edits, seed {seed}: {tally:?}"
        );
        assert_eq!(tally.accepted, 0, "seed {seed}: {tally:?}");
        assert!(tally.refused["forged"] > count / 4, "{tally:?}");
    }
}

fn tally_edited_bytes(scene: &Scene) -> Tally {
    let tally = tally_single_edits(scene.token.raw(), &RAW_INSERTIONS, |raw| {
        open_raw(&scene.sealer, raw, NOW).map(drop)
    });
    println!("{:?}, bytes: {tally:?}", scene.token.suite());
    tally
}

fn tally_edited_text(scene: &Scene) -> Tally {
    let text = scene.token.to_string();
    let tally = tally_single_edits(text.as_bytes(), TEXT_INSERTIONS, |text| {
        scene.sealer.open_at(text, at(NOW)).map(drop)
    });
    println!("{:?}, text: {tally:?}", scene.token.suite());
    tally
}

const SEED: u64 = 20_261_122;

#[derive(Debug, Default)]
struct Tally {
    accepted: u64,
    /// Those refused as `forged` got as far as the tag.
    refused: BTreeMap<&'static str, u64>,
}

impl Tally {
    fn count(&mut self, outcome: Result<(), OpenError>) {
        match outcome {
            Ok(()) => self.accepted += 1,
            Err(error) => *self.refused.entry(error.kind().as_str()).or_default() += 1,
        }
    }
}
