//! Is this person revoked? Asked at every request, so that the answer is remembered.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use super::subjects::AppSubjects;
use super::{MAX_NAME, Revocations};
use crate::aead::SubjectHasher;
use crate::clock::Timestamp;

/// Asks one list of one app, and remembers where on it a person stands, or that they do not.
///
/// An HMAC takes longer than all other looks at the revocations together. A person is remembered by
/// a keyed hash of 64 bits, of which 62 are compared: 12 say where it is kept and 50 are kept
/// there. For a listed person to pass for another, the two would have to share all 62, and nobody
/// outside knows the key or sees a hash.
///
/// What is remembered is the entry, never the answer: the same person's sessions were born at
/// different times.
pub(crate) struct SubjectCheck<S = RandomState> {
    hasher: SubjectHasher,
    marker: S,
    /// People who were asked about, each at the place that the last bits of their hash say. The
    /// last bits of what is kept give way to the rank: 0 for who is not listed, otherwise one more
    /// than the position on the list. Both travel in one word, so that no thread sees half of a
    /// change.
    known: Box<[AtomicU64]>,
}

impl SubjectCheck {
    pub(crate) fn new(revocations: &Revocations, app: &str) -> Self {
        Self::with_marker(revocations, app, RandomState::new())
    }
}

impl<S: BuildHasher> SubjectCheck<S> {
    /// Makes a check whose hashes come from `marker`: a random key everywhere but in the tests of
    /// this crate, which need one whose hashes collide.
    pub(crate) fn with_marker(revocations: &Revocations, app: &str, marker: S) -> Self {
        Self {
            hasher: revocations.hasher(app),
            marker,
            known: (0..PLACES).map(|_| AtomicU64::new(NOBODY)).collect(),
        }
    }

    /// Returns whether the subject is listed with a time after `born`. `listed` is always the list
    /// that this was made for: on another one the same person may stand elsewhere, or not at all.
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

/// So many people can be remembered at once, in 32 KiB.
const PLACES: usize = 4096;
/// The bits of a rank.
const RANKS: u64 = (1 << 14) - 1;
const NOBODY: u64 = 0;

const _: () = assert!(
    PLACES as u64 <= RANKS + 1 && Revocations::MAX_ENTRIES as u64 <= RANKS,
    "a rank must cover the bits of a place, and no bit of a mark"
);
