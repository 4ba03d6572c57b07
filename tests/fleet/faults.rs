//! What goes wrong, and how often, at random.

use std::fmt;
use std::ops::RangeInclusive;

/// How often each fault strikes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rates {
    /// Per second of a replica or a keeper: its clock jumps within the skew.
    pub(crate) clock_jump: f64,
    /// Per second of a replica: it dies, and restarts with the document delivered last.
    pub(crate) crash: f64,
    /// Per delivery: it comes twice.
    pub(crate) doubled: f64,
    /// Per look at a source: it fails, or the notice of a change is lost.
    pub(crate) lost: f64,
    /// Per delivery: the previous document comes once more after it.
    pub(crate) reordered: f64,
    /// Per step of a keeper: it is killed there.
    pub(crate) killed: f64,
    /// Per call of a store: an error, although half of the time the call succeeded.
    pub(crate) store_error: f64,
    /// Per publication: it stops half way.
    pub(crate) paused: f64,
    /// Per publication: it takes long.
    pub(crate) slow: f64,
    /// Per second of a fleet: the previous document replaces the delivered one.
    pub(crate) rolled_back: f64,
}

impl Rates {
    /// Everything that may go wrong without breaking a promise.
    pub(crate) const ALL: Self = Self {
        clock_jump: 0.005,
        crash: 0.002,
        doubled: 0.1,
        lost: 0.1,
        reordered: 0.1,
        killed: 0.02,
        store_error: 0.02,
        paused: 0.05,
        slow: 0.2,
        rolled_back: 0.001,
    };
}

/// A kind of fault, for the count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    ClockJump,
    Crash,
    DeliveryDoubled,
    DeliveryLost,
    DeliveryReordered,
    ErrorThatFailed,
    ErrorThatSucceeded,
    KeeperKilled,
    PublicationPaused,
    PublicationSlow,
    RaceLost,
    RolledBack,
}

/// How many faults there were.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally([u64; Fault::COUNT]);

impl Fault {
    const COUNT: usize = Self::RolledBack as usize + 1;
    const ALL: [(Self, &str); Self::COUNT] = [
        (Self::ClockJump, "clock jumps"),
        (Self::Crash, "crashes"),
        (Self::DeliveryDoubled, "deliveries doubled"),
        (Self::DeliveryLost, "deliveries lost"),
        (Self::DeliveryReordered, "deliveries reordered"),
        (Self::ErrorThatFailed, "store errors that failed"),
        (Self::ErrorThatSucceeded, "store errors that were a success"),
        (Self::KeeperKilled, "keepers killed"),
        (Self::PublicationPaused, "publications paused"),
        (Self::PublicationSlow, "publications slow"),
        (Self::RaceLost, "races lost"),
        (Self::RolledBack, "roll-outs rolled back"),
    ];
}

impl Tally {
    pub(crate) fn count(&mut self, fault: Fault) {
        self.0[fault as usize] += 1;
    }

    pub(crate) fn of(&self, fault: Fault) -> u64 {
        self.0[fault as usize]
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (here, there) in self.0.iter_mut().zip(other.0) {
            *here += there;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (fault, name) in Fault::ALL {
            writeln!(f, "  {:>12}  {name}", self.of(fault))?;
        }
        Ok(())
    }
}

/// The only source of randomness in a fleet.
#[derive(Clone, Debug)]
pub(crate) struct Dice(fastrand::Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// Separate dice for a part of the fleet.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    pub(crate) fn happens(&mut self, rate: f64) -> bool {
        rate > 0.0 && self.0.f64() < rate
    }

    pub(crate) fn within(&mut self, range: RangeInclusive<u32>) -> u32 {
        self.0.u32(range)
    }

    pub(crate) fn index(&mut self, length: usize) -> usize {
        self.0.usize(..length)
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        self.0.shuffle(items);
    }
}
