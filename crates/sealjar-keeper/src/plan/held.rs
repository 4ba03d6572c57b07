//! Which epochs and keys is every replica known to hold, and from when on?

use sealjar::{RingKey, Timestamp, Timing};

use crate::plan::{Situation, Wait, WaitReason};

impl<'a> Situation<'a> {
    /// Whether every replica is known to hold a key: staged in an earlier epoch than the next,
    /// which is any that is in the ring, and delivered.
    pub(super) fn held(&self, key: &RingKey) -> Result<(), Wait> {
        let until = self.held_from(key.staged_epoch);
        if until.is_some_and(|from| from <= self.now) {
            return Ok(());
        }
        let lagging = self.delivery.lagging(key.staged_epoch);
        let lagging = lagging.map(|replica| replica.name.clone());
        let asking = self.followers.into_iter();
        let asking = asking.flat_map(|it| it.lagging(key.staged_epoch));
        Err(Wait {
            until,
            reason: WaitReason::Standby {
                epoch: key.staged_epoch,
                lagging: lagging.chain(asking.map(|it| it.name.clone())).collect(),
            },
        })
    }

    pub(super) fn held_from(&self, epoch: u64) -> Option<Timestamp> {
        let wait = self.wait();
        let delivered = self.delivery.held_from(epoch, wait)?;
        match self.followers {
            Some(followers) => followers
                .held_from(epoch, self.delivery, wait)
                .map(|from| from.max(delivered)),
            None => Some(delivered),
        }
    }

    /// From when on a key may be given its end: when every replica is known to hold the epoch that
    /// superseded it, so that none seals with it any more. `None` when nothing has, and when only
    /// replicas can tell.
    pub(super) fn may_end_from(&self, key: &RingKey) -> Option<Timestamp> {
        let epoch = match (key.seals_until, self.successor(key)) {
            _ if key.is_revoked() => return None,
            (Some(_), _) => self.ring.epoch(),
            (None, Some(successor)) => self.promoted_in(successor),
            (None, None) => return None,
        };
        self.held_from(epoch)
    }

    /// The key that supersedes this one: the first unrevoked one without an end that begins later.
    pub(super) fn successor(&self, key: &RingKey) -> Option<&'a RingKey> {
        let own = key.seals_from?;
        self.unrevoked()
            .filter(|other| other.seals_until.is_none())
            .filter(|other| other.seals_from > Some(own))
            .min_by_key(|other| other.seals_from)
    }

    /// The epoch in which a key was given its beginning: the one that staged the next standby,
    /// which was staged when the key was about to begin. Where no such key is left, it is the
    /// ring's epoch or an earlier one.
    ///
    /// To wait for the ring's epoch always would be to wait for ever where each hour revokes
    /// somebody.
    pub(super) fn promoted_in(&self, key: &RingKey) -> u64 {
        let next = self.staged_with_promotion(key);
        next.map_or(self.ring.epoch(), |next| next.staged_epoch)
    }

    pub(super) fn staged_with_promotion(&self, key: &RingKey) -> Option<&'a RingKey> {
        let keys = self.ring.keys().iter();
        keys.filter(|other| other.staged_epoch > key.staged_epoch)
            .filter(|other| Some(other.staged_at.saturating_add(self.skew())) >= key.seals_from)
            .min_by_key(|other| other.staged_epoch)
    }

    /// How long after its publication an epoch is known to be held, where nobody acknowledges.
    pub(crate) fn wait(&self) -> u32 {
        let Timing { distribution, .. } = self.policy.timing();
        distribution
            .max(self.ring.timing().distribution)
            .saturating_add(self.skew())
    }
}
