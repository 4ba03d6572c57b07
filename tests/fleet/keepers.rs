//! What do the keepers of a fleet do, and what do people ask of them?

mod outcome;

use std::sync::Arc;

use sealjar_keeper::Keeper;
use sealjar_keeper::plan::Sessions;

use crate::clock::{Clock, Time};
use crate::faults::Fault;
use crate::fleet::Fleet;
use crate::orders::{Done, Order, Work};
use crate::recipe::Times;
use crate::store::MemoryStore;

/// A keeper, and when it looks next.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) clock: Clock,
    pub(crate) keeper: Arc<Keeper<MemoryStore>>,
    work: Option<Work>,
    wakes: u32,
}

impl Seat {
    pub(crate) fn new(clock: Clock, store: &MemoryStore, times: &Times, time: &Time) -> Self {
        let keeper = Keeper::new(store.clone(), times.settings()).clock(clock.reading());
        Self {
            keeper: Arc::new(keeper),
            clock,
            work: None,
            wakes: time.now() + 1,
        }
    }

    pub(crate) const fn is_at_work(&self) -> bool {
        self.work.is_some()
    }

    /// Restarts with another policy. Work in progress is cut off.
    pub(crate) fn adopt(&mut self, store: &MemoryStore, times: &Times) {
        let keeper = Keeper::new(store.clone(), times.settings()).clock(self.clock.reading());
        self.keeper = Arc::new(keeper);
        self.work = None;
    }
}

impl Fleet {
    /// Something has changed the store while other keepers are working.
    pub(crate) fn disturb(&mut self, by: Option<usize>) {
        for (at, seat) in self.seats.iter_mut().enumerate() {
            if let (Some(work), true) = (&mut seat.work, by != Some(at)) {
                work.disturbed = true;
            }
        }
    }

    /// Every keeper takes up to a few steps, in any order.
    pub(crate) fn step_keepers(&mut self, now: u32) {
        let mut turns: Vec<usize> = Vec::new();
        for at in 0..self.seats.len() {
            let steps = 1 + self.dice.index(12);
            turns.extend(std::iter::repeat_n(at, steps));
        }
        self.dice.shuffle(&mut turns);
        for at in turns {
            let seat = &mut self.seats[at];
            if seat.work.is_none() && seat.wakes <= now {
                seat.work = Some(Order::Turn.begin(&seat.keeper));
            }
            let Some(work) = &mut seat.work else { continue };
            if self.dice.happens(self.recipe.rates.killed) {
                seat.work = None;
                seat.wakes = now + self.dice.within(1..=10);
                self.store.state().tally.count(Fault::KeeperKilled);
                continue;
            }
            let changes = self.store.state().changes;
            let done = work.poll();
            if self.store.state().changes > changes {
                self.disturb(Some(at));
                self.hear_of_the_store(now);
            }
            if let Some(done) = done {
                let work = self.seats[at].work.take();
                self.hear_of_a_keeper(at, work, &done, now);
            }
        }
    }

    /// Now and then a person gives an order to an idle keeper.
    pub(crate) fn give_orders(&mut self) {
        let Times { rotate_every, .. } = self.recipe.times;
        let rate = self.recipe.orders / f64::from(rotate_every);
        if !self.dice.happens(rate) {
            return;
        }
        let at = self.dice.index(self.seats.len());
        if self.seats[at].work.is_none()
            && let Some(order) = self.draw_order()
        {
            self.seats[at].work = Some(order.begin(&self.seats[at].keeper));
        }
    }

    /// Gives an order to the first keeper, which drops its work.
    pub(crate) fn order(&mut self, order: Order) {
        self.seats[0].work = Some(order.begin(&self.seats[0].keeper));
    }

    /// Lets a person act on the first keeper's machine, and confirm that its clock is right.
    pub(crate) fn vouch(&mut self, order: Order) -> Done {
        let settings = self.recipe.times.settings();
        let keeper = Keeper::new(self.store.clone(), settings)
            .clock(self.seats[0].clock.reading())
            .clock_is_right(true);
        self.carry_out(order, &Arc::new(keeper))
    }

    /// Lets a person act on the first keeper's machine.
    pub(crate) fn ask(&mut self, order: Order) -> Done {
        let keeper = Arc::clone(&self.seats[0].keeper);
        self.carry_out(order, &keeper)
    }

    fn carry_out(&mut self, order: Order, keeper: &Arc<Keeper<MemoryStore>>) -> Done {
        let mut work = order.begin(keeper);
        for step in 1.. {
            if let Some(done) = work.poll() {
                self.hear_of_the_store(self.time.now());
                return done;
            }
            if step % 20 == 0 {
                self.second();
            }
        }
        unreachable!("it is polled until it is done")
    }

    /// Starts all keepers again.
    pub(crate) fn start_keepers(&mut self) {
        let now = self.time.now();
        for seat in &mut self.seats {
            seat.wakes = now + 1;
        }
    }

    /// Stops all keepers until they get an order.
    pub(crate) fn stop_keepers(&mut self) {
        for seat in &mut self.seats {
            seat.work = None;
            seat.wakes = u32::MAX;
        }
    }

    fn draw_order(&mut self) -> Option<Order> {
        let head = self.watch.head()?.clone();
        let keys = head.ring().keys();
        let usable: Vec<_> = keys.iter().filter(|key| !key.is_revoked()).collect();
        let any = usable[self.dice.index(usable.len())].id();
        let emergencies = self.recipe.emergencies;
        Some(match self.dice.within(0..=99) {
            0..25 => Order::RevokeSession(self.visitors.any_session(&mut self.dice)?.0),
            25..50 => {
                Order::RevokeSubject(self.visitors.any_session(&mut self.dice)?.1.name.clone())
            }
            50..55 => Order::RaiseFloor,
            55..65 => Order::Rotate,
            65..70 => Order::Restore(head, Sessions::Keep),
            70..80 if self.recipe.policies => {
                let times = Times::drawn(&mut self.dice);
                self.change_policy(times);
                return None;
            }
            80..92 if emergencies => Order::RevokeKeys(vec![any]),
            92..96 if emergencies => {
                Order::RevokeKeys(usable.iter().take(2).map(|key| key.id()).collect())
            }
            96..98 if emergencies => Order::RevokeAll,
            98..100 => Order::AdoptPolicy,
            _ => return None,
        })
    }
}
