//! The counters that requests add to.
//!
//! Sealing or opening adds to a number and waits for no lock. A sealer takes a lock when it first
//! uses a ring, and when somebody reads the counts.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::snapshot::{KeyUses, RefusalCounts, Uses};
use crate::key::KeyId;
use crate::refusal::{CountedKind, SLOTS};
use crate::ring::KeyRing;

/// The counts of a sealer and its clones.
#[derive(Default)]
pub(crate) struct SealerCounters {
    /// The keys that have left the ring come first, in the order in which they left.
    keys: Mutex<Vec<Arc<KeyCounters>>>,
    pub(crate) of_no_key: Counters,
}

impl SealerCounters {
    /// Returns the counters of each key of a ring, in the ring's order. A key that was there before
    /// keeps its counts.
    pub(crate) fn of_ring(&self, ring: &KeyRing) -> Arc<[Arc<KeyCounters>]> {
        let mut known = self.keys();
        let mut kept = vec![None; ring.keys().len()];
        known.retain(|counters| match ring.position(counters.id) {
            Some(at) => {
                kept[at] = Some(Arc::clone(counters));
                false
            }
            None => true,
        });
        let surplus = known.len().saturating_sub(KeyRing::MAX_KEYS);
        known.drain(..surplus);
        let here: Arc<[_]> = ring
            .keys()
            .iter()
            .zip(kept)
            .map(|(key, kept)| kept.unwrap_or_else(|| Arc::new(KeyCounters::new(key.id()))))
            .collect();
        known.extend(here.iter().cloned());
        here
    }

    pub(crate) fn uses<K: CountedKind>(&self) -> Uses<K> {
        Uses {
            keys: self.keys().iter().map(|key| key.uses()).collect(),
            refused: self.of_no_key.refused(),
        }
    }

    fn keys(&self) -> MutexGuard<'_, Vec<Arc<KeyCounters>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct KeyCounters {
    id: KeyId,
    pub(crate) counts: Counters,
}

impl KeyCounters {
    fn new(id: KeyId) -> Self {
        Self {
            id,
            counts: Counters::default(),
        }
    }

    fn uses<K: CountedKind>(&self) -> KeyUses<K> {
        KeyUses {
            id: self.id,
            sealed: self.counts.sum(|stripe| &stripe.sealed),
            opened: self.counts.sum(|stripe| &stripe.opened),
            refused: self.counts.refused(),
        }
    }
}

/// Numbers that many threads add to. They are spread over stripes, so that threads that open at
/// once do not wait for each other's cache lines.
#[derive(Default)]
pub(crate) struct Counters([Stripe; STRIPES]);

impl Counters {
    pub(crate) fn count_sealed(&self) {
        self.stripe().sealed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_opened(&self) {
        self.stripe().opened.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_refused(&self, kind: impl CountedKind) {
        self.stripe().refused[kind.slot()].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refused<K: CountedKind>(&self) -> RefusalCounts<K> {
        RefusalCounts::new(std::array::from_fn(|slot| {
            self.sum(|stripe| &stripe.refused[slot])
        }))
    }

    fn sum(&self, number: impl Fn(&Stripe) -> &AtomicU64) -> u64 {
        let numbers = self.0.iter().map(number);
        numbers.map(|number| number.load(Ordering::Relaxed)).sum()
    }

    fn stripe(&self) -> &Stripe {
        thread_local! {
            static MINE: usize = THREADS.fetch_add(1, Ordering::Relaxed) % STRIPES;
        }
        &self.0[MINE.with(|mine| *mine)]
    }
}

/// Two stripes never share a cache line, nor a pair of lines that a processor fetches together.
#[derive(Default)]
#[repr(align(128))]
struct Stripe {
    sealed: AtomicU64,
    opened: AtomicU64,
    refused: [AtomicU64; SLOTS],
}

/// How many threads have counted anything.
static THREADS: AtomicUsize = AtomicUsize::new(0);
const STRIPES: usize = 8;
