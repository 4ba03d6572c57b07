//! How far apart may a fleet's clocks be while policies change?

use crate::broken::Broken;
use crate::document::Document;
use crate::faults::Fault;
use crate::fleet::Fleet;
use crate::recipe::Times;

impl Fleet {
    /// Changes the policy of all keepers. The smaller of the two skews applies until every replica
    /// has the new policy; by then everything that was sealed under the greater one is old enough.
    pub(crate) fn change_policy(&mut self, times: Times) {
        self.policy_from = Some((self.time.now() + self.skew + 1, times));
        self.settle_skew();
    }

    pub(crate) fn adopt_policy(&mut self, now: u32) {
        if let Some((from, times)) = self.policy_from
            && from <= now
        {
            self.policy_from = None;
            self.recipe.times = times;
            for seat in &mut self.seats {
                seat.adopt(&self.store, &times);
            }
        }
        self.settle_skew();
    }

    fn settle_skew(&mut self) {
        let skew_of = |document: &Document| document.ring().timing().skew;
        let in_use = self.replicas.iter().flat_map(|it| {
            let held = it.epoch().map(|epoch| skew_of(self.watch.document(epoch)));
            held.into_iter().chain([skew_of(&it.source)])
        });
        let state = self.store.state();
        let stored = state.documents().map(skew_of);
        let coming = self.policy_from.map(|(_, times)| times.skew);
        self.skew = in_use
            .chain(stored)
            .chain(coming)
            .fold(self.recipe.times.skew, u32::min);
        drop(state);
        let furthest = i64::from(self.skew);
        for clock in self
            .replicas
            .iter()
            .map(|it| &it.clock)
            .chain(self.seats.iter().map(|it| &it.clock))
        {
            clock.set_ahead(clock.ahead().min(furthest));
        }
    }

    pub(crate) fn jump_clocks(&mut self) {
        let Self {
            recipe,
            dice,
            tally,
            ..
        } = self;
        let furthest = match recipe.broken {
            Some(Broken::JumpBeyondSkew) => 4 * self.skew + 4,
            _ => self.skew,
        };
        let clocks = self.replicas.iter().map(|it| &it.clock);
        for clock in clocks.chain(self.seats.iter().map(|it| &it.clock)) {
            // A clock that is wrong on purpose stays wrong.
            let is_honest = (0..=i64::from(furthest)).contains(&clock.ahead());
            if is_honest && dice.happens(recipe.rates.clock_jump) {
                clock.set_ahead(dice.within(0..=furthest).into());
                tally.count(Fault::ClockJump);
            }
        }
    }
}
