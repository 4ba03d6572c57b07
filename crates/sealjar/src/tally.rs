//! How are uses counted while requests run?
//!
//! Whoever seals or opens adds to a number and waits for nobody. A lock is taken when a ring is met
//! for the first time, and by whoever reads the counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::key::KeyId;
use crate::kind::RefusalKind;
use crate::ring::KeyRing;
use crate::uses::{KeyUses, RefusalCounts, Uses};

/// The counts of a sealer and its clones.
#[derive(Default)]
pub(crate) struct Tally {
    /// Those that have left the ring stand first, and of these the one that left first.
    keys: Mutex<Vec<Arc<KeyTally>>>,
    /// Refusals that are of no key of the ring.
    pub(crate) refused: KindTally,
}

impl Tally {
    /// Returns what counts for each key of a ring, in the ring's order. A key that was there before
    /// goes on from where it was.
    pub(crate) fn of_ring(&self, ring: &KeyRing) -> Box<[Arc<KeyTally>]> {
        let mut known = self.keys();
        let mut kept = vec![None; ring.keys().len()];
        known.retain(|tally| match ring.position(tally.id) {
            Some(at) => {
                kept[at] = Some(Arc::clone(tally));
                false
            }
            None => true,
        });
        let surplus = known.len().saturating_sub(KeyRing::MAX_KEYS);
        known.drain(..surplus);
        let here: Box<[_]> = ring
            .keys()
            .iter()
            .zip(kept)
            .map(|(key, kept)| kept.unwrap_or_else(|| Arc::new(KeyTally::new(key.id()))))
            .collect();
        known.extend(here.iter().cloned());
        here
    }

    pub(crate) fn uses(&self) -> Uses {
        Uses {
            keys: self.keys().iter().map(|key| key.uses()).collect(),
            refused: self.refused.counts(),
        }
    }

    fn keys(&self) -> MutexGuard<'_, Vec<Arc<KeyTally>>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The counts of one key. Two keys share no cache line, nor a pair of lines that a processor fetches
/// together.
#[repr(align(128))]
pub(crate) struct KeyTally {
    id: KeyId,
    sealed: AtomicU64,
    opened: AtomicU64,
    pub(crate) refused: KindTally,
}

impl KeyTally {
    fn new(id: KeyId) -> Self {
        Self {
            id,
            sealed: AtomicU64::new(0),
            opened: AtomicU64::new(0),
            refused: KindTally::default(),
        }
    }

    pub(crate) fn count_sealed(&self) {
        self.sealed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_opened(&self) {
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    fn uses(&self) -> KeyUses {
        KeyUses {
            id: self.id,
            sealed: self.sealed.load(Ordering::Relaxed),
            opened: self.opened.load(Ordering::Relaxed),
            refused: self.refused.counts(),
        }
    }
}

/// One count for each kind of refusal.
#[derive(Default)]
pub(crate) struct KindTally([AtomicU64; RefusalKind::COUNT]);

impl KindTally {
    pub(crate) fn count(&self, kind: RefusalKind) {
        self.0[kind as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn counts(&self) -> RefusalCounts {
        RefusalCounts(std::array::from_fn(|at| self.0[at].load(Ordering::Relaxed)))
    }
}
