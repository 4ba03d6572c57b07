//! Keeps a ring in a store that others can read: sealed into a blob, under a key that only its
//! keeper has.
//!
//! ```text
//! blob = "sealjar-blob-1" ‖ key id(16) ‖ previous(32) ‖ nonce(24)
//!        ‖ ciphertext of the document ‖ tag(16)
//! key  = Expand(PRK, "key" ‖ 00 ‖ 01 ‖ lp16(ring) ‖ lp16("ring-store"), 32)
//! AAD  = blob[0..86] ‖ lp16(ring) ‖ u64(epoch)
//! ```
//!
//! `delivery_secret` seals in the same form what travels to replicas.

mod delivery_secret;
mod error;

use std::fmt;

use zeroize::Zeroizing;

use crate::aead::{self, PurposeCipher, RandomError, Suite};
use crate::draft;
use crate::key::{Key, KeyId};
use crate::published;
use crate::ring::KeyRing;

pub use delivery_secret::{DeliverySecret, Travelling};
pub use error::{BlobError, StoreKeyError};

/// Seals rings for a store: a key of 32 bytes for XAES-256-GCM, which encrypts keys.
///
/// # Security
/// Only the keeper of a ring may have it: it opens every ring that was ever sealed under it. It is
/// wiped from memory on drop. There is no `Clone`, no `PartialEq` and no access to the bytes;
/// `Debug` shows the id.
pub struct StoreKey(Key);

impl StoreKey {
    /// Draws a new key from the operating system's random source, and returns it with its 32 bytes,
    /// to pass to [`from_bytes`](Self::from_bytes) later. There is no other access to the bytes.
    ///
    /// # Errors
    /// [`RandomError`] when the operating system gives no random bytes.
    pub fn generate() -> Result<(Self, Zeroizing<[u8; 32]>), RandomError> {
        let master = Zeroizing::new(aead::random()?);
        Ok((Self::from_master(&master), master))
    }

    /// Makes the key from its 32 bytes.
    ///
    /// # Errors
    /// [`StoreKeyError`] if there are not exactly 32 bytes, if all are zero, or if they are
    /// published in the tests of this project.
    pub fn from_bytes(master: &[u8]) -> Result<Self, StoreKeyError> {
        Self::from_bytes_or(master, published::ALLOWED)
    }

    /// `published`: whether to accept bytes that are public, as tests do.
    pub(crate) fn from_bytes_or(master: &[u8], published: bool) -> Result<Self, StoreKeyError> {
        let Ok(master) = <&[u8; 32]>::try_from(master) else {
            let found = master.len();
            return Err(StoreKeyError::Length { found });
        };
        if *master == [0; 32] {
            return Err(StoreKeyError::AllZero);
        }
        if !published && published::is_published(master) {
            return Err(StoreKeyError::Published);
        }
        Ok(Self::from_master(master))
    }

    fn from_master(master: &[u8; 32]) -> Self {
        Self(Key::from_secret(Suite::Xaes256Gcm, master))
    }

    /// Returns the key's id, which is computed from its bytes.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.0.id()
    }

    /// Seals a ring into a blob, which is 102 bytes longer than the ring's document. `previous` is
    /// the SHA-256 of the blob before it, 32 zeros for the first; it is authenticated.
    ///
    /// # Errors
    /// [`RandomError`] when the operating system gives no random bytes.
    pub fn seal(&self, ring: &KeyRing, previous: [u8; 32]) -> Result<Vec<u8>, RandomError> {
        Ok(self.seal_with_nonce(ring, &previous, &aead::random()?))
    }

    /// Sealing twice with one nonce reveals the documents.
    pub(crate) fn seal_with_nonce(
        &self,
        ring: &KeyRing,
        previous: &[u8; 32],
        nonce: &[u8; 24],
    ) -> Vec<u8> {
        let document = ring.to_json();
        let sealed = Inside {
            name: ring.name(),
            number: ring.epoch(),
            bytes: document.as_bytes(),
        };
        seal(
            self.id(),
            &self.cipher(ring.name()),
            previous,
            nonce,
            sealed,
        )
    }

    /// Opens a blob that must hold this ring in this epoch.
    ///
    /// # Errors
    /// [`BlobError`]: the blob is under another key, was changed, or was sealed for another ring or
    /// epoch; or its contents are not a ring document, or that of another ring.
    pub fn open(&self, blob: &Blob<'_>, ring: &str, epoch: u64) -> Result<KeyRing, BlobError> {
        self.open_document(blob, ring, epoch).map(|(ring, _)| ring)
    }

    /// Opens a blob, and also returns the document as it was sealed: another build may write the
    /// same ring in other bytes.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn open_document(
        &self,
        blob: &Blob<'_>,
        ring: &str,
        epoch: u64,
    ) -> Result<(KeyRing, Zeroizing<Vec<u8>>), BlobError> {
        let document = blob.open(self.id(), ring, epoch, || self.cipher(ring))?;
        let found = KeyRing::from_json(&document).map_err(BlobError::Ring)?;
        if found.name() != ring || found.epoch() != epoch {
            return Err(BlobError::Mismatch {
                ring: found.name().into(),
                epoch: found.epoch(),
            });
        }
        Ok((found, document))
    }

    fn cipher(&self, ring: &str) -> PurposeCipher {
        self.0.purpose_cipher(ring, PURPOSE)
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreKey")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

/// Bytes in the shape of a sealed ring. They are not trusted: only [`StoreKey::open`] checks
/// whether they are authentic.
#[derive(Clone, Copy)]
pub struct Blob<'a> {
    header: &'a [u8; HEADER],
    id: &'a [u8; 16],
    previous: &'a [u8; 32],
    nonce: &'a [u8; 24],
    ciphertext: &'a [u8],
    tag: &'a [u8; TAG],
}

