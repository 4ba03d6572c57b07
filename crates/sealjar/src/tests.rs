//! Tests that need private items of this crate: known nonces, fixed secrets, raw bytes.
//!
//! Shared helpers are below. Everything is fixed or seeded, so that a failure can be repeated.

mod backends;
mod base64url_and_token;
#[cfg(feature = "__hazmat")]
mod blob;
mod commitment;
mod context;
mod counters;
mod derivation;
mod document;
mod errors;
mod export;
#[cfg(feature = "__hazmat")]
mod hazmat;
mod kinship;
mod lag;
mod limits;
mod list;
mod live;
mod properties;
mod published;
mod revoked;
mod ring;
mod tamper;
mod times;
mod timing;
mod vectors;
mod wycheproof;
mod xaes;

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use crate::aead::{PurposeCipher, Suite};
use crate::base64url;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::draft::RingDraft;
use crate::error::OpenError;
use crate::key::Key;
use crate::live::LiveRing;
use crate::opened::Opened;
use crate::published::known_secret;
use crate::revocation::Revocations;
use crate::ring::KeyRing;
use crate::ring_key::RingKey;
use crate::sealer::{Sealer, Wanted};
use crate::token::Token;

const SUITES: [Suite; 2] = [Suite::Xaes256Gcm, Suite::XChaCha20Poly1305];
const SKEW: u32 = 30;
const DAY: u32 = 86_400;

pub(crate) fn at(seconds: u32) -> Timestamp {
    Timestamp::from_stored(seconds)
}

pub(crate) fn key(suite: Suite, seed: u8) -> Key {
    Key::from_secret(suite, &known_secret(seed))
}

/// The secrets of tests, here and in the adapters. `just secrets` gets them from here, and looks
/// for them in all other output.
#[test]
fn the_secrets_of_tests_are_printed_for_the_search() {
    let of_documents = document::SECRETS.map(|(_, secret)| secret);
    let all: BTreeSet<_> = (0..=255).map(known_secret).chain(of_documents).collect();
    assert_eq!(all.len(), 256 + of_documents.len());
    assert!(known_secret(0).starts_with(&[0xA5, 0xCA, 0xEF, 0x14, 0x39]));
    assert!(known_secret(0xFF).starts_with(&[0x5A, 0x35, 0x10, 0xEB, 0xC6]));
    if std::env::var_os("SEALJAR_SAY_SECRETS").is_some() {
        let lines = all.iter().map(|secret| {
            let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("a secret of tests: {hex}\n")
        });
        // Printed at once and from the beginning of a line, whatever other tests print meanwhile.
        println!("\n{}", lines.collect::<String>());
    }
}

/// A key that seals since `from`, with no end.
pub(crate) fn sealing_since(key: Key, from: u32) -> RingKey {
    let mut key = RingKey::standby(key, DAY, 0, Timestamp::MIN);
    key.seals_from = Some(at(from));
    key
}

fn standby(key: Key) -> RingKey {
    RingKey::standby(key, DAY, 0, Timestamp::MIN)
}

pub(crate) fn draft(epoch: u64, keys: Vec<RingKey>) -> RingDraft {
    RingDraft {
        issued_at: at(100),
        keys,
        ..RingDraft::with_revocations(
            "web",
            epoch,
            Revocations::new(Zeroizing::new([9; 32]), 604_800),
        )
    }
}

fn ring(epoch: u64, keys: Vec<RingKey>) -> KeyRing {
    draft(epoch, keys).build().unwrap()
}

pub(crate) fn sealer(ring: impl Into<LiveRing>, context: &Context) -> Sealer {
    Sealer::for_any_purpose(ring.into(), context.clone()).unwrap()
}

/// Seals with times that the public functions would not give.
fn seal_with_times(sealer: &Sealer, born: u32, sealed_at: u32, expires_at: u32) -> Token {
    let wanted = Wanted {
        born: at(born),
        expires_at: at(expires_at),
        now: at(sealed_at),
    };
    let sealed = sealer.seal_with(b"payload", wanted, crate::aead::random);
    sealed.unwrap().0
}

fn open_text(sealer: &Sealer, text: &[u8], now: u32) -> Result<Opened, OpenError> {
    sealer.open_token_at(&Token::parse(text)?, at(now))
}

fn open_raw(sealer: &Sealer, raw: &[u8], now: u32) -> Result<Opened, OpenError> {
    open_text(sealer, base64url::encode(raw).as_bytes(), now)
}

/// The additional data, computed a second time, from SPEC.md and not from `sealer.rs`.
fn additional_data(header: &[u8], cookie_name: &str, binding: &[u8]) -> Vec<u8> {
    let mut aad = header.to_vec();
    for part in [cookie_name.as_bytes(), binding] {
        aad.extend_from_slice(&u16::try_from(part.len()).unwrap().to_be_bytes());
        aad.extend_from_slice(part);
    }
    aad
}

/// What a holder of the key can make: any plaintext at all, authentic, for a context without cookie
/// name and binding.
fn forge(key: &Key, app: &str, purpose: &str, inner: &[u8]) -> Vec<u8> {
    let nonce = [0x5A; 24];
    let header = header(key, &nonce);
    let cipher: PurposeCipher = key.purpose_cipher(app, purpose);
    let mut buffer = inner.to_vec();
    let tag = cipher.seal(&nonce, &additional_data(&header, "", b""), &mut buffer);
    [&header[..], &buffer, &tag].concat()
}

fn header(key: &Key, nonce: &[u8; 24]) -> Vec<u8> {
    [&[key.suite().version()], &key.id().bytes()[..], nonce].concat()
}

/// The plaintext with three times, a payload and the padding mark.
fn inner(born: u32, sealed_at: u32, expires_at: u32, payload: &[u8]) -> Vec<u8> {
    let mut inner = Vec::new();
    for time in [born, sealed_at, expires_at] {
        inner.extend_from_slice(&time.to_be_bytes());
    }
    inner.extend_from_slice(payload);
    inner.push(0x80);
    inner
}

fn unhex(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 2, 0);
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn unhex_array<const N: usize>(text: &str) -> [u8; N] {
    unhex(text).try_into().unwrap()
}

/// Returns a number from the environment, for long tests that a person starts.
fn from_environment(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    let number = text.replace('_', "").parse();
    Some(
        number.unwrap_or_else(|_| {
            panic!("{name} is {text:?}, which is no number: unset it or give one")
        }),
    )
}

/// SplitMix64: enough to spread edits over a token, and the same at every run.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}
