//! Does a sealed ring open only with its key, name and epoch?

mod vectors;

use std::error::Error;

use super::{key, ring, sealing_since, standby};
use crate::aead::{Backend, PurposeCipher, Suite};
use crate::base64url;
use crate::blob::{Blob, BlobError, StoreKey, StoreKeyError};
use crate::error::RingError;
use crate::published::known_secret;
use crate::ring::KeyRing;

#[test]
fn a_sealed_ring_opens_to_the_same_content() {
    Backend::each(|| {
        let (drawn, master) = StoreKey::generate().unwrap();
        let read = StoreKey::from_bytes(&*master).unwrap();
        assert_eq!(read.id(), drawn.id());
        let bytes = drawn.seal(&web(7), [0xEE; 32]).unwrap();
        assert_eq!(bytes.len(), web(7).to_json().len() + 102);
        let blob = Blob::parse(&bytes).unwrap();
        assert_eq!(blob.key_id(), drawn.id());
        assert_eq!(blob.previous(), [0xEE; 32]);
        assert!(read.open(&blob, "web", 7).unwrap().same_content(&web(7)));
    });
}

#[test]
fn two_blobs_of_one_ring_share_no_nonce() {
    let key = store_key(1);
    let [one, other] = [(); 2].map(|()| key.seal(&web(7), [0; 32]).unwrap());
    assert_eq!(one[..62], other[..62]);
    assert_ne!(one[62..86], other[62..86]);
    assert_ne!(one[86..], other[86..]);
}

#[test]
fn of_all_keys_names_and_epochs_only_its_own_open_a_blob() {
    let mut wanted = Vec::new();
    for seed in [1, 2] {
        for name in ["web", "web2", "we"] {
            for epoch in [7, 8, 7 + (1 << 32)] {
                wanted.push((seed, name, epoch));
            }
        }
    }
    for (seed, name, epoch) in &wanted {
        let mut draft = web(*epoch).draft();
        draft.name = (*name).into();
        let bytes = store_key(*seed).seal(&draft.build().unwrap(), [0; 32]);
        let bytes = bytes.unwrap();
        let blob = Blob::parse(&bytes).unwrap();
        for other in &wanted {
            let opened = store_key(other.0).open(&blob, other.1, other.2);
            if *other == (*seed, *name, *epoch) {
                assert!(opened.is_ok());
            } else if other.0 == *seed {
                assert_eq!(opened.unwrap_err(), BlobError::Damaged, "{other:?}");
            } else {
                let expected = store_key(other.0).id();
                let found = store_key(*seed).id();
                let refusal = BlobError::OtherKey { expected, found };
                assert_eq!(opened.unwrap_err(), refusal, "{other:?}");
            }
        }
    }
}

#[test]
fn no_name_that_a_ring_cannot_have_is_asked_of_the_cipher() {
    let bytes = store_key(1).seal(&web(7), [0; 32]).unwrap();
    let blob = Blob::parse(&bytes).unwrap();
    for name in [String::new(), "w".repeat(25), "w".repeat(70_000)] {
        let refused = store_key(1).open(&blob, &name, 7);
        assert_eq!(refused.unwrap_err(), BlobError::Damaged);
    }
}

#[test]
fn no_changed_bit_no_cut_and_no_added_byte_opens() {
    Backend::each(|| {
        let bytes = store_key(1).seal(&web(7), [0x55; 32]).unwrap();
        assert_eq!(accepted(&bytes, |bytes| open(bytes).map(drop)), 0);
    });
}

