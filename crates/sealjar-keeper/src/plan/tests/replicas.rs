//! What may happen on replicas that hold any of the epochs they may hold, by clocks as far apart as
//! may be?
//!
//! Slow and sure: every epoch against every other, at every second next to a date. It looks at
//! documents alone and knows nothing of how they were decided.

use std::collections::BTreeSet;

use sealjar::{KeyRing, RingKey, Timestamp, Timing};

use super::world::read;

/// Every epoch of a ring, and when it was published.
pub(super) struct Replicas {
    epochs: Vec<(KeyRing, Timestamp)>,
    timing: Timing,
}

impl Replicas {
    pub(super) const fn new(timing: Timing) -> Self {
        let epochs = Vec::new();
        Self { epochs, timing }
    }

    pub(super) fn publish(&mut self, ring: &KeyRing, now: Timestamp) {
        self.epochs.push((read(ring), now));
    }

    /// The first thing that goes wrong for a visitor, if any does. Keys that have been revoked are
    /// left out: they are there to go wrong.
    pub(super) fn violation(&self) -> Option<String> {
        self.instants()
            .into_iter()
            .find_map(|now| self.violation_at(now))
    }

    fn violation_at(&self, now: Timestamp) -> Option<String> {
        let skew = i64::from(self.timing.skew);
        // Any two clocks are a skew apart at most, the true one between them.
        let clocks = [(-skew, 0), (0, -skew), (0, 0), (0, skew), (skew, 0)];
        let held = || (0..self.epochs.len()).filter(|epoch| self.may_hold(*epoch, now));
        for one in held() {
            for other in held() {
                for (here, there) in clocks {
                    let (here, there) = (shift(now, here), shift(now, there));
                    if let Err(wrong) = self.check(one, here, other, there, now) {
                        return Some(format!("{wrong}: epochs {one} and {other} at {now}"));
                    }
                }
            }
        }
        None
    }

    /// Whether a token that one replica seals now opens on another, now and for as long as it
    /// lives.
    fn check(
        &self,
        one: usize,
        here: Timestamp,
        other: usize,
        there: Timestamp,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        let Some(key) = self.epochs[one].0.sealing_key(here) else {
            return Err("no key to seal with");
        };
        let is_revoked = |(ring, _): &(KeyRing, Timestamp)| {
            ring.keys()
                .iter()
                .any(|it| it.id() == key.id() && it.is_revoked())
        };
        if self.epochs.iter().any(is_revoked) {
            return Ok(());
        }
        if self.epochs[other].0.opening_key(key.id(), there).is_none() {
            return Err("sealed with a key that another replica does not open");
        }
        let expires = here.saturating_add(key.lifetime);
        for later in other..self.epochs.len() {
            let (ring, published) = &self.epochs[later];
            // On a slow clock the token lives a skew longer.
            if *published >= expires.saturating_add(self.timing.skew) || self.gone(later, now) {
                continue;
            }
            match ring.keys().iter().find(|it| it.id() == key.id()) {
                None => return Err("the key was dropped before its token had expired"),
                Some(it) if self.closes_before(it, expires) => {
                    return Err("the key stops to open before its token has expired");
                }
                Some(it) if self.outside_window(it, here) => {
                    return Err("sealed after the end of the key's window");
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn closes_before(&self, key: &RingKey, expires: Timestamp) -> bool {
        key.opens_until.is_some_and(|until| until < expires)
    }

    fn outside_window(&self, key: &RingKey, sealed_at: Timestamp) -> bool {
        let skew = self.timing.skew;
        key.seals_until
            .is_some_and(|until| sealed_at > until.saturating_add(skew))
    }

    /// Whether a ready replica may hold an epoch: it is published, and the next has not arrived
    /// everywhere.
    fn may_hold(&self, epoch: usize, now: Timestamp) -> bool {
        self.epochs[epoch].1 <= now && !self.gone(epoch, now)
    }

    fn gone(&self, epoch: usize, now: Timestamp) -> bool {
        let distribution = self.timing.distribution;
        let next = self.epochs.get(epoch + 1);
        next.is_some_and(|(_, published)| published.saturating_add(distribution) <= now)
    }

    /// Every time that a document has or that begins or ends the life of one, and those next to
    /// it.
    fn instants(&self) -> BTreeSet<Timestamp> {
        let Timing {
            distribution, skew, ..
        } = self.timing;
        let mut dates = BTreeSet::new();
        for (ring, published) in &self.epochs {
            dates.extend([*published, published.saturating_add(distribution)]);
            for key in ring.keys() {
                dates.extend(
                    [key.seals_from, key.seals_until, key.opens_until]
                        .into_iter()
                        .flatten(),
                );
            }
        }
        let begun = self
            .epochs
            .first()
            .map_or(Timestamp::MIN, |(_, begun)| *begun);
        let skew = i64::from(skew);
        let near = [-skew - 1, -skew, -1, 0, 1, skew, skew + 1];
        dates
            .iter()
            .flat_map(|date| near.map(|by| shift(*date, by)))
            .filter(|instant| *instant >= begun)
            .collect()
    }
}

fn shift(time: Timestamp, by: i64) -> Timestamp {
    let seconds = u32::try_from(by.unsigned_abs()).unwrap_or(u32::MAX);
    if by < 0 {
        time.saturating_sub(seconds)
    } else {
        time.saturating_add(seconds)
    }
}
