//! By what is a blob told from every other?

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// The SHA-256 of a blob.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Digest([u8; 32]);

impl Digest {
    /// In place of the blob before the first.
    pub(super) const NONE: Self = Self([0; 32]);

    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    pub(super) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) const fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// Returns the 8 characters that name it.
    pub(super) fn short(self) -> String {
        base16ct::lower::encode_string(&self.0[..4])
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base16ct::lower::encode_string(&self.0))
    }
}

impl FromStr for Digest {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut bytes = [0; 32];
        match base16ct::lower::decode(text, &mut bytes) {
            Ok(read) if read.len() == 32 => Ok(Self(bytes)),
            _ => Err(()),
        }
    }
}