/// The negative control: the same edits expose an opener that ignores the tag, and one that
/// authenticates only the document.
#[test]
fn an_opener_that_authenticates_too_little_is_caught() {
    Backend::each(|| {
        let bytes = store_key(1).seal(&web(7), [0x55; 32]).unwrap();
        assert!(open_by_hand(&bytes, aad_of_web, 16).is_ok());
        assert_eq!(
            accepted(&bytes, |bytes| open_by_hand(bytes, aad_of_web, 16)),
            0
        );

        let without_tag = accepted(&bytes, |bytes| open_by_hand(bytes, aad_of_web, 0));
        // All bits of the previous blob's hash and of the tag itself, and some bits of the
        // document.
        assert!(without_tag > 256 + 128, "{without_tag}");

        let mut document = web(7).to_json().as_bytes().to_vec();
        let tag = cipher().seal(&nonce(&bytes), b"", &mut document);
        let unbound = [&bytes[..86], &document, &tag].concat();
        let without_header = accepted(&unbound, |bytes| open_by_hand(bytes, |_| Vec::new(), 16));
        assert_eq!(without_header, 256, "the bits of the blob before it");
    });
}

#[test]
fn only_32_bytes_that_somebody_may_have_drawn_are_a_store_key() {
    for (bytes, refusal) in [
        (vec![], StoreKeyError::Length { found: 0 }),
        (vec![1; 31], StoreKeyError::Length { found: 31 }),
        (vec![1; 33], StoreKeyError::Length { found: 33 }),
        (vec![0; 31], StoreKeyError::Length { found: 31 }),
        (vec![0; 32], StoreKeyError::AllZero),
    ] {
        assert_eq!(StoreKey::from_bytes(&bytes).unwrap_err(), refusal);
    }
    let mut last = [0; 32];
    last[31] = 1;
    assert!(StoreKey::from_bytes(&last).is_ok());
}

#[test]
fn debug_does_not_leak_key() {
    let key = StoreKey::from_bytes(&[0xAB; 32]).unwrap();
    let bytes = key.seal(&web(7), [0; 32]).unwrap();
    let blob = Blob::parse(&bytes).unwrap();
    let shown = format!("{key:?} {key:#?} {blob:?} {blob:#?}");
    for shown in [format!("{key:?}"), format!("{blob:?}")] {
        assert!(shown.contains(&key.id().to_string()), "{shown}");
    }
    assert!(!shows_secret(&shown), "{shown}");
}

/// Even if the contents are authentic but not a ring: a document that is cut off inside a secret.
#[test]
fn no_refusal_shows_what_is_sealed() {
    let document = web(7).to_json();
    let sealed = store_key(1).seal(&web(7), [0; 32]).unwrap();
    let (header, nonce) = (&sealed[..86], nonce(&sealed));
    let aad = aad_of_web(header);
    let cipher = cipher();
    let mut refused = 0;
    for length in 0..document.len() {
        let mut buffer = document.as_bytes()[..length].to_vec();
        let tag = cipher.seal(&nonce, &aad, &mut buffer);
        let bytes = [header, &buffer, &tag].concat();
        // The last byte is the white space at the end.
        if let Err(error) = open(&bytes) {
            refused += 1;
            assert!(matches!(error, BlobError::Ring(_)), "{error}");
            let cause = error.source().unwrap();
            let shown = format!("{error} {error:?} {error:#?} {cause} {cause:?}");
            assert!(!shows_secret(&shown), "{shown}");
        }
    }
    assert_eq!(refused, document.len() - 1);
    // The search finds a secret that is there.
    assert!(shows_secret(&document));
    assert!(shows_secret(&format!("{:?}", [0xAB_u8; 32])));
}

#[test]
fn each_refusal_of_a_blob_or_a_store_key_says_something_of_its_own() {
    let [expected, found] = [1, 2].map(|seed| store_key(seed).id());
    let mut said = vec![
        StoreKeyError::AllZero.to_string(),
        StoreKeyError::Length { found: 31 }.to_string(),
    ];
    said.extend(
        [
            BlobError::Damaged,
            BlobError::Mismatch {
                ring: "web".into(),
                epoch: 7,
            },
            BlobError::NotABlob,
            BlobError::OtherKey { expected, found },
            BlobError::Ring(RingError::TooLarge { size: 500_001 }),
        ]
        .map(|error| error.to_string()),
    );
    for (at, text) in said.iter().enumerate() {
        assert!(text.starts_with(char::is_lowercase), "{text:?}");
        assert!(!text.ends_with('.'), "{text:?}");
        assert!(!said[..at].contains(text), "{text:?}");
    }
}

