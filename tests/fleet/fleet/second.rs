//! What happens in one second?
//!
//! Deliveries arrive and replicas look, keepers take steps in any order, visitors come, and then
//! every property is checked.

use sealjar::Timestamp;

use super::Fleet;
use crate::document::Happened;
use crate::faults::Fault;
use crate::keepers::Seat;
use crate::properties::Property;
use crate::replica::Running;
use crate::watch::Class;

impl Fleet {
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
                        self.visitors.sessions.all_are_out();
                    }
                    self.visitors
                        .sessions
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
}
