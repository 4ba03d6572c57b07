//! How does another lifetime of tokens come in?
//!
//! A key's lifetime is fixed when the key is first published: a replica refuses a token that lives
//! longer than the key that it knows allows. So another lifetime needs another key. The standby,
//! under which nothing was ever sealed, makes way for one that has it, and that one seals from the
//! next rotation on. If a person asks for it, the rotation comes as soon as every replica is known
//! to hold the new standby.

use sealjar::keeper::NextKey;
use sealjar::{RingKey, Timestamp};

use crate::delivery::Delivery;
use crate::plan::next::Next;
use crate::plan::{Change, Publishing, Situation};
use crate::refusal::Refused;

/// How long tokens live, and how long they will.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Lifetime {
    /// The lifetime of the key that seals, in seconds. 0 where no key does.
    pub now: u32,
    /// What the policy asks for, in seconds.
    pub wanted: u32,
    /// When tokens begin to live that long.
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
        let wanted = self.policy.token_lifetime();
        let early = self.newest().is_none_or(|key| key.lifetime != wanted);
        if !early && !self.has_new_policy() {
            return Err(Refused::PolicyInForce);
        }
        let standby = self.promotable().filter(|key| key.lifetime == wanted);
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
            lifetime: wanted,
            early,
        });
        next.replace_standby();
        next.complete()?;
        next.finish()
    }

    /// Tells how long tokens live, and when they begin to live as long as the policy says.
    #[must_use]
    pub fn lifetime(&self) -> Lifetime {
        let wanted = self.policy.token_lifetime();
        let sealing = self.ring.sealing_key(self.now);
        let newest = self.newest().filter(|key| key.lifetime == wanted);
        let is_sealed_under = sealing.is_some_and(|key| key.lifetime == wanted);
        let begins = match newest.and_then(|key| key.seals_from) {
            Some(_) if is_sealed_under => Begins::Already,
            Some(from) => Begins::At(from),
            None => self.will_begin(wanted),
        };
        Lifetime {
            now: sealing.map_or(0, |key| key.lifetime),
            wanted,
            begins,
        }
    }

    /// When the first key of a lifetime begins to seal that has not been given a time yet.
    fn will_begin(&self, wanted: u32) -> Begins {
        let rotation = self.rotation_due().max(self.now);
        let from = match self.promotable().filter(|key| key.lifetime == wanted) {
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
        wished.is_some_and(|next_key| next_key.lifetime == standby.lifetime)
    }

    /// Whether the standby has another lifetime than the policy says.
    pub(super) fn has_other_standby(&self) -> bool {
        let standby = self.promotable();
        standby.is_some_and(|key| key.lifetime != self.policy.token_lifetime())
    }

    /// The key that seals, or is about to.
    fn newest(&self) -> Option<&RingKey> {
        let endless = self.unrevoked().filter(|key| key.seals_until.is_none());
        let begun = endless.filter(|key| key.seals_from.is_some());
        begun.max_by_key(|key| key.seals_from)
    }
}
