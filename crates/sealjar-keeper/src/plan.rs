//! Decides what the next epoch of a ring says, and when it is due: the protocol of rotation. Only
//! [`Change`] and [`Situation`] are part of the public interface: see `__program`.
//!
//! The ring always holds one key that seals and one **standby**: published, able to open, not
//! sealing. One rotation is one commit:
//!
//! 1. the standby begins to seal a skew from now. The key before it gets no end yet, for a replica
//!    late with this epoch still seals with it; where both are known, the later beginning wins;
//! 2. a new standby is added;
//! 3. keys that an epoch *known to be held* has superseded get their end: a skew after their
//!    successor began they seal no more, and a token's lifetime after that they open no more;
//! 4. keys whose end is over everywhere are dropped.
//!
//! So a key seals only after every replica holds it, ends only after every replica seals with its
//! successor, and goes only after everything it sealed is dead.
//!
//! Every date in the project is decided in this module, and it does nothing else: it reads no
//! clock, no store and no file.

mod adoption;
mod clock;
mod epoch;
mod first;
mod followers;
mod forged;
mod held;
mod list;
mod next;
mod outlook;
mod restore;
mod revoke;
pub(crate) mod wait;

use std::fmt;

use sealjar::{Key, KeyId, KeyRing, Phase, RandomError, RingKey, Suite, Timestamp};

use crate::delivery::Delivery;
pub use crate::plan::adoption::{Adoption, Begins};
pub(crate) use crate::plan::clock::{ClockTrust, pull_back};
pub(crate) use crate::plan::first::first;
pub use crate::plan::followers::{Follower, Followers};
pub use crate::plan::list::{ListSituation, NextList};
use crate::plan::next::Next;
pub use crate::plan::outlook::{KeyOutlook, Outlook};
pub use crate::plan::restore::Sessions;
pub(crate) use crate::plan::restore::{Restore, may_keep, newest};
pub use crate::plan::wait::{Wait, WaitReason};
use crate::policy::{RotationPolicy, wanted_keys};
use crate::refusal::Refused;
use crate::step::Step;

/// All that a decision depends on.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    /// The ring as the last epoch has it.
    pub(crate) ring: &'a KeyRing,
    /// Where it has arrived.
    pub(crate) delivery: &'a Delivery,
    /// What the replicas say that ask this keeper, if it answers any.
    pub(crate) followers: Option<&'a Followers>,
    /// The times to rotate by.
    pub(crate) policy: &'a RotationPolicy,
    /// What a publication costs.
    pub(crate) publishing: Publishing,
    /// The keeper's clock.
    pub(crate) now: Timestamp,
    /// Why it may be gone by.
    pub(crate) clock: ClockTrust,
    /// Where new keys come from.
    pub(crate) mint: &'a Mint,
}

/// Makes a key of a suite, or fails to.
pub(crate) type Mint = dyn Fn(Suite) -> Result<Key, RandomError> + Sync;

/// What publishing an epoch does to the replicas.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Publishing {
    /// They read it while they run, so that what is due may have an epoch of its own.
    Free,
    /// It restarts them, so that what can wait rides with the next rotation.
    Restarts,
}

/// What a turn comes to.
#[derive(Debug)]
pub enum Plan {
    /// Commit this.
    Commit(Box<Change>),
    /// Do nothing yet.
    Wait(Wait),
}

impl Plan {
    fn commit(change: Change) -> Self {
        Self::Commit(Box::new(change))
    }
}

/// The next epoch, and what it changes.
#[derive(Debug)]
pub struct Change {
    /// The next epoch.
    pub ring: KeyRing,
    /// What it changes, in order.
    pub steps: Vec<Step>,
}

impl<'a> Situation<'a> {
    /// Decides whether there is something to do now.
    ///
    /// # Errors
    /// [`Refused::ClockBehind`], [`Refused::ClockAhead`], [`Refused::EpochAhead`],
    /// [`Refused::HeadBehind`], [`Refused::UnknownSuite`], [`Refused::Full`], [`Refused::Random`],
    /// [`Refused::Ring`].
    pub fn turn(&self) -> Result<Plan, Refused> {
        let plan = self.due()?;
        match (self.followers, plan) {
            // The first commit after a backup was put back would have the highest epoch, and bring
            // back what was revoked since. Replicas that hold a later one say so first.
            (Some(followers), Plan::Commit(_)) if self.now < followers.commits_from => {
                Ok(Plan::Wait(Wait {
                    until: Some(followers.commits_from),
                    reason: WaitReason::Listening,
                }))
            }
            (_, plan) => Ok(plan),
        }
    }

