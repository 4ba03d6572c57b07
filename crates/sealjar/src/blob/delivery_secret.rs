//! What do replicas and keepers share, so that nobody else reads what travels between them?
//!
//! ```text
//! key = Expand(PRK, "key" ‖ 00 ‖ 01 ‖ lp16(ring) ‖ lp16(purpose), 32)
//!       purpose: "ring-delivery" and "ring-list" seal, "ring-ask" authenticates questions
//! ```

use std::fmt;

use zeroize::Zeroizing;

use super::{Blob, BlobError, Inside, StoreKey, StoreKeyError, seal};
use crate::aead::{self, RandomError};
use crate::key::{Key, KeyId};

/// The secret that a ring's replicas and keepers share: a master secret of 32 bytes, which seals
/// what travels and admits those who ask.
///
/// # Security
/// It is wiped from memory on drop. There is no `Clone`, no `PartialEq` and no access to the bytes;
/// `Debug` shows the id. Every replica has it, so it proves nothing about who sealed something.
pub struct DeliverySecret(Key);

/// What travels, each under a key of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Travelling {
    /// The list of revocations.
    List,
    /// The ring document.
    Ring,
}

impl DeliverySecret {
    /// Makes the secret from its 32 bytes.
    ///
    /// # Errors
    /// [`StoreKeyError`], as for a store key.
    pub fn from_bytes(master: &[u8]) -> Result<Self, StoreKeyError> {
        StoreKey::from_bytes(master).map(|StoreKey(key)| Self(key))
    }

    /// Returns the id, which is computed from the bytes. It is the id that a store key of the same
    /// bytes would have.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.0.id()
    }

    /// Seals something into a blob, 102 bytes longer, for a ring and a number: an epoch or the
    /// number of a list.
    ///
    /// # Errors
    /// [`RandomError`] when the operating system gives no random bytes.
    pub fn seal(
        &self,
        what: Travelling,
        ring: &str,
        number: u64,
        bytes: &[u8],
    ) -> Result<Vec<u8>, RandomError> {
        let cipher = self.0.purpose_cipher(ring, what.purpose());
        let sealed = Inside {
            name: ring,
            number,
            bytes,
        };
        Ok(seal(self.id(), &cipher, &[0; 32], &aead::random()?, sealed))
    }

    /// Opens a blob that was sealed for this ring and number.
    ///
    /// # Errors
    /// [`BlobError`]: it is no blob, is under another key, was changed, or was sealed for something
    /// else.
    pub fn open(
        &self,
        what: Travelling,
        ring: &str,
        number: u64,
        blob: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, BlobError> {
        let cipher = || self.0.purpose_cipher(ring, what.purpose());
        Blob::parse(blob)?.open(self.id(), ring, number, cipher)
    }

    /// Returns the key that authenticates questions about a ring. The name is at most 65 535 bytes
    /// long.
    #[must_use]
    pub fn asking_key(&self, ring: &str) -> Zeroizing<[u8; 32]> {
        self.0.purpose_key(ring, "ring-ask")
    }
}

impl fmt::Debug for DeliverySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliverySecret")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

impl Travelling {
    const fn purpose(self) -> &'static str {
        match self {
            Self::List => "ring-list",
            Self::Ring => "ring-delivery",
        }
    }
}
