//! Limits how often a log line that requests cause is written at its full level.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sealjar::{__hazmat as hazmat, CountedKind as _, Timestamp};

use crate::refusal::SessionRefusalKind;

/// When each log line that requests cause was last written at its full level.
#[derive(Default)]
pub(crate) struct Loudness {
    pub(crate) not_resealed: Second,
    pub(crate) policy_replaced: Second,
    refused: [Second; hazmat::SLOTS],
}

impl Loudness {
    pub(crate) fn refused(&self, kind: SessionRefusalKind) -> &Second {
        &self.refused[kind.slot()]
    }
}

/// Something that is logged once in the life of a jar.
#[derive(Debug, Default)]
pub(crate) struct Once(AtomicBool);

impl Once {
    pub(crate) const fn new(done: bool) -> Self {
        Self(AtomicBool::new(done))
    }

    pub(crate) fn is_first(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
}

/// The second in which something was last done.
pub(crate) struct Second(AtomicU64);

impl Second {
    /// Whether it has not yet been done in this second. Without a clock it is done once.
    pub(crate) fn is_new(&self, now: Option<Timestamp>) -> bool {
        let now = now.map_or(NO_CLOCK, |now| now.stored().into());
        // During a flood threads only read here: otherwise all would write to the same memory.
        self.0.load(Ordering::Relaxed) != now && self.0.swap(now, Ordering::Relaxed) != now
    }
}

impl Default for Second {
    fn default() -> Self {
        Self(AtomicU64::new(NEVER))
    }
}

const NEVER: u64 = u64::MAX;
const NO_CLOCK: u64 = u64::MAX - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_aloud_once_a_second_whichever_way_the_clock_goes() {
        let loudness = Loudness::default();
        let seconds = [
            Some(5),
            Some(5),
            Some(6),
            Some(6),
            Some(5),
            None,
            None,
            Some(0),
        ];
        let now = seconds.map(|it| it.map(Timestamp::from_stored));
        for kind in SessionRefusalKind::all() {
            let first = now.map(|now| loudness.refused(kind).is_new(now));
            assert_eq!(
                first,
                [true, false, true, false, true, true, false, true],
                "{kind:?}"
            );
        }
    }
}
