//! What travels behind a head?
//!
//! ```text
//! part = u8(kind) ‖ u32(length) ‖ a blob of SPEC.md section 4, `previous` zeros
//!        kind 1: the ring document, under ring-delivery, for the epoch
//!        kind 2: the list, under ring-list, for its number
//!        kind 3: a delta that leads to the list, likewise
//! ```

use sealjar::__hazmat::Travelling;
use sealjar::{KeyRing, ListDelta, RandomError, RevocationList};
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

/// Seals what has changed in a list as a part, for replicas that hold an older one.
///
/// # Errors
/// [`RandomError`] when the operating system gives no random bytes.
pub fn seal_delta(
    key: &DeliveryKey,
    ring: &str,
    delta: &ListDelta,
) -> Result<Vec<u8>, RandomError> {
    seal(DELTA, key, ring, delta.seq(), &delta.to_bytes())
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
    delta: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    /// The longest that the parts of an answer can be, in bytes: a ring document, and a list or a
    /// delta. A delta is 9 bytes longer than a list with the same records.
    pub const MAX_LEN: usize = KeyRing::MAX_DOCUMENT + RevocationList::MAX_LEN + 9 + 2 * (5 + 102);

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
                DELTA => &mut parts.delta,
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

    /// Returns whether a delta came in place of the list.
    #[must_use]
    pub const fn has_delta(&self) -> bool {
        self.delta.is_some() && self.list.is_none()
    }

    /// Opens the delta and applies it to the list that is held, if that leads to the list which the
    /// head names.
    #[must_use]
    pub fn updated(
        &self,
        key: &DeliveryKey,
        ring: &str,
        head: &Head,
        held: &RevocationList,
    ) -> Option<RevocationList> {
        let blob = self.delta?;
        let opened = key.secret().open(Travelling::List, ring, head.seq, blob);
        let delta = ListDelta::from_bytes(&opened.ok()?).ok()?;
        let list = held.updated(&delta).ok()?;
        (list.seq() == head.seq && sha256(&list.to_bytes()) == head.list).then_some(list)
    }
}

impl std::fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("ring", &self.ring.map(<[u8]>::len))
            .field("list", &self.list.map(<[u8]>::len))
            .field("delta", &self.delta.map(<[u8]>::len))
            .finish()
    }
}

const RING: u8 = 1;
const LIST: u8 = 2;
const DELTA: u8 = 3;
