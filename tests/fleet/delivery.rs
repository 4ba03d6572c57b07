//! How does a document reach the replicas, and what goes wrong on the way?

use sealjar::Timestamp;
use sealjar_keeper::plan::Publishing;

use crate::document::Document;
use crate::faults::{Dice, Fault, Rates, Tally};
use crate::replica::{Arrival, Replica, Running};
use crate::store::State;

/// How deliveries work in a fleet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ways {
    pub(crate) acknowledged: bool,
    pub(crate) publishing: Publishing,
    pub(crate) rates: Rates,
    /// How often replicas look at their source.
    pub(crate) poll_every: u32,
    pub(crate) takes_any_epoch: bool,
    pub(crate) takes_epochs_ahead: bool,
}

impl Ways {
    /// A publication begins: some replicas may get the document before it is finished.
    pub(crate) fn begun(
        &self,
        replicas: &mut [Replica],
        document: &Document,
        now: u32,
        dice: &mut Dice,
    ) {
        let span = document.ring().timing().distribution;
        // A roll-out that waits for its tasks delivers to all of them. Otherwise some get it early.
        let share = if self.rolls() { 1.0 } else { 0.3 };
        for replica in replicas {
            // A corrected document is not rolled back any further.
            replica.arrivals.retain(|it| !it.rolled_back);
            if dice.happens(share) {
                let at = now + dice.within(1..=span);
                replica.arrivals.push(Arrival::of(document, at));
            }
        }
    }

    /// A roll-out continues while a task runs with another document.
    pub(crate) fn roll_on(
        &self,
        replica: &mut Replica,
        document: &Document,
        now: u32,
        dice: &mut Dice,
    ) {
        let is_done = replica
            .epoch()
            .is_none_or(|epoch| epoch == document.epoch());
        if self.rolls() && !is_done && replica.arrivals.is_empty() && dice.happens(0.2) {
            replica.arrivals.push(Arrival::of(document, now + 1));
        }
    }

    /// The previous document is put back. Deliveries in flight are dropped.
    pub(crate) fn rolled_back(
        &self,
        replicas: &mut [Replica],
        document: &Document,
        now: u32,
        dice: &mut Dice,
    ) {
        let span = document.ring().timing().distribution;
        for replica in replicas {
            replica.deadlines.clear();
            replica.arrivals.clear();
            replica.arrivals.push(Arrival {
                rolled_back: true,
                ..Arrival::of(document, now + dice.within(1..=span))
            });
        }
    }

    /// A publication is finished: every replica gets the document within the distribution time. If
    /// replicas acknowledge what they hold, there is no such time.
    pub(crate) fn finished(
        &self,
        replicas: &mut [Replica],
        document: &Document,
        before: Option<&Document>,
        now: u32,
        dice: &mut Dice,
        tally: &mut Tally,
    ) {
        if self.rolls() {
            return;
        }
        let span = document.ring().timing().distribution;
        let slowest = match (self.acknowledged, dice.happens(0.1)) {
            (true, true) => 3 * span,
            _ => span,
        };
        for replica in replicas {
            if !self.acknowledged && !lies_ahead(document, now) {
                replica.deadlines.push((now + span, document.epoch()));
            }
            let last = slowest - self.reading();
            let mut arrives = |at, document: &Document| {
                replica.arrivals.push(Arrival::of(document, now + at));
            };
            // The slowest deliveries that are still in time are tested more often than by chance.
            let at = if dice.happens(0.2) {
                last
            } else {
                dice.within(1..=last)
            };
            arrives(at, document);
            if dice.happens(self.rates.doubled) {
                tally.count(Fault::DeliveryDoubled);
                arrives(dice.within(1..=last), document);
            }
            if let (Some(before), true) = (before, dice.happens(self.rates.reordered)) {
                tally.count(Fault::DeliveryReordered);
                arrives(dice.within(1..=last), before);
            }
        }
    }

    /// One second of a replica: documents arrive, and are read when the replica looks.
    pub(crate) fn second(
        &self,
        replica: &mut Replica,
        now: u32,
        dice: &mut Dice,
        tally: &mut Tally,
    ) {
        let mut arrived = Vec::new();
        if !replica.arrivals.is_empty() {
            replica.arrivals.retain(|it| {
                let is_due = it.at <= now;
                if is_due {
                    arrived.push(it.clone());
                }
                !is_due
            });
            arrived.sort_by_key(|it| it.at);
        }
        for arrival in arrived {
            self.arrives(replica, arrival, now, dice, tally);
        }
        if replica.looks(now) {
            // A document that must be there in time is read in time.
            let is_urgent = replica.is_urgent(now + self.poll_every);
            let lost = !is_urgent && dice.happens(self.rates.lost);
            if lost {
                tally.count(Fault::DeliveryLost);
            }
            replica.look(now, lost, self.takes_epochs_ahead);
        }
    }

    fn arrives(
        &self,
        replica: &mut Replica,
        arrival: Arrival,
        now: u32,
        dice: &mut Dice,
        tally: &mut Tally,
    ) {
        let Arrival {
            document,
            rolled_back,
            ..
        } = arrival;
        let restarts = self.publishing == Publishing::Restarts;
        // Tasks get an older document only when their roll-out is rolled back. After an epoch that
        // no replica accepts, a lower one may follow.
        let is_earlier =
            document.epoch() < replica.source.epoch() && !lies_ahead(&replica.source, now);
        if restarts && is_earlier && !rolled_back {
            return;
        }
        if is_earlier && !rolled_back {
            let put_right = now + 1;
            if replica.is_urgent(put_right + self.reading()) {
                return;
            }
            replica
                .arrivals
                .push(Arrival::of(&replica.source, put_right));
        }
        let is_other = !document.is(&replica.source);
        replica.source = document;
        if matches!(replica.state, Running::Down { .. }) || !is_other {
            return;
        }
        if self.takes_any_epoch {
            replica.take_anything(now);
        } else if restarts {
            replica.start(now);
        } else if dice.happens(self.rates.lost) {
            tally.count(Fault::DeliveryLost);
        } else {
            replica.hear(now);
        }
    }

    /// The document that a replica starts with.
    pub(crate) fn starts_with(
        &self,
        replica: &Replica,
        store: &State,
        dice: &mut Dice,
    ) -> Document {
        let place = store.place();
        match (&place.standing, &place.coming) {
            (Some(standing), Some(coming)) if self.acknowledged => match dice.happens(0.5) {
                true => standing.clone(),
                false => coming.clone(),
            },
            _ => replica.source.clone(),
        }
    }

    /// Whether a publication is a roll-out that waits for the last task.
    pub(crate) fn rolls(&self) -> bool {
        self.acknowledged && self.publishing == Publishing::Restarts
    }

    /// How long a document may be unread after its arrival.
    const fn reading(&self) -> u32 {
        match self.publishing {
            Publishing::Free => self.poll_every,
            Publishing::Restarts => 0,
        }
    }
}

/// Whether every replica whose clock is right refuses a document for its epoch.
fn lies_ahead(document: &Document, now: u32) -> bool {
    let now = Timestamp::from_stored(now);
    document.ring().check_epoch(now).is_err()
}
