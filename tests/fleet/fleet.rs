//! Runs a fleet, second by second. All that happens depends only on the recipe.

mod second;

use crate::broken::Broken;
use crate::clock::{Clock, Time};
use crate::delivery::Ways;
use crate::document::Document;
use crate::faults::{Dice, Fault, Tally};
use crate::keepers::Seat;
use crate::orders::{Done, Order};
use crate::probe::Probes;
use crate::properties::{Checks, Property};
use crate::recipe::{Recipe, Times};
use crate::replica::Replica;
use crate::store::MemoryStore;
use crate::visitor::Visitors;
use crate::watch::Watch;

/// A fleet while it runs.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) recipe: Recipe,
    pub(crate) time: Time,
    pub(crate) store: MemoryStore,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) seats: Vec<Seat>,
    pub(crate) watch: Watch,
    pub(crate) visitors: Visitors,
    pub(crate) dice: Dice,
    pub(crate) tally: Tally,
    probes: Probes,
    ways: Ways,
    /// The publication finished last, and the second from which every replica must hold that epoch.
    finished: Option<Document>,
    due: Vec<(u32, u64)>,
    last_rotation: (u32, u32),
    /// How far apart clocks are now.
    pub(crate) skew: u32,
    /// The next policy, and when the keepers adopt it.
    pub(crate) policy_from: Option<(u32, Times)>,
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) checks: Checks,
    pub(crate) tally: Tally,
    pub(crate) rotations: u32,
    pub(crate) seconds: u32,
    pub(crate) most_keys: usize,
}

impl Fleet {
    /// Creates a ring, and starts replicas with it.
    pub(crate) fn begin(recipe: Recipe) -> Self {
        let mut dice = Dice::new(recipe.seed);
        let time = Time::starting();
        let Times {
            skew, distribution, ..
        } = recipe.times;
        let store = MemoryStore::new(
            recipe.acknowledged,
            recipe.publishing,
            recipe.rates,
            3 * distribution,
            dice.fork(),
        );
        let mut fleet = Self {
            ways: Ways {
                acknowledged: recipe.acknowledged,
                publishing: recipe.publishing,
                rates: recipe.rates,
                poll_every: recipe.poll_every,
                takes_any_epoch: recipe.broken == Some(Broken::TakeAnyEpoch),
                takes_epochs_ahead: recipe.broken == Some(Broken::TakeEpochAhead),
            },
            seats: (0..recipe.keepers)
                .map(|_| {
                    Seat::new(
                        Clock::new(&time, dice.within(0..=skew)),
                        &store,
                        &recipe.times,
                        &time,
                    )
                })
                .collect(),
            visitors: Visitors::new(recipe.visitors),
            replicas: Vec::new(),
            watch: Watch::default(),
            tally: Tally::default(),
            probes: Probes::default(),
            finished: None,
            due: Vec::new(),
            last_rotation: (0, time.now()),
            skew,
            policy_from: None,
            store,
            time,
            dice,
            recipe,
        };
        fleet.init();
        fleet
    }

    /// Runs until the recipe's rotations are done, or none has come for too long.
    pub(crate) fn run(mut self) -> Report {
        let begun = self.time.now();
        while self.watch.rotations < self.recipe.rotations {
            self.second();
            if !self.still_rotates() {
                break;
            }
        }
        self.report(begun)
    }

    pub(crate) fn report(mut self, begun: u32) -> Report {
        if self.tally.of(Fault::ClockJump) > 0 {
            let nothing_else = self.watch.checks.found().is_empty();
            let now = self.time.now();
            self.watch
                .checks
                .assert(Property::HoldsUnderClockJumps, nothing_else, now, || {
                    format!("clocks jumped {} times", self.tally.of(Fault::ClockJump))
                });
        }
        let mut tally = self.tally;
        tally.add(&self.store.state().tally);
        Report {
            rotations: self.watch.rotations,
            seconds: self.time.now() - begun,
            most_keys: self.watch.most_keys,
            checks: self.watch.checks,
            tally,
        }
    }

    /// Lets some seconds pass.
    pub(crate) fn pass(&mut self, seconds: u32) {
        for _ in 0..seconds {
            self.second();
        }
    }

    fn init(&mut self) {
        self.store.state().broken = None;
        let rates = std::mem::take(&mut self.store.state().rates);
        let mut init = Order::Init.begin(&self.seats[0].keeper);
        let done = loop {
            if let Some(done) = init.poll() {
                break done;
            }
        };
        assert!(matches!(done, Done::Changed(Ok(_))), "{done:?}");
        let first = self.store.state().head().unwrap().clone();
        let poll_every = self.ways.poll_every;
        let (now, skew) = (self.time.now(), self.skew);
        for at in 0..self.recipe.replicas {
            let clock = Clock::new(&self.time, self.dice.within(0..=skew));
            let has_jar = at < self.recipe.jars;
            self.replicas
                .push(Replica::new(clock, first.clone(), poll_every, has_jar, now));
        }
        let mut state = self.store.state();
        state.holders = self.replicas.iter().map(Replica::epoch).collect();
        state.rates = rates;
        state.broken = self.recipe.broken;
        drop(state);
        self.hear_of_the_store(now);
    }

    /// Whether rotations still continue.
    fn still_rotates(&mut self) -> bool {
        let now = self.time.now();
        if self.watch.rotations > self.last_rotation.0 {
            self.last_rotation = (self.watch.rotations, now);
        }
        let Times {
            rotate_every,
            distribution,
            ..
        } = self.recipe.times;
        let patience = 4 * rotate_every + 60 * distribution;
        let goes_on = now - self.last_rotation.1 < patience;
        self.watch
            .checks
            .assert(Property::ResumesAfterAKill, goes_on, now, || {
                format!(
                    "no key has begun to seal for {patience} s: {:?}",
                    self.seats
                )
            });
        goes_on
    }
}
