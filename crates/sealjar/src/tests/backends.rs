//! Do both libraries compute the same? During a roll-out a fleet may use both.
//!
//! The tests that each library has to pass alone, vectors and tampers, are in the other files,
//! under `Backend::each`.

use super::{DAY, Rng, SUITES, at, inner, key, open_raw, sealer};
use crate::aead::{Backend, Suite};
use crate::context::Context;
use crate::error::OpenError;
use crate::opened::Opened;
use crate::sealer::{Sealer, Wanted};

type Seals = fn(&Sealer, &[u8]) -> Vec<u8>;
type Opens = fn(&Sealer, &[u8]) -> Result<Opened, OpenError>;

#[test]
fn what_one_backend_seals_every_backend_opens_and_seals_to_the_same_bytes() {
    assert_all_get_on(seal, open);
}

#[test]
#[should_panic(expected = "refused by another: the token does not authenticate")]
fn a_backend_that_gets_one_nonce_in_four_wrong_is_caught() {
    assert_all_get_on(
        |sealer, payload| {
            let is_wrong = payload.len() % 4 == 3;
            let mut raw = seal_with_nonce(sealer, payload, NONCE ^ u8::from(is_wrong));
            raw[17..41].fill(NONCE);
            raw
        },
        open,
    );
}

#[test]
#[should_panic(expected = "opened as something else")]
fn a_backend_that_cuts_what_it_opens_is_caught() {
    assert_all_get_on(seal, |sealer, raw| {
        let mut opened = open(sealer, raw)?;
        opened.payload_end = opened.payload_end.min(12 + 150);
        Ok(opened)
    });
}

#[cfg(feature = "ring")]
#[test]
#[should_panic(expected = "sealed to other bytes")]
fn a_backend_that_makes_more_of_a_nonce_is_caught() {
    assert_all_get_on(
        |sealer, payload| {
            let [nonce] = crate::aead::random().unwrap();
            seal_with_nonce(sealer, payload, nonce)
        },
        open,
    );
}

fn assert_all_get_on(seal: Seals, open: Opens) {
    let lengths = (0..=200).chain([GREATEST - 1, GREATEST]);
    for (suite, length) in SUITES
        .iter()
        .flat_map(|suite| lengths.clone().map(move |n| (*suite, n)))
    {
        let payload: Vec<u8> = (0..length).map(|at| at.to_le_bytes()[0]).collect();
        let tokens: Vec<_> = pairs()
            .map(|(one, other)| {
                let which = format!("{suite:?} {one:?} {other:?} {length}");
                let sealed = one.during(|| seal(&sealer_of(suite), &payload));
                let opened = other
                    .during(|| open(&sealer_of(suite), &sealed))
                    .unwrap_or_else(|refusal| panic!("{which}, refused by another: {refusal:?}"));
                assert_eq!(
                    opened.payload(),
                    payload,
                    "{which}, opened as something else"
                );
                sealed
            })
            .collect();
        assert!(
            tokens.iter().all(|token| *token == tokens[0]),
            "{suite:?} {length}, sealed to other bytes"
        );
    }
}

#[test]
fn every_backend_refuses_an_edited_token_alike() {
    for suite in SUITES {
        let genuine = seal(
            &sealer_of(suite),
            b"forty bytes of payload, and all of them!",
        );
        let mut rng = Rng(20_261_122);
        let mut forged = 0;
        for _ in 0..2_000 {
            let mut raw = genuine.clone();
            for _ in 0..=rng.below(3) {
                let at = rng.below(raw.len());
                raw[at] ^= 1 << rng.below(8);
            }
            raw.truncate(genuine.len() - rng.below(2) * rng.below(80));
            let refusals: Vec<_> = Backend::ALL
                .iter()
                .map(|backend| backend.during(|| refusal(suite, &raw)))
                .collect();
            assert!(
                refusals.iter().all(|refusal| *refusal == refusals[0]),
                "{refusals:?}"
            );
            forged += u32::from(refusals[0] == Some(OpenError::Forged));
        }
        assert!(forged > 500, "{suite:?}: {forged}");
    }
}

/// An authentic token that is refused is also wiped, and gets the same refusal.
#[test]
fn every_backend_judges_what_is_inside_alike() {
    for suite in SUITES {
        for (plaintext, wanted) in [
            (inner(100, 100, 100 + DAY, b"payload"), None),
            (inner(100, 100, 120, b"payload"), Some(OpenError::Expired)),
            (inner(100, 100, 99, b"payload"), Some(OpenError::BadTime)),
            (vec![0; 40], Some(OpenError::MalformedInner)),
        ] {
            for (one, other) in pairs() {
                let raw = one.during(|| super::forge(&key(suite, 7), "shop", "login", &plaintext));
                let found = other.during(|| refusal(suite, &raw));
                assert_eq!(found, wanted, "{suite:?} {one:?} {other:?}");
            }
        }
    }
}

/// With the feature on, every pair of libraries must have been compared.
#[test]
fn all_backends_that_are_built_are_tried() {
    let expected = if cfg!(feature = "ring") { 4 } else { 1 };
    assert_eq!(pairs().count(), expected);
}

fn pairs() -> impl Iterator<Item = (Backend, Backend)> {
    let all = Backend::ALL.iter().copied();
    all.clone()
        .flat_map(move |one| all.clone().map(move |other| (one, other)))
}

fn sealer_of(suite: Suite) -> Sealer {
    sealer(key(suite, 7), &Context::new("shop", "login"))
}

fn seal(sealer: &Sealer, payload: &[u8]) -> Vec<u8> {
    seal_with_nonce(sealer, payload, NONCE)
}

fn seal_with_nonce(sealer: &Sealer, payload: &[u8], nonce: u8) -> Vec<u8> {
    let wanted = Wanted {
        born: at(100),
        expires_at: at(100 + DAY),
        now: at(100),
    };
    let sealed = sealer
        .seal_with(payload, wanted, || Ok([nonce; 24]))
        .unwrap();
    sealed.0.raw().to_vec()
}

fn open(sealer: &Sealer, raw: &[u8]) -> Result<Opened, OpenError> {
    open_raw(sealer, raw, NOW)
}

fn refusal(suite: Suite, raw: &[u8]) -> Option<OpenError> {
    open(&sealer_of(suite), raw).err()
}

const NOW: u32 = 150;
const NONCE: u8 = 0x5A;
/// The largest payload of a token.
const GREATEST: usize = 9_146;
