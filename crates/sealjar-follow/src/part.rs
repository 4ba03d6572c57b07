//! What travels behind a head?
//!
//! ```text
//! part = u8(kind) ‖ u32(length) ‖ a blob of SPEC.md section 4, `previous` zeros
//!        kind 1: the ring document, under ring-delivery, for the epoch
//!        kind 2: the list, under ring-list, for its number
//! ```

use sealjar::__hazmat::Travelling;
use sealjar::{KeyRing, RandomError};
use zeroize::Zeroizing;

use crate::bytes::{Reader, sha256};
use crate::head::Head;
use crate::key::DeliveryKey;

/// Seals a ring document as a part.
///
/// # Errors
/// [`RandomError`] when the operating system gives no random bytes.
pub fn seal_ring(
    key: &DeliveryKey,
    ring: &str,
    epoch: u64,
    document: &[u8],
) -> Result<Vec<u8>, RandomError> {
    seal(RING, key, ring, epoch, document)
}

/// Seals a list of revocations as a part.
///
/// # Errors
/// [`RandomError`] when the operating system gives no random bytes.
pub fn seal_list(
    key: &DeliveryKey,
    ring: &str,
    seq: u64,
    list: &[u8],
) -> Result<Vec<u8>, RandomError> {
    seal(LIST, key, ring, seq, list)
}

fn seal(
    kind: u8,
    key: &DeliveryKey,
    ring: &str,
    number: u64,
    bytes: &[u8],
) -> Result<Vec<u8>, RandomError> {
    let what = if kind == RING {
        Travelling::Ring
    } else {
        Travelling::List
    };
    let blob = key.secret().seal(what, ring, number, bytes)?;
    let length = u32::try_from(blob.len()).expect("rings and lists are shorter than 4 GiB");
    let mut part = Vec::with_capacity(5 + blob.len());
    part.push(kind);
    part.extend_from_slice(&length.to_be_bytes());
    part.extend_from_slice(&blob);
    Ok(part)
}

/// The parts of an answer, as they travel.
#[derive(Clone, Copy, Default)]
pub struct Parts<'a> {
    ring: Option<&'a [u8]>,
    list: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    /// The longest that the parts of an answer can be, in bytes: a ring document and a list.
    pub const MAX_LEN: usize = KeyRing::MAX_DOCUMENT + MAX_LIST + 2 * (5 + 102);

    /// Splits the parts, and passes over kinds that this build does not know. `None` if they are
    /// cut off, or if there are two of one kind.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let mut parts = Self::default();
        while let Some(kind) = reader.array::<1>() {
            let length = usize::try_from(reader.u32()?).ok()?;
            let blob = reader.take(length)?;
            let place = match kind[0] {
                RING => &mut parts.ring,
                LIST => &mut parts.list,
                _ => continue,
            };
            if place.replace(blob).is_some() {
                return None;
            }
        }
        Some(parts)
    }

    /// Opens the ring document, if it is the one that the head names.
    #[must_use]
    pub fn ring(&self, key: &DeliveryKey, ring: &str, head: &Head) -> Option<Zeroizing<Vec<u8>>> {
        let blob = self.ring?;
        let opened = key.secret().open(Travelling::Ring, ring, head.epoch, blob);
        opened.ok().filter(|document| sha256(document) == head.ring)
    }

    /// Opens the list, if it is the one that the head names.
    #[must_use]
    pub fn list(&self, key: &DeliveryKey, ring: &str, head: &Head) -> Option<Zeroizing<Vec<u8>>> {
        let blob = self.list?;
        let opened = key.secret().open(Travelling::List, ring, head.seq, blob);
        opened.ok().filter(|list| sha256(list) == head.list)
    }
}

impl std::fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("ring", &self.ring.map(<[u8]>::len))
            .field("list", &self.list.map(<[u8]>::len))
            .finish()
    }
}

const RING: u8 = 1;
const LIST: u8 = 2;
/// 131 072 sessions of 12 bytes, 32 768 subjects of 16, and what is around them.
const MAX_LIST: usize = 131_072 * 12 + 32_768 * 16 + 64;
