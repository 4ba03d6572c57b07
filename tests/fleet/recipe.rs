//! The parameters of a simulated fleet, and how to repeat a run.

use sealjar::Suite;
use sealjar_keeper::HumanDuration;
use sealjar_keeper::plan::Publishing;
use sealjar_keeper::policy::PolicySettings;

use crate::broken::Broken;
use crate::faults::{Dice, Rates};

/// Everything that a run depends on.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) seed: u64,
    pub(crate) replicas: usize,
    /// How many of the replicas serve visitors.
    pub(crate) jars: usize,
    pub(crate) visitors: usize,
    pub(crate) keepers: usize,
    /// How often a new key has to begin to seal before the run ends.
    pub(crate) rotations: u32,
    /// Whether replicas acknowledge what they hold.
    pub(crate) acknowledged: bool,
    pub(crate) publishing: Publishing,
    pub(crate) times: Times,
    /// How often replicas look at their source.
    pub(crate) poll_every: u32,
    pub(crate) rates: Rates,
    /// How many orders people give in a period.
    pub(crate) orders: f64,
    /// Whether some of the orders revoke keys.
    pub(crate) emergencies: bool,
    /// Whether the policy changes now and then.
    pub(crate) policies: bool,
    /// In which share of the seconds real tokens are sealed and opened.
    pub(crate) probes: f64,
    pub(crate) broken: Option<Broken>,
}

/// The times of a policy, in seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Times {
    pub(crate) rotate_every: u32,
    pub(crate) distribution: u32,
    pub(crate) skew: u32,
    pub(crate) lifetime: u32,
    pub(crate) horizon: u32,
    pub(crate) suite: Suite,
}

impl Recipe {
    /// Draws a fleet in which everything may go wrong.
    pub(crate) fn drawn(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        Self {
            seed,
            replicas: 8 + dice.index(8),
            jars: 4,
            visitors: 4,
            keepers: 1 + dice.index(3),
            rotations: 12,
            acknowledged: dice.happens(0.5),
            publishing: match dice.happens(0.5) {
                true => Publishing::Free,
                false => Publishing::Restarts,
            },
            times: Times::drawn(&mut dice),
            poll_every: 2,
            rates: Rates::ALL,
            orders: 0.5,
            emergencies: true,
            policies: true,
            probes: 0.1,
            broken: None,
        }
    }
}

impl Recipe {
    /// A fleet in which nothing goes wrong by itself, for tests that disturb it.
    pub(crate) fn calm(seed: u64) -> Self {
        Self {
            replicas: 12,
            keepers: 1,
            rotations: 3,
            acknowledged: false,
            publishing: Publishing::Free,
            times: Times {
                rotate_every: 60,
                distribution: 20,
                skew: 3,
                lifetime: 100,
                horizon: 600,
                suite: Suite::Xaes256Gcm,
            },
            rates: Rates::default(),
            orders: 0.0,
            policies: false,
            ..Self::drawn(seed)
        }
    }
}

impl Times {
    pub(crate) fn drawn(dice: &mut Dice) -> Self {
        let skew = dice.within(1..=5);
        let distribution = dice.within(8..=30);
        let shortest = distribution + 2 * skew;
        Self {
            // The shortest allowed period leaves the least room.
            rotate_every: match dice.happens(0.4) {
                true => shortest,
                false => dice.within(shortest..=shortest + 60),
            },
            distribution,
            skew,
            lifetime: dice.within(20..=150),
            horizon: 600,
            suite: match dice.happens(0.5) {
                true => Suite::Xaes256Gcm,
                false => Suite::XChaCha20Poly1305,
            },
        }
    }

    pub(crate) fn settings(&self) -> PolicySettings {
        let span = |seconds| Some(HumanDuration::from_secs(seconds));
        PolicySettings {
            rotate_every: span(self.rotate_every),
            distribution: span(self.distribution),
            skew: span(self.skew),
            token_lifetime: span(self.lifetime),
            revocation_horizon: span(self.horizon),
            suite: Some(self.suite),
        }
    }
}
