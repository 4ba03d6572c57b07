//! How a ring is written down: JSON, format `sealjar-ring/1`.
//!
//! `json` and `cursor` know JSON, `read` and `write` the format, and `instead` recognizes common
//! mistakes.

mod cursor;
mod instead;
pub(crate) mod json;
mod read;
mod write;

use zeroize::Zeroizing;

pub(crate) use read::read;
use write::write;

use crate::draft::RingDraft;
use crate::error::RingError;
use crate::published;
use crate::ring::KeyRing;

impl KeyRing {
    /// Reads a ring document, at most 500 000 bytes of JSON.
    ///
    /// Unknown fields are ignored unless the document names them under `critical`.
    ///
    /// # Errors
    /// [`RingError::TooLarge`], [`RingError::Syntax`], [`RingError::UnsupportedFormat`], or
    /// [`RingError::Document`] with the place and the reason. No error repeats a value.
    pub fn from_json(text: &[u8]) -> Result<Self, RingError> {
        Self::checked(read(text, published::ALLOWED)?)
    }

    /// Writes the ring document, secrets included. It is wiped from memory on drop.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<String> {
        write(self.content())
    }
}

impl RingDraft {
    /// Checks the draft and makes a ring from it.
    ///
    /// # Errors
    /// [`RingError::Document`] with the place and the reason: a bad name, an epoch beyond
    /// [`KeyRing::MAX_EPOCH`], no key or more than 64, two keys with one id, times of a key out of
    /// order, more than 8192 revocations. [`RingError::TooLarge`] when the document would be longer
    /// than 500 000 bytes.
    pub fn build(self) -> Result<KeyRing, RingError> {
        let ring = KeyRing::checked(self)?;
        let size = ring.to_json().len();
        if size > KeyRing::MAX_DOCUMENT {
            return Err(RingError::TooLarge { size });
        }
        Ok(ring)
    }
}

const FORMAT: &str = "sealjar-ring/1";
