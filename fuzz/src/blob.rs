//! Does a blob open that was not sealed, or for another ring or epoch than it was sealed for?

use std::fmt;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Result, Unstructured};
use sealjar::__hazmat::{Blob, BlobError, StoreKey};
use sealjar::KeyRing;

use crate::edits::edit;
use crate::reach::Reach;
use crate::ring::DOCUMENT;

/// Some bytes, and the ring and epoch that they should hold.
pub struct Sealed {
    pub bytes: Vec<u8>,
    pub ring: &'static str,
    pub epoch: u64,
}

impl<'a> Arbitrary<'a> for Sealed {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let ring = *input.choose(&RINGS)?;
        let epoch = *input.choose(&[EPOCH, EPOCH, EPOCH + 1, 0, u64::MAX])?;
        let bytes = if input.ratio(1, 4)? {
            input.bytes(input.len())?.to_vec()
        } else {
            let mut bytes = input.choose(&BLOBS)?.to_vec();
            edit(&mut bytes, input.choose(&BLOBS)?, input)?;
            bytes
        };
        Ok(Self { bytes, ring, epoch })
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, ring, epoch } = self;
        write!(f, "epoch {epoch} of {ring:?}: {}", bytes.escape_ascii())
    }
}

/// Opens a blob and returns one word for the result.
///
/// # Panics
/// When the fields of the blob are wrong, when the ring inside is not the one that was sealed, or
/// when an error repeats a secret.
#[must_use]
pub fn opened(sealed: &Sealed) -> &'static str {
    let blob = match Blob::parse(&sealed.bytes) {
        Ok(blob) => blob,
        Err(refusal) => return word(&refusal),
    };
    let read = [MAGIC, blob.key_id().bytes(), &blob.previous()].concat();
    assert_eq!(read, sealed.bytes[..read.len()]);
    let answer = STORE_KEY.open(&blob, sealed.ring, sealed.epoch);
    let said = format!("{blob:?} {answer:?}");
    assert!(!said.contains("sealjar-key-1_"), "{said}");
    match answer {
        Ok(ring) => {
            let sealed = KeyRing::from_json(DOCUMENT.as_bytes()).expect("the document is read");
            assert_eq!(*ring.to_json(), *sealed.to_json());
            "opened"
        }
        Err(refusal) => word(&refusal),
    }
}

/// Returns what SPEC.md, section 4, says of a blob.
///
/// # Panics
/// Never: all slices are shorter than what they are cut from.
#[must_use]
pub fn expected(sealed: &Sealed) -> &'static str {
    let Sealed { bytes, ring, epoch } = sealed;
    if bytes.len() < 14 + 16 + 32 + 24 + 16 || !bytes.starts_with(MAGIC) {
        REACH.count(false);
        return "not_a_blob";
    }
    if bytes[14..30] != BLOBS[0][14..30] {
        REACH.count(false);
        return "other_key";
    }
    let is_genuine = BLOBS.contains(&&bytes[..]) && *ring == RINGS[0] && *epoch == EPOCH;
    REACH.count(true);
    if is_genuine { "opened" } else { "damaged" }
}

const fn word(refusal: &BlobError) -> &'static str {
    match refusal {
        BlobError::Damaged => "damaged",
        BlobError::Mismatch { .. } => "mismatch",
        BlobError::NotABlob => "not_a_blob",
        BlobError::OtherKey { .. } => "other_key",
        BlobError::Ring(_) => "ring",
        _ => "unheard of",
    }
}

/// The ring document, sealed twice: as the first blob and as the one after it.
pub const BLOBS: [&[u8]; 2] = [
    include_bytes!("../genuine/first.blob"),
    include_bytes!("../genuine/second.blob"),
];

/// The store key of [`BLOBS`].
///
/// # Panics
/// Never: the bytes are 32 and not zeros.
pub static STORE_KEY: LazyLock<StoreKey> = LazyLock::new(|| {
    StoreKey::from_bytes(b"test-only store key for fuzzing!").expect("these are 32 bytes")
});

/// The name in the document, and other names to ask for.
const RINGS: [&str; 4] = ["fuzz-test", "fuzz-tes", "", "Not a name"];
const EPOCH: u64 = 9;
const MAGIC: &[u8] = b"sealjar-blob-1";

static REACH: Reach = Reach::new("came as far as the tag");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_genuine_blob_opens_for_its_ring_and_epoch_alone() {
        for bytes in BLOBS {
            let mut sealed = Sealed {
                bytes: bytes.to_vec(),
                ring: RINGS[0],
                epoch: EPOCH,
            };
            assert_eq!((opened(&sealed), expected(&sealed)), ("opened", "opened"));
            sealed.epoch += 1;
            assert_eq!((opened(&sealed), expected(&sealed)), ("damaged", "damaged"));
        }
    }
}
