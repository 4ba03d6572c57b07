//! How does one epoch become the next? The steps that every decision is made of.

use sealjar::keeper::{NextKey, RingDraft, prune};
use sealjar::{KeyId, KeyRing, RingKey, Timestamp};

use crate::plan::{Change, ClockTrust, Situation};
use crate::refusal::Refused;
use crate::step::Step;

/// The next epoch while it is made.
pub(super) struct Next<'a> {
    situation: &'a Situation<'a>,
    pub(super) draft: RingDraft,
    pub(super) steps: Vec<Step>,
}

impl<'a> Next<'a> {
    /// Begins the epoch after the ring's, under the policy's times.
    pub(super) fn epoch_after(situation: &'a Situation<'a>) -> Result<Self, Refused> {
        let epoch = situation.epoch_after([situation.ring.epoch()])?;
        Ok(Self::epoch(situation, epoch))
    }

    /// Begins an epoch that is known to be later than every one before.
    pub(super) fn epoch(situation: &'a Situation<'a>, epoch: u64) -> Self {
        let mut draft = situation.ring.draft();
        draft.keep_id();
        draft.epoch = epoch;
        draft.issued_at = situation.now;
        for key in &mut draft.keys {
            // Of an epoch that nobody has taken, so that this one brings it.
            key.staged_epoch = key.staged_epoch.min(epoch);
        }
        draft.timing = situation.policy.timing();
        let (lifetime, suite) = (situation.policy.token_lifetime(), situation.policy.suite());
        let wished = draft.next_key;
        let wished = wished.filter(|it| it.lifetime == lifetime && it.suite == suite);
        draft.next_key = Some(NextKey {
            lifetime,
            early: wished.is_some_and(|it| it.early),
            suite,
        });
        let horizon = situation.policy.revocation_horizon();
        draft.revocations.horizon = draft.revocations.horizon.max(horizon);
        let pulled_back = situation.clock == ClockTrust::Vouched { pulled_back: true };
        Self {
            situation,
            draft,
            steps: Vec::from_iter(pulled_back.then_some(Step::PulledBack { to: situation.now })),
        }
    }

    /// Gives the keys that have been superseded their end, once every replica is known to hold the
    /// epoch that says so: none of them seals with such a key after its successor has begun.
    pub(super) fn end_superseded(&mut self) {
        let (now, skew) = (self.situation.now, self.situation.skew());
        for key in &mut self.draft.keys {
            let from = self.situation.may_end_from(key);
            if key.opens_until.is_some() || from.is_none_or(|from| now < from) {
                continue;
            }
            let successor = self.situation.successor(key).and_then(|it| it.seals_from);
            let until = key
                .seals_until
                .unwrap_or_else(|| now.max(successor.unwrap_or(now)).saturating_add(skew));
            let opens_until = until.saturating_add(key.lifetime);
            key.seals_until = Some(until);
            key.opens_until = Some(opens_until);
            self.steps.push(Step::Ended {
                key: key.id(),
                seals_until: until,
                opens_until,
            });
        }
    }

    /// Lets a standby begin to seal.
    pub(super) fn promote(&mut self, standby: KeyId, from: Timestamp) {
        let policy = self.situation.policy;
        if let Some(key) = self.key_mut(standby) {
            key.seals_from = Some(from);
            key.seals_until = None;
            key.opens_until = None;
            let is_as_wished = policy.makes(key);
            self.steps.push(Step::Promoted { key: standby, from });
            if let Some(next_key) = &mut self.draft.next_key {
                next_key.early &= !is_as_wished;
            }
        }
    }

    /// Takes away a standby of another lifetime or suite than the policy says. Nothing was ever
    /// sealed under it.
    pub(super) fn replace_standby(&mut self) {
        let policy = self.situation.policy;
        let steps = &mut self.steps;
        self.draft.keys.retain(|key| {
            let is_other = !key.is_revoked() && key.seals_from.is_none() && !policy.makes(key);
            if is_other {
                steps.push(Step::Withdrawn { key: key.id() });
            }
            !is_other
        });
    }

    /// Drops the keys whose end is over on every clock.
    pub(super) fn drop_expired(&mut self) {
        let situation = self.situation;
        let steps = &mut self.steps;
        self.draft.keys.retain(|key| {
            let dead = key
                .opens_until
                .is_some_and(|until| situation.dead_from(until) <= situation.now);
            if dead {
                steps.push(Step::Dropped { key: key.id() });
            }
            !dead
        });
    }

    /// Sees to it that one key seals without an end and one standby is out. Each turn of a healthy
    /// ring finds one of both; a promotion uses up the standby, a revocation may take either.
    pub(super) fn complete(&mut self) -> Result<(), Refused> {
        if self.newest_endless().is_none() {
            self.find_successor()?;
        }
        if !self.unrevoked().any(|key| key.seals_from.is_none()) {
            self.stage()?;
        }
        Ok(())
    }

