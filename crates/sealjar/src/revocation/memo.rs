//! Remembers the hashes of people, because every request of a person asks for theirs.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{MAX_NAME, Revocations};
use crate::aead::SubjectHasher;

/// The hashes of the people of one application under one pepper, as far as they are remembered.
///
/// An HMAC takes longer than all other checks of revocations together. It depends on the pepper
/// alone, so what is remembered outlives each ring and each list under the same pepper.
pub(crate) struct SubjectMemo<S = RandomState> {
    hasher: SubjectHasher,
    marker: S,
    /// A direct-mapped cache: the low bits of a person's mark pick the place.
    places: Box<[Place]>,
}

/// One person.
///
/// Two words cannot be read at once, and another thread may write between two reads. So the second
/// word is the mark combined with the hash: a mixture of two people gives the mark of neither. It
/// gives a third person's in one of 2^64 cases, and nobody outside the process knows the key of the
/// marks or sees a hash.
#[derive(Default)]
struct Place {
    hash: AtomicU64,
    mark_and_hash: AtomicU64,
}

impl SubjectMemo {
    pub(crate) fn new(revocations: &Revocations, app: &str) -> Self {
        Self::with_marker(revocations, app, RandomState::new())
    }
}

impl<S: BuildHasher> SubjectMemo<S> {
    /// Makes a memo whose marks come from `marker`: a random key, except in tests of this crate,
    /// which need one whose marks collide.
    pub(crate) fn with_marker(revocations: &Revocations, app: &str, marker: S) -> Self {
        Self {
            hasher: revocations.hasher(app),
            marker,
            places: (0..PLACES).map(|_| Place::default()).collect(),
        }
    }

    /// Returns the hash of a person, `None` for a name that no session has.
    pub(crate) fn hash(&self, subject: &str) -> Option<[u8; 8]> {
        if subject.len() > MAX_NAME {
            return None;
        }
        let mark = self.marker.hash_one(subject);
        let [low, high, ..] = mark.to_le_bytes();
        let place = &self.places[usize::from(u16::from_le_bytes([low, high])) % PLACES];
        // An empty place is that of mark 0.
        let mark = mark.max(1);
        let known = place.hash.load(Ordering::Relaxed);
        if place.mark_and_hash.load(Ordering::Relaxed) ^ known == mark {
            return Some(known.to_be_bytes());
        }
        let hash = self.hasher.hash(subject);
        let word = u64::from_be_bytes(hash);
        place.hash.store(word, Ordering::Relaxed);
        place.mark_and_hash.store(mark ^ word, Ordering::Relaxed);
        Some(hash)
    }
}

/// The number of people that can be remembered, in 64 KiB.
const PLACES: usize = 4096;

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn a_place_that_two_threads_have_written_is_neither_persons() {
        let list = Revocations::new(Zeroizing::new([9; 32]), 1);
        let memo = SubjectMemo::new(&list, "shop");
        let right = |who: &str| list.subject_hash("shop", who).ok();
        let word = |who: &str| right(who).map_or(0, u64::from_be_bytes);
        let mark = |who: &str| memo.marker.hash_one(who).max(1);
        for (of_hash, of_mark) in [("ada", "bob"), ("bob", "ada")] {
            for place in &memo.places {
                place.hash.store(word(of_hash), Ordering::Relaxed);
                let combined = mark(of_mark) ^ word(of_mark);
                place.mark_and_hash.store(combined, Ordering::Relaxed);
            }
            for who in ["ada", "bob"] {
                assert_eq!(memo.hash(who), right(who), "{who}");
            }
        }
        // The control: a mark that does not depend on the hash gives one the hash of the other.
        for place in &memo.places {
            place.hash.store(word("ada"), Ordering::Relaxed);
            let alone = mark("bob") ^ word("ada");
            place.mark_and_hash.store(alone, Ordering::Relaxed);
        }
        assert_eq!(memo.hash("bob"), right("ada"));
    }

    #[test]
    fn an_empty_place_is_nobodys() {
        #[derive(Default)]
        struct Zero;
        impl std::hash::Hasher for Zero {
            fn write(&mut self, _: &[u8]) {}
            fn finish(&self) -> u64 {
                0
            }
        }
        let list = Revocations::new(Zeroizing::new([9; 32]), 1);
        let marker = std::hash::BuildHasherDefault::<Zero>::default();
        let memo = SubjectMemo::with_marker(&list, "shop", marker);
        assert_eq!(memo.hash("ada"), list.subject_hash("shop", "ada").ok());
    }
}
