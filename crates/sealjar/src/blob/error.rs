//! What can be wrong with a sealed ring or its key?

use std::fmt;

use crate::error::RingError;
use crate::key::KeyId;

/// Why a blob could not be opened.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum BlobError {
    /// The blob was changed, or sealed for another ring or epoch than the requested one.
    Damaged,
    /// The ring inside is not the one that the blob was sealed for. Only a holder of the key can
    /// have made it.
    Mismatch {
        /// The name of the ring inside.
        ring: String,
        /// Its epoch.
        epoch: u64,
    },
    /// The bytes are not a blob: they begin otherwise, or were cut off.
    NotABlob,
    /// It is sealed under another key.
    OtherKey {
        /// The key that was used to open it.
        expected: KeyId,
        /// The key that the blob names.
        found: KeyId,
    },
    /// The contents are authentic, but not a ring that this build can read.
    Ring(RingError),
}

impl fmt::Display for BlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged => f.write_str(
                "the sealed ring does not authenticate: it was changed, or sealed for another ring or epoch",
            ),
            Self::Mismatch { ring, epoch } => write!(
                f,
                "what is sealed inside is epoch {epoch} of the ring \"{ring}\", which was not asked for"
            ),
            Self::NotABlob => {
                f.write_str("not a sealed ring: it begins with other bytes, or was cut off")
            }
            Self::OtherKey { expected, found } => write!(
                f,
                "the ring is sealed under the store key {found}, and the one at hand is {expected}"
            ),
            Self::Ring(_) => f.write_str("what is sealed inside is no ring that this build reads"),
        }
    }
}

crate::__debug_as_report!(BlobError);

impl std::error::Error for BlobError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Ring(error) => Some(error),
            _ => None,
        }
    }
}

/// Why bytes are not a [`StoreKey`](super::StoreKey).
#[derive(Clone, Copy, Eq, PartialEq)]
#[non_exhaustive]
pub enum StoreKeyError {
    /// They are all zero.
    AllZero,
    /// There are not exactly 32.
    Length {
        /// The number of bytes.
        found: usize,
    },
    /// They are public: the tests of this project contain them.
    Published,
}

impl fmt::Display for StoreKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllZero => f.write_str("a store key is 32 random bytes, and these are all zero"),
            Self::Length { found } => {
                write!(
                    f,
                    "a store key is 32 bytes as they were drawn, and these are {found}"
                )
            }
            Self::Published => f.write_str(
                "a store key is 32 random bytes, and these are in the tests of sealjar: make another \
                 with `sealjar new-kek`",
            ),
        }
    }
}

crate::__debug_as_report!(StoreKeyError);

impl std::error::Error for StoreKeyError {}