    fn due(&self) -> Result<Plan, Refused> {
        self.check()?;
        let mut waits = Vec::new();
        match self.promotable() {
            Some(standby) if self.rotation_due() <= self.now || self.is_early(standby) => {
                match self.held(standby) {
                    Ok(()) => return self.rotation(standby.id()).map(Plan::commit),
                    Err(wait) => waits.push(wait),
                }
            }
            _ => waits.push(Wait {
                until: Some(self.rotation_due()),
                reason: WaitReason::Rotation,
            }),
        }
        let mut next = Next::epoch_after(self)?;
        if self.publishing == Publishing::Free {
            next.end_superseded();
            next.drop_expired();
            waits.extend(self.housekeeping());
        }
        next.complete()?;
        let policy_is_due = self.publishing == Publishing::Free
            && (self.has_new_policy() || self.has_other_standby());
        let held_from = self.held_from(self.ring.epoch());
        let takes_policy = policy_is_due && held_from.is_some_and(|from| from <= self.now);
        if takes_policy {
            next.replace_standby();
            next.complete()?;
        }
        if next.changes_something() || takes_policy {
            return next.finish().map(Plan::commit);
        }
        if policy_is_due {
            waits.push(Wait {
                until: held_from,
                reason: WaitReason::Policy,
            });
        }
        // A wait without a time is for replicas to end, and says more than one with a time.
        let first = waits.into_iter().min_by_key(|wait| wait.until);
        Ok(Plan::Wait(first.unwrap_or(Wait {
            until: None,
            reason: WaitReason::Rotation,
        })))
    }

    /// Rotates now, due or not.
    ///
    /// # Errors
    /// As [`turn`](Self::turn), and [`Refused::NotHeld`] when the standby is not known to be held
    /// by every replica, unless `force` insists.
    pub fn rotate(&self, force: bool) -> Result<Change, Refused> {
        self.check()?;
        let standby = self.promotable().ok_or(Refused::NoStandby)?;
        match self.held(standby) {
            Err(wait) if !force => Err(Refused::NotHeld(wait)),
            _ => self.rotation(standby.id()),
        }
    }

    /// Returns when the next rotation is due: a period after the newest key began.
    #[must_use]
    pub fn rotation_due(&self) -> Timestamp {
        let begins = self.unrevoked().filter_map(|key| key.seals_from).max();
        begins.map_or(Timestamp::MIN, |begins| {
            begins.saturating_add(self.policy.timing().rotate_every)
        })
    }

    fn rotation(&self, standby: KeyId) -> Result<Change, Refused> {
        let mut next = Next::epoch_after(self)?;
        next.end_superseded();
        // Where nothing seals, the key before need not be waited for.
        let from = match self.ring.sealing_key(self.now) {
            Some(_) => self.now.saturating_add(self.skew()),
            None => next.at_once(),
        };
        // A key that began in the same second would not be superseded.
        let begun = self.unrevoked().filter_map(|key| key.seals_from).max();
        let after = begun.map_or(Timestamp::MIN, |begun| begun.saturating_add(1));
        next.promote(standby, from.max(after));
        next.drop_expired();
        next.complete()?;
        next.finish()
    }

    /// Refuses to decide by a clock that does not fit what was already decided, and about keys that
    /// a newer keeper made.
    fn check(&self) -> Result<(), Refused> {
        self.check_clock()?;
        self.check_not_contradicted()?;
        self.check_suites()
    }

    fn check_not_contradicted(&self) -> Result<(), Refused> {
        match self.followers.and_then(|it| it.contradiction.clone()) {
            Some(replica) => Err(Refused::HeadBehind {
                epoch: self.ring.epoch(),
                replica,
            }),
            None => Ok(()),
        }
    }

    fn check_suites(&self) -> Result<(), Refused> {
        match self.unrevoked().find(|key| !key.is_usable()) {
            Some(key) => Err(Refused::UnknownSuite(key.id())),
            None => Ok(()),
        }
    }

    /// The standby that has been out the longest.
    fn promotable(&self) -> Option<&'a RingKey> {
        self.unrevoked()
            .filter(|key| key.seals_from.is_none())
            .min_by_key(|key| key.staged_epoch)
    }

    /// What can be given an end, or dropped, later.
    fn housekeeping(&self) -> Vec<Wait> {
        let wait = |key: &RingKey| {
            let (until, reason) = match key.opens_until {
                Some(until) => (Some(self.dead_from(until)), WaitReason::Drop(key.id())),
                None => (self.may_end_from(key), WaitReason::End(key.id())),
            };
            let until = until.filter(|until| *until > self.now)?;
            Some(Wait {
                until: Some(until),
                reason,
            })
        };
        self.ring.keys().iter().filter_map(wait).collect()
    }

    /// The first second in which a key's end is over on every clock.
    fn dead_from(&self, opens_until: Timestamp) -> Timestamp {
        opens_until.saturating_add(self.skew()).saturating_add(1)
    }

    /// Whether the ring was issued under another policy.
    fn has_new_policy(&self) -> bool {
        let wanted = wanted_keys(self.ring);
        self.policy.timing() != self.ring.timing()
            || self.policy.token_lifetime() != wanted.token_lifetime()
            || self.policy.suite() != wanted.suite()
            || self.policy.revocation_horizon() > self.ring.revocations().horizon
    }

    fn unrevoked(&self) -> impl Iterator<Item = &'a RingKey> + use<'a> {
        self.ring.keys().iter().filter(|key| !key.is_revoked())
    }

    fn phase(&self, key: &RingKey) -> Option<Phase> {
        self.ring.phase(key.id(), self.now)
    }

    /// The greater of what the policy says and what the ring was issued under, so that a policy
    /// that changes in flight shortens no wait that has begun.
    fn skew(&self) -> u32 {
        self.policy.timing().skew.max(self.ring.timing().skew)
    }
}

impl fmt::Debug for Situation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Situation")
            .field("ring", self.ring)
            .field("delivery", self.delivery)
            .field("followers", &self.followers)
            .field("policy", self.policy)
            .field("publishing", &self.publishing)
            .field("now", &self.now)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
