//! Checks whether a person is revoked. Every request asks, so this remembers the answer's position.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use super::subjects::AppSubjects;
use super::{MAX_NAME, Revocations};
use crate::aead::SubjectHasher;
use crate::clock::Timestamp;

/// A check for one list of one app, which remembers the position of each person in it, or their
/// absence.
///
/// An HMAC takes longer than all other checks of revocations together. So a person is remembered by
/// a keyed hash of 64 bits, of which 62 count: 12 pick the slot and 50 are stored in it. To be
/// mistaken for a listed person, another would have to share all 62, and nobody outside the process
/// knows the key or sees a hash.
///
/// The check remembers the entry, never the answer: one person's sessions have different births.
pub(crate) struct SubjectCheck<S = RandomState> {
    hasher: SubjectHasher,
    marker: S,
    /// A direct-mapped cache. The low bits of a hash pick the slot. The stored word has the high
    /// bits of the hash, and in its low 14 bits the rank: 0 for a person who is not listed,
    /// otherwise the position in the list plus one. Both are in one word, so that no thread sees
    /// half of a change.
    known: Box<[AtomicU64]>,
}

impl SubjectCheck {
    pub(crate) fn new(revocations: &Revocations, app: &str) -> Self {
        Self::with_marker(revocations, app, RandomState::new())
    }
}

impl<S: BuildHasher> SubjectCheck<S> {
    /// Makes a check whose hashes come from `marker`: a random key, except in tests of this crate,
    /// which need one whose hashes collide.
    pub(crate) fn with_marker(revocations: &Revocations, app: &str, marker: S) -> Self {
        Self {
            hasher: revocations.hasher(app),
            marker,
            known: (0..PLACES).map(|_| AtomicU64::new(NOBODY)).collect(),
        }
    }

    /// Returns whether the subject is listed with a time after `born`. `listed` must be the list
    /// for which this check was made: in another one the person may have another position, or none.
    pub(crate) fn covers(&self, listed: &AppSubjects, subject: &str, born: Timestamp) -> bool {
        if subject.len() > MAX_NAME {
            return false;
        }
        let hash = self.marker.hash_one(subject);
        let mark = (hash & !RANKS).max(NOBODY + RANKS + 1);
        let place = &self.known[low_bits(hash) % PLACES];
        let seen = place.load(Ordering::Relaxed);
        let rank = if seen & !RANKS == mark {
            low_bits(seen & RANKS)
        } else {
            let rank = listed
                .position(self.hasher.hash(subject))
                .map_or(0, |position| position + 1);
            place.store(mark | rank as u64, Ordering::Relaxed);
            rank
        };
        rank.checked_sub(1)
            .and_then(|position| listed.entries().get(position))
            .is_some_and(|entry| born < entry.born_before)
    }
}

fn low_bits(word: u64) -> usize {
    let [low, high, ..] = word.to_le_bytes();
    usize::from(u16::from_le_bytes([low, high]))
}

/// The number of people that can be remembered, in 32 KiB.
const PLACES: usize = 4096;
/// The bits that hold a rank.
const RANKS: u64 = (1 << 14) - 1;
const NOBODY: u64 = 0;

const _: () = assert!(
    PLACES as u64 <= RANKS + 1 && Revocations::MAX_ENTRIES as u64 <= RANKS,
    "a rank must cover the bits of a place, and no bit of a mark"
);
