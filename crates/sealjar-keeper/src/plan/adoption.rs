//! How does another lifetime of tokens come in, or another suite?
//!
//! A key's suite is part of it, and its lifetime is fixed when the key is first published: a
//! replica refuses a token that lives longer than the key that it knows allows. So either needs
//! another key. The standby, under which nothing was ever sealed, makes way for one that is as the
//! policy says, and that one seals from the next rotation on. If a person asks for it, the rotation
//! comes as soon as every replica is known to hold the new standby.

use sealjar::keeper::NextKey;
use sealjar::{RingKey, Suite, Timestamp};

use crate::delivery::Delivery;
use crate::plan::next::Next;
use crate::plan::{Change, Publishing, Situation};
use crate::refusal::Refused;

/// How tokens are sealed now, and how the policy asks for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Adoption {
    /// The lifetime of the key that seals, in seconds. 0 where no key does.
    pub lifetime_now: u32,
    /// The lifetime that the policy asks for, in seconds.
    pub lifetime: u32,
    /// The suite of the key that seals, `None` where no key does.
    pub suite_now: Option<Suite>,
    /// The suite that the policy asks for.
    pub suite: Suite,
    /// When a key begins to seal that is as the policy asks.
    pub begins: Begins,
}

/// When something begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Begins {
    /// It has begun.
    Already,
    /// At a time, if the keeper takes its turns.
    At(Timestamp),
    /// Once every replica says that it holds an epoch.
    OnceHeld,
}

impl Begins {
    /// Returns the time, `None` where it has passed or is not known.
    #[must_use]
    pub const fn time(self) -> Option<Timestamp> {
        match self {
            Self::At(time) => Some(time),
            Self::Already | Self::OnceHeld => None,
        }
    }
}

impl Situation<'_> {
    /// Lets tokens live as long as the policy says as soon as that is safe: now if every replica is
    /// known to hold a standby of that lifetime. If not, this epoch publishes one, and a turn lets
    /// it seal once it is held.
    ///
    /// # Errors
    /// As [`turn`](Self::turn); [`Refused::PolicyInForce`] if there is nothing to do,
    /// [`Refused::Adopting`] if it is under way.
    pub fn adopt_policy(&self) -> Result<Change, Refused> {
        self.check()?;
        let early = self.newest().is_none_or(|key| !self.policy.makes(key));
        if !early && !self.has_new_policy() {
            return Err(Refused::PolicyInForce);
        }
        let standby = self.promotable().filter(|key| self.policy.makes(key));
        if let Some(standby) = standby.filter(|_| early) {
            match self.held(standby) {
                Ok(()) => return self.rotation(standby.id()),
                Err(wait) if self.is_early(standby) && !self.has_new_policy() => {
                    return Err(Refused::Adopting(wait));
                }
                Err(_) => {}
            }
        }
        let mut next = Next::epoch_after(self)?;
        next.draft.next_key = Some(NextKey {
            lifetime: self.policy.token_lifetime(),
            early,
            suite: self.policy.suite(),
        });
        next.replace_standby();
        next.complete()?;
        next.finish()
    }

    /// Returns how tokens are sealed, and when that begins to be as the policy says.
    #[must_use]
    pub fn adoption(&self) -> Adoption {
        let sealing = self.ring.sealing_key(self.now);
        let newest = self.newest().filter(|key| self.policy.makes(key));
        let begins = match newest.and_then(|key| key.seals_from) {
            Some(_) if sealing.is_some_and(|key| self.policy.makes(key)) => Begins::Already,
            Some(from) => Begins::At(from),
            None => self.will_begin(),
        };
        Adoption {
            lifetime_now: sealing.map_or(0, |key| key.lifetime),
            lifetime: self.policy.token_lifetime(),
            suite_now: sealing.and_then(RingKey::suite),
            suite: self.policy.suite(),
            begins,
        }
    }

    /// When the first key of the policy begins to seal, if none has been given a time yet.
    fn will_begin(&self) -> Begins {
        let rotation = self.rotation_due().max(self.now);
        let from = match self.promotable().filter(|key| self.policy.makes(key)) {
            Some(standby) => {
                let due = if self.is_early(standby) {
                    self.now
                } else {
                    rotation
                };
                match self.will_be_held(standby.staged_epoch, standby.staged_at) {
                    Some(held) => due.max(held),
                    None => return Begins::OnceHeld,
                }
            }
            // The next epoch replaces the standby.
            None if self.publishing == Publishing::Free => {
                match self.will_be_held(self.ring.epoch(), self.ring.issued_at()) {
                    Some(held) => rotation.max(held.max(self.now).saturating_add(self.wait())),
                    None => return Begins::OnceHeld,
                }
            }
            // The next rotation publishes it, and the one after that lets it seal.
            None => rotation.saturating_add(self.policy.timing().rotate_every),
        };
        Begins::At(from.saturating_add(self.skew()))
    }

    /// From when on an epoch is known to be held. One that is not published yet will be in a
    /// moment.
    fn will_be_held(&self, epoch: u64, issued_at: Timestamp) -> Option<Timestamp> {
        let told = self.held_from(epoch);
        match self.delivery {
            Delivery::Acknowledged(_) => told,
            Delivery::Unacknowledged(_) => {
                told.or_else(|| Some(issued_at.saturating_add(self.wait())))
            }
        }
    }

    /// Whether a standby seals as soon as every replica holds it.
    pub(super) fn is_early(&self, standby: &RingKey) -> bool {
        let wished = self.ring.next_key().filter(|next_key| next_key.early);
        wished.is_some_and(|next_key| {
            next_key.lifetime == standby.lifetime && Some(next_key.suite) == standby.suite()
        })
    }

    /// Whether the standby has another lifetime or suite than the policy says.
    pub(super) fn has_other_standby(&self) -> bool {
        self.promotable().is_some_and(|key| !self.policy.makes(key))
    }

    /// The key that seals, or is about to.
    fn newest(&self) -> Option<&RingKey> {
        let endless = self.unrevoked().filter(|key| key.seals_until.is_none());
        let begun = endless.filter(|key| key.seals_from.is_some());
        begun.max_by_key(|key| key.seals_from)
    }
}
