//! The time of a fleet, and clocks that differ from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use sealjar::{ClockError, Timestamp};

/// The true time of a fleet, in whole seconds. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Time(Arc<AtomicU32>);

impl Time {
    pub(crate) fn starting() -> Self {
        Self(Arc::new(AtomicU32::new(START)))
    }

    pub(crate) fn now(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn pass(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A clock that is ahead of the true time by some seconds, or behind. Clones share it.
///
/// Clocks between 0 and the skew ahead are pairwise within the skew.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    time: Time,
    ahead: Arc<AtomicI64>,
}

impl Clock {
    pub(crate) fn new(time: &Time, ahead: u32) -> Self {
        Self {
            time: time.clone(),
            ahead: Arc::new(AtomicI64::new(ahead.into())),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let shown = i64::from(self.time.now()) + self.ahead();
        Timestamp::from_stored(u32::try_from(shown).unwrap())
    }

    pub(crate) fn ahead(&self) -> i64 {
        self.ahead.load(Ordering::Relaxed)
    }

    pub(crate) fn set_ahead(&self, seconds: i64) {
        self.ahead.store(seconds, Ordering::Relaxed);
    }

    pub(crate) fn reading(
        &self,
    ) -> impl Fn() -> Result<Timestamp, ClockError> + Send + Sync + use<> {
        let this = self.clone();
        move || Ok(this.now())
    }
}

/// Far enough after the first second for clocks that are days behind.
const START: u32 = 100_000_000;