/// A ring with a key that seals and a standby.
fn web(epoch: u64) -> KeyRing {
    let suite = Suite::Xaes256Gcm;
    let keys = vec![sealing_since(key(suite, 7), 0), standby(key(suite, 8))];
    ring(epoch, keys)
}

fn store_key(seed: u8) -> StoreKey {
    StoreKey::from_bytes(&known_secret(seed)).unwrap()
}

fn open(bytes: &[u8]) -> Result<KeyRing, BlobError> {
    store_key(1).open(&Blob::parse(bytes)?, "web", 7)
}

/// The cipher of the ring `web` under the first store key, derived as SPEC.md says.
fn cipher() -> PurposeCipher {
    key(Suite::Xaes256Gcm, 1).purpose_cipher("web", "ring-store")
}

/// The additional data of the ring `web` in epoch 7, computed a second time, from SPEC.md.
fn aad_of_web(header: &[u8]) -> Vec<u8> {
    [header, b"\0\x03web", &7_u64.to_be_bytes()].concat()
}

fn nonce(bytes: &[u8]) -> [u8; 24] {
    bytes[62..86].try_into().unwrap()
}

/// Opens with wrong additional data, and compares the beginning of the tag.
fn open_by_hand(
    bytes: &[u8],
    aad: impl Fn(&[u8]) -> Vec<u8>,
    tag_bytes: usize,
) -> Result<(), BlobError> {
    let blob = Blob::parse(bytes)?;
    if blob.key_id() != store_key(1).id() {
        return Err(BlobError::NotABlob);
    }
    let (header, sealed) = bytes.split_at(86);
    let (ciphertext, tag) = sealed.split_at(sealed.len() - 16);
    // The cipher adds a key stream, so encrypting a ciphertext gives the plaintext, and encrypting
    // that gives the expected tag.
    let mut document = ciphertext.to_vec();
    cipher().seal(&nonce(bytes), b"", &mut document);
    let wanted = cipher().seal(&nonce(bytes), &aad(header), &mut document.clone());
    if wanted[..tag_bytes] != tag[..tag_bytes] {
        return Err(BlobError::Damaged);
    }
    KeyRing::from_json(&document)
        .map(drop)
        .map_err(BlobError::Ring)
}

/// Counts which edits open: every bit of header and tag and of every 31st byte between them, every
/// length, an additional byte at every place of the header and at the end.
fn accepted(original: &[u8], open: impl Fn(&[u8]) -> Result<(), BlobError>) -> usize {
    let mut edited = original.to_vec();
    let mut accepted = 0;
    let tag = original.len() - 16;
    for at in (0..original.len()).filter(|at| *at < 86 || *at >= tag || at % 31 == 0) {
        for bit in 0..8 {
            edited[at] ^= 1 << bit;
            accepted += usize::from(open(&edited).is_ok());
            edited[at] ^= 1 << bit;
        }
    }
    for length in 0..original.len() {
        accepted += usize::from(open(&original[..length]).is_ok());
    }
    for at in (0..=86).chain([tag, original.len()]) {
        let (before, after) = original.split_at(at);
        accepted += usize::from(open(&[before, b"\0", after].concat()).is_ok());
    }
    accepted
}

/// Six characters of a secret in a row, or its bytes as `Debug` writes them, count as a leak.
fn shows_secret(shown: &str) -> bool {
    let secrets = [0xAB, 1, 7, 8, 9].map(|seed| base64url::encode(&[seed; 32]));
    let listed = ["171, 171", "ababab"].map(str::to_owned);
    secrets
        .iter()
        .map(|secret| &secret[..6])
        .chain(listed.iter().map(String::as_str))
        .any(|part| shown.contains(part))
}