impl<'a> Blob<'a> {
    /// Splits the bytes into their fields.
    ///
    /// # Errors
    /// [`BlobError::NotABlob`] when they do not begin as a blob does, or are fewer than 102.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BlobError> {
        Self::split(bytes).ok_or(BlobError::NotABlob)
    }

    fn split(bytes: &'a [u8]) -> Option<Self> {
        let (header, sealed) = bytes.split_first_chunk()?;
        let (ciphertext, tag) = sealed.split_last_chunk()?;
        let (id, rest) = header.strip_prefix(MAGIC)?.split_first_chunk()?;
        let (previous, nonce) = rest.split_first_chunk()?;
        Some(Self {
            header,
            id,
            previous,
            nonce: nonce.try_into().ok()?,
            ciphertext,
            tag,
        })
    }

    /// Opens the blob under the key of this id, for the name and the number that it was sealed for.
    fn open(
        &self,
        key: KeyId,
        name: &str,
        number: u64,
        cipher: impl FnOnce() -> PurposeCipher,
    ) -> Result<Zeroizing<Vec<u8>>, BlobError> {
        if self.key_id() != key {
            return Err(BlobError::OtherKey {
                expected: key,
                found: self.key_id(),
            });
        }
        // No blob is ever sealed for an invalid ring name, and a longer name has no lp16.
        if !draft::is_ring_name(name) {
            return Err(BlobError::Damaged);
        }
        let aad = additional_data(self.header, name, number);
        let mut bytes = Zeroizing::new(self.ciphertext.to_vec());
        cipher()
            .open(self.nonce, &aad, &mut bytes, self.tag)
            .map_err(|_| BlobError::Damaged)?;
        Ok(bytes)
    }

    /// Returns the id of the key that the blob names.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        KeyId::from_bytes(*self.id)
    }

    /// Returns the SHA-256 of the previous blob that the blob names, 32 zeros for the first.
    #[must_use]
    pub const fn previous(&self) -> [u8; 32] {
        *self.previous
    }
}

impl fmt::Debug for Blob<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob")
            .field("key_id", &self.key_id())
            .field("document_len", &self.ciphertext.len())
            .finish_non_exhaustive()
    }
}

/// What is sealed in a blob.
#[derive(Clone, Copy)]
struct Inside<'a> {
    name: &'a str,
    number: u64,
    bytes: &'a [u8],
}

/// Sealing twice with one nonce reveals what is inside.
fn seal(
    key: KeyId,
    cipher: &PurposeCipher,
    previous: &[u8; 32],
    nonce: &[u8; 24],
    inside: Inside<'_>,
) -> Vec<u8> {
    // Never grows: growing would leave a copy of the plaintext behind.
    let mut blob = Vec::with_capacity(HEADER + inside.bytes.len() + TAG);
    for part in [MAGIC, key.bytes(), previous, nonce] {
        blob.extend_from_slice(part);
    }
    let aad = additional_data(&blob, inside.name, inside.number);
    blob.extend_from_slice(inside.bytes);
    let tag = cipher.seal(nonce, &aad, &mut blob[HEADER..]);
    blob.extend_from_slice(&tag);
    blob
}

/// Binds the blob to the ring name and the epoch under which it is stored.
fn additional_data(header: &[u8], ring: &str, epoch: u64) -> Vec<u8> {
    [
        header,
        &aead::lp16_len(ring),
        ring.as_bytes(),
        &epoch.to_be_bytes(),
    ]
    .concat()
}

const MAGIC: &[u8] = b"sealjar-blob-1";
const PURPOSE: &str = "ring-store";
const HEADER: usize = MAGIC.len() + 16 + 32 + 24;
const TAG: usize = 16;
