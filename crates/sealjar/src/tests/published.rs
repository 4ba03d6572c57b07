//! Mistake: a ring is copied from the tests, a vector or the documents, so anyone can forge its
//! sessions.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::aead::{Prk, Suite};
use crate::document;
use crate::error::RingError;
use crate::key::{Key, KeyId};
use crate::published::{PUBLISHED, REASON, is_published, known_secret};
use crate::ring::KeyRing;

#[test]
fn each_secret_in_this_repository_is_known_as_published() {
    let mut found: BTreeSet<[u8; 32]> = super::document::SECRETS.map(|(_, it)| it).into();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
        &mut found,
    );
    assert!(found.len() > 10, "the repository has vectors and rings");
    let unknown: Vec<String> = found
        .iter()
        .filter(|secret| !is_published(secret))
        .map(|secret| KeyId::from_bytes(Prk::extract(secret).key_id(Suite::Xaes256Gcm)).to_string())
        .collect();
    assert!(
        unknown.is_empty(),
        "add to PUBLISHED, in order: {unknown:#?}"
    );
    assert!(PUBLISHED.is_sorted(), "it is searched in halves");
}

#[test]
fn secrets_that_follow_a_pattern_are_published_and_others_are_not() {
    for seed in 0..=255 {
        assert!(is_published(&known_secret(seed)));
        assert!(is_published(&[seed; 32]));
        let mut next = seed;
        let counting = std::array::from_fn(|_| {
            next = next.wrapping_add(1);
            next
        });
        assert!(is_published(&counting));
        // With one bit off the pattern, it may have been drawn.
        let mut other = known_secret(seed);
        other[31] ^= 1;
        assert!(!is_published(&other));
    }
    for _ in 0..100 {
        assert!(!is_published(&crate::aead::random().unwrap()));
    }
}

#[test]
fn a_ring_with_a_published_secret_is_refused_outside_tests() {
    let published = Key::from_secret(Suite::Xaes256Gcm, &known_secret(1));
    let drawn = Key::generate(Suite::Xaes256Gcm).unwrap();
    for (key, is_refused) in [(published, true), (drawn, false)] {
        let json = KeyRing::from(key).to_json();
        let refused = document::read(json.as_bytes(), false).err();
        let wanted = is_refused.then(|| RingError::Document {
            place: "keys[0].secret".into(),
            reason: REASON.into(),
        });
        assert_eq!(refused, wanted);
        // The control: tests may.
        assert!(document::read(json.as_bytes(), true).is_ok());
    }
}

#[cfg(feature = "__hazmat")]
#[test]
fn a_published_store_key_is_refused_outside_tests() {
    use crate::blob::{StoreKey, StoreKeyError};
    let key = |bytes: &[u8], published| StoreKey::from_bytes_or(bytes, published).err();
    assert_eq!(key(&known_secret(1), false), Some(StoreKeyError::Published));
    assert_eq!(key(&crate::aead::random::<32>().unwrap(), false), None);
    // The control: tests may.
    assert_eq!(key(&known_secret(1), true), None);
}

/// Collects the secrets in all files below a directory, as rings write them, and the store keys of
/// the vectors.
fn collect(directory: &Path, found: &mut BTreeSet<[u8; 32]>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            // Build output, and files that fuzzers wrote.
            if ![
                "target",
                "node_modules",
                ".git",
                ".sealjar",
                "corpus",
                "artifacts",
            ]
            .iter()
            .any(|it| name == *it)
            {
                collect(&entry.path(), found);
            }
        } else if kind.is_file() {
            let bytes = fs::read(entry.path()).unwrap();
            found.extend(texts(&bytes).filter_map(secret));
            if name == "blob_v1.json" {
                let vectors = String::from_utf8(bytes).unwrap();
                found.extend(
                    vectors
                        .split("\"master\": \"")
                        .skip(1)
                        .filter_map(store_key),
                );
            }
        }
    }
}

fn texts(bytes: &[u8]) -> impl Iterator<Item = &str> {
    let begins = |at: &usize| bytes[*at..].starts_with(PREFIX);
    let ends = |at: usize| bytes.get(at..at + PREFIX.len() + 48);
    let at = (0..bytes.len()).filter(begins).filter_map(ends);
    at.filter_map(|text| std::str::from_utf8(text).ok())
}

fn secret(text: &str) -> Option<[u8; 32]> {
    Key::from_text(Suite::Xaes256Gcm, text).ok()?;
    let encoded = text.strip_prefix("sealjar-key-1_")?;
    let bytes: [u8; 36] = crate::base64url::decode_array(encoded)?;
    bytes.first_chunk().copied()
}

fn store_key(rest: &str) -> Option<[u8; 32]> {
    let digits = rest.get(..64)?;
    let byte = |at: usize| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok();
    let bytes: Vec<u8> = (0..32).map_while(byte).collect();
    bytes.try_into().ok()
}

const PREFIX: &[u8] = b"sealjar-key-1_";