    /// Lets the best key there is begin to seal at once: the standby if every replica holds it,
    /// else the newest key that still opens, else a standby that some may lack, else a new key.
    fn find_successor(&mut self) -> Result<(), Refused> {
        let Situation { now, .. } = *self.situation;
        let at_once = self.at_once();
        let standby = self
            .unrevoked()
            .filter(|key| key.seals_from.is_none())
            .min_by_key(|key| key.staged_epoch);
        let held_from = standby.and_then(|key| self.situation.held_from(key.staged_epoch));
        let standby = standby.map(RingKey::id);
        if let (Some(standby), true) = (standby, held_from.is_some_and(|from| from <= now)) {
            self.promote(standby, at_once);
            return Ok(());
        }
        let opening = self
            .unrevoked()
            .filter(|key| key.seals_until.is_some())
            .filter(|key| key.opens_until.is_none_or(|until| now < until))
            .max_by_key(|key| key.seals_from);
        if let Some((key, Some(from), ends)) =
            opening.map(|key| (key.id(), key.seals_from, key.seals_until))
        {
            self.promote(key, from);
            // Who has yet to hear that its end is lifted refuses what it seals after that end.
            if ends < Some(now.saturating_add(self.situation.wait())) {
                self.say_unheld(key);
            }
            return Ok(());
        }
        let unheld = match standby {
            Some(standby) => standby,
            None => self.stage()?,
        };
        self.promote(unheld, at_once);
        self.say_unheld(unheld);
        Ok(())
    }

    fn say_unheld(&mut self, key: KeyId) {
        let for_seconds = self.situation.wait();
        self.steps.push(Step::SealsBeforeHeld { key, for_seconds });
    }

    /// Adds a standby.
    pub(super) fn stage(&mut self) -> Result<KeyId, Refused> {
        let key = (self.situation.mint)(self.situation.policy.suite())?;
        let id = key.id();
        self.draft.keys.push(RingKey::standby(
            key,
            self.situation.policy.token_lifetime(),
            self.draft.epoch,
            self.situation.now,
        ));
        self.steps.push(Step::Staged { key: id });
        Ok(id)
    }

    /// Whether there is anything to commit for. Revocations that are over are none: they wait for
    /// an epoch that is made anyway.
    pub(super) fn changes_something(&self) -> bool {
        !self.steps.is_empty()
    }

    /// Forgets revocations that are over, and makes the ring.
    pub(super) fn finish(mut self) -> Result<Change, Refused> {
        self.prune();
        if self.situation.has_new_policy() {
            self.steps.push(Step::PolicyChanged {
                timing: self.draft.timing,
                token_lifetime: self.situation.policy.token_lifetime(),
                revocation_horizon: self.draft.revocations.horizon,
                suite: self.situation.policy.suite(),
            });
        }
        self.make_room();
        let keys = self.draft.keys.len();
        if keys > KeyRing::MAX_KEYS {
            return Err(Refused::Full { keys });
        }
        let ring = self.draft.build()?;
        let after = Situation {
            ring: &ring,
            ..*self.situation
        };
        // The keeper says it when it is asked for it, and when it comes.
        let (was, is) = (self.situation.adoption(), after.adoption());
        let is_asked_for = self.situation.ring.next_key() != ring.next_key();
        let mut steps = self.steps.iter();
        let comes = steps.any(|step| matches!(step, Step::Promoted { .. }));
        let begins = is.begins.time();
        // Where no key seals, no token lived for another time.
        if (is_asked_for || comes) && was.lifetime_now != 0 {
            if was.lifetime_now != is.lifetime {
                let seconds = is.lifetime;
                self.steps.push(Step::Lifetime { seconds, begins });
            }
            if was.suite_now.is_some_and(|now| now != is.suite) {
                let suite = is.suite;
                self.steps.push(Step::Suite { suite, begins });
            }
        }
        let steps = self.steps;
        Ok(Change { ring, steps })
    }

    pub(super) fn prune(&mut self) {
        let (now, skew) = (self.situation.now, self.situation.skew());
        let entries = prune(&mut self.draft.revocations, now, skew);
        if entries > 0 {
            self.steps.push(Step::Forgot { entries });
        }
    }

    /// Revoked keys are listed so that their refusal has a name. In a full ring that must not stand
    /// in the way of another revocation.
    fn make_room(&mut self) {
        let keys = &mut self.draft.keys;
        while keys.len() > KeyRing::MAX_KEYS {
            let revoked = keys.iter().filter(|key| key.is_revoked());
            let Some(key) = revoked.min_by_key(|key| key.opens_until).map(RingKey::id) else {
                return;
            };
            keys.retain(|other| other.id() != key);
            self.steps.push(Step::Dropped { key });
        }
    }

    pub(super) fn key_mut(&mut self, id: KeyId) -> Option<&mut RingKey> {
        self.draft.keys.iter_mut().find(|key| key.id() == id)
    }

    /// The key that seals, or is next to, unless it is revoked first.
    pub(super) fn newest_endless(&self) -> Option<&RingKey> {
        self.unrevoked()
            .filter(|key| key.seals_from.is_some() && key.seals_until.is_none())
            .max_by_key(|key| key.seals_from)
    }

    pub(super) fn unrevoked(&self) -> impl Iterator<Item = &RingKey> {
        self.draft.keys.iter().filter(|key| !key.is_revoked())
    }

    /// A time before which every session that has begun was born, on the fastest clock too.
    pub(super) fn begun(&self) -> Timestamp {
        self.situation.now.saturating_add(self.situation.skew())
    }

    /// A beginning that has passed on every clock.
    pub(super) fn at_once(&self) -> Timestamp {
        self.situation.now.saturating_sub(self.situation.skew())
    }
}
