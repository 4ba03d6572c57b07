//! Runs a fleet, second by second.
//!
//! Deliveries arrive and replicas look, keepers take steps in any order, visitors come, and then
//! every property is checked. All of it depends only on the recipe.

use sealjar::Timestamp;

use crate::broken::Broken;
use crate::clock::{Clock, Time};
use crate::delivery::Ways;
use crate::document::{Document, Happened};
use crate::faults::{Dice, Fault, Tally};
use crate::keepers::Seat;
use crate::orders::{Done, Order};
use crate::probe::Probes;
use crate::properties::{Checks, Property};
use crate::recipe::{Recipe, Times};
use crate::replica::{Replica, Running};
use crate::store::MemoryStore;
use crate::visitor::Visitors;
use crate::watch::{Class, Watch};

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

    /// Lets one second pass.
    pub(crate) fn second(&mut self) {
        self.time.pass();
        let now = self.time.now();
        self.store.state().now = now;
        if self.recipe.policies {
            self.adopt_policy(now);
        }
        self.jump_clocks();
        self.live_replicas(now);
        self.roll_back(now);
        self.give_orders();
        self.step_keepers(now);
        self.hear_of_the_store(now);
        self.visit(now);
        self.check(now);
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

    fn live_replicas(&mut self, now: u32) {
        let Self {
            recipe,
            dice,
            tally,
            ways,
            ..
        } = self;
        let mut state = self.store.state();
        for (at, replica) in self.replicas.iter_mut().enumerate() {
            if let Running::Down { until } = replica.state
                && until <= now
            {
                replica.source = ways.starts_with(replica, &state, dice);
                replica.start(now);
            }
            ways.second(replica, now, dice, tally);
            if let Some(coming) = &state.place().coming {
                ways.roll_on(replica, coming, now, dice);
            }
            // A replica starts with the promised document, unless two things go wrong at once.
            let is_whole = replica
                .epoch()
                .is_some_and(|epoch| epoch <= replica.source.epoch());
            if is_whole && dice.happens(recipe.rates.crash) {
                tally.count(Fault::Crash);
                let until = now + dice.within(1..=2 * recipe.times.distribution);
                replica.state = Running::Down { until };
            }
            replica.meet_deadlines();
            assert!(
                !replica.is_urgent(now),
                "the simulation delivered too late: {:?} at {now}",
                replica.deadlines
            );
            state.holders[at] = replica.epoch();
            if let Some(process) = replica.process() {
                self.watch.checks.assert(
                    Property::EpochsNeverFall,
                    process.epoch >= process.highest,
                    now,
                    || {
                        format!(
                            "a replica went from epoch {} to {}",
                            process.highest, process.epoch
                        )
                    },
                );
            }
        }
    }

    fn roll_back(&mut self, now: u32) {
        // A keeper's read and its effect are two steps. A roll-back between them would be two
        // faults at once.
        let at_work = self.seats.iter().any(Seat::is_at_work);
        if at_work || !self.dice.happens(self.recipe.rates.rolled_back) {
            return;
        }
        let rolled_back = self.store.state().roll_back();
        if let Some(document) = rolled_back {
            self.due.clear();
            self.disturb(None);
            self.ways
                .rolled_back(&mut self.replicas, &document, now, &mut self.dice);
        }
    }

    /// Observes the commits and publications since the last second.
    pub(crate) fn hear_of_the_store(&mut self, now: u32) {
        let events = std::mem::take(&mut self.store.state().events);
        for event in events {
            match event {
                Happened::Committed { next, over_head } => {
                    let slowest = Timestamp::from_stored(now);
                    self.watch.committed(&next, over_head, slowest);
                    let mut old = next
                        .ring()
                        .keys()
                        .iter()
                        .filter(|key| key.staged_epoch < next.epoch());
                    if old.all(|key| key.is_revoked()) {
                        self.visitors.all_are_out();
                    }
                    self.visitors
                        .committed(next.ring(), &mut self.watch.checks, slowest);
                }
                Happened::Begun(document) => {
                    self.ways
                        .begun(&mut self.replicas, &document, now, &mut self.dice);
                }
                Happened::Finished(document) => {
                    let before = self.finished.replace(document.clone());
                    let wait = match self.recipe.acknowledged {
                        true => 0,
                        false => document.ring().timing().distribution,
                    };
                    self.due.push((now + wait, document.epoch()));
                    self.ways.finished(
                        &mut self.replicas,
                        &document,
                        before.as_ref(),
                        now,
                        &mut self.dice,
                        &mut self.tally,
                    );
                }
            }
        }
    }

    fn visit(&mut self, now: u32) {
        if self.recipe.visitors == 0 {
            return;
        }
        let jars = &self.replicas[..self.recipe.jars];
        let running: Vec<_> = jars
            .iter()
            .filter_map(|it| Some((it.process()?, &it.clock)))
            .collect();
        let broken = self.recipe.broken;
        self.visitors
            .second(now, &running, &mut self.watch, &mut self.dice, broken);
        for replica in &mut self.replicas[..self.recipe.jars] {
            replica.mind_unknown(now);
        }
    }

    fn check(&mut self, now: u32) {
        let mut classes: Vec<Class> = Vec::new();
        let mut lowest = u64::MAX;
        for (member, replica) in self.replicas.iter().enumerate() {
            let Some(epoch) = replica.epoch() else {
                continue;
            };
            let clock = replica.clock.now();
            lowest = lowest.min(epoch);
            let same = |it: &&mut Class| it.epoch == epoch && it.clock == clock;
            match classes.iter_mut().find(same) {
                None => classes.push(Class {
                    epoch,
                    clock,
                    member,
                }),
                Some(class) if self.dice.happens(0.5) => class.member = member,
                Some(_) => {}
            }
        }
        let is_over = |(by, epoch): &(u32, u64)| *by <= now && (lowest >= *epoch);
        let distributed = self
            .due
            .iter()
            .filter(|it| is_over(it))
            .map(|it| it.1)
            .max();
        self.due.retain(|it| !is_over(it));
        self.watch.distributed = self.watch.distributed.max(distributed.unwrap_or(0));
        self.watch.second(&classes, Timestamp::from_stored(now));
        if self.dice.happens(self.recipe.probes) {
            self.probes
                .take(&self.replicas, &classes, &self.watch, &mut self.dice);
        }
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
