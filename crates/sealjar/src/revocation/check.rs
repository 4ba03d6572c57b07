//! Is this person revoked? Asked at every request, so that the answer "not listed" is remembered.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use super::subjects::AppSubjects;
use super::{MAX_NAME, Revocations};
use crate::aead::SubjectHasher;
use crate::clock::Timestamp;

/// Asks one list of one app, and remembers who is not on it.
///
/// An HMAC takes longer than all other looks at the revocations together. Who is not listed is
/// remembered by a keyed hash of 64 bits, as long as the hashes in the ring. A listed person would have
/// to share it with somebody asked about before, and nobody outside knows the key or sees a hash.
pub(crate) struct SubjectCheck {
    hasher: SubjectHasher,
    marker: RandomState,
    /// Marks of people who are not listed, each at the place that its last bits say.
    unlisted: Box<[AtomicU64]>,
}

impl SubjectCheck {
    pub(crate) fn new(revocations: &Revocations, app: &str) -> Self {
        Self {
            hasher: revocations.hasher(app),
            marker: RandomState::new(),
            unlisted: (0..PLACES).map(|_| AtomicU64::new(NOBODY)).collect(),
        }
    }

    /// Returns whether the subject is listed with a time after `born`. `listed` is always the list that
    /// this was made for: another one may name who was not on the first.
    pub(crate) fn covers(&self, listed: &AppSubjects, subject: &str, born: Timestamp) -> bool {
        if born >= listed.newest() || subject.len() > MAX_NAME {
            return false;
        }
        let mark = self.marker.hash_one(subject).max(NOBODY + 1);
        let [low, high, ..] = mark.to_le_bytes();
        let place = &self.unlisted[usize::from(u16::from_le_bytes([low, high])) % PLACES];
        if place.load(Ordering::Relaxed) == mark {
            return false;
        }
        let born_before = listed.born_before(self.hasher.hash(subject));
        if born_before.is_none() {
            place.store(mark, Ordering::Relaxed);
        }
        born_before.is_some_and(|time| born < time)
    }
}

/// So many people can be remembered at once, in 32 KiB.
const PLACES: usize = 4096;
const NOBODY: u64 = 0;
