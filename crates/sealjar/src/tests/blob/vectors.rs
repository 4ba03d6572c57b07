//! Does this crate agree with the second implementation that made `vectors/blob_v1.json`?

use serde_json::Value;

use super::super::vectors::Case;
use super::super::{unhex, unhex_array};
use crate::aead::{PurposeCipher, Suite};
use crate::blob::{Blob, BlobError, StoreKey};
use crate::ring::KeyRing;

#[test]
fn every_valid_blob_is_sealed_to_the_byte_and_opened() {
    let vectors = vectors();
    let cases = vectors["valid"].as_array().unwrap();
    let mut ahead = Vec::new();
    for case in cases.iter().map(Case) {
        let name = case.name();
        let document = case.text("document");
        assert_eq!(key(&case).id().to_string(), case.text("key_id"), "{name}");
        let Ok(ring) = KeyRing::from_json(document.as_bytes()) else {
            // The format can hold any epoch. No ring has one that no clock reaches.
            let refused = open(&case).map(|_| ()).unwrap_err();
            assert!(matches!(refused, BlobError::Ring(_)), "{name}: {refused}");
            ahead.push(case.number("epoch"));
            continue;
        };

        let (previous, nonce) = (array(&case, "previous"), array(&case, "nonce"));
        let sealed = key(&case).seal_with_nonce(&ring, &previous, &nonce);
        assert_eq!(sealed, unhex(case.text("blob")), "{name}");

        assert_eq!(*open(&case).unwrap().to_json(), document, "{name}");
        let blob = unhex(case.text("blob"));
        assert_eq!(Blob::parse(&blob).unwrap().previous(), previous, "{name}");
    }
    assert_eq!((cases.len(), ahead), (5, vec![u64::MAX]));
}

/// The public functions of a store key do not show the derived key and the additional data. Here
/// they are used directly.
#[test]
fn the_derived_keys_and_additional_data_open_their_blobs() {
    for case in vectors()["valid"].as_array().unwrap().iter().map(Case) {
        let blob = unhex(case.text("blob"));
        let (ciphertext, tag) = blob[86..].split_last_chunk().unwrap();
        let mut document = ciphertext.to_vec();
        PurposeCipher::new(Suite::Xaes256Gcm, &array(&case, "key"))
            .open(
                &array(&case, "nonce"),
                &unhex(case.text("aad")),
                &mut document,
                tag,
            )
            .unwrap();
        assert_eq!(
            document,
            case.text("document").as_bytes(),
            "{}",
            case.name()
        );
    }
}

#[test]
fn every_invalid_blob_is_refused_with_its_kind() {
    let vectors = vectors();
    // The unchanged originals open, so each vector is refused for its own fault.
    assert!(open(&Case(&vectors["good"])).is_ok());
    let cases = vectors["invalid"].as_array().unwrap();
    for case in cases.iter().map(Case) {
        let kind = match open(&case).unwrap_err() {
            BlobError::Damaged => "damaged",
            BlobError::Mismatch { .. } => "mismatch",
            BlobError::NotABlob => "not_a_blob",
            BlobError::OtherKey { .. } => "other_key",
            BlobError::Ring(_) => "ring",
        };
        assert_eq!(kind, case.text("kind"), "{}", case.name());
    }
    assert_eq!(cases.len(), 39);
}

fn vectors() -> Value {
    let text = include_str!("../../../vectors/blob_v1.json");
    let vectors: Value = serde_json::from_str(text).unwrap();
    assert_eq!(vectors["format"], "sealjar blob 1");
    vectors
}

fn array<const N: usize>(case: &Case<'_>, name: &str) -> [u8; N] {
    unhex_array(case.text(name))
}

fn key(case: &Case<'_>) -> StoreKey {
    StoreKey::from_bytes(&unhex(case.text("master"))).unwrap()
}

fn open(case: &Case<'_>) -> Result<KeyRing, BlobError> {
    let bytes = unhex(case.text("blob"));
    let (ring, epoch) = (case.text("ring"), case.number("epoch"));
    key(case).open(&Blob::parse(&bytes)?, ring, epoch)
}
