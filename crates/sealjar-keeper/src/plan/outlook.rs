//! What will become of each key, and when? What an operator wants to see.

use sealjar::{KeyId, Phase, RingKey, Timestamp};

use crate::plan::{Adoption, Begins, Publishing, Situation};

/// What comes next for a ring, if its keeper takes its turns in time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outlook {
    /// When the next rotation is due.
    pub rotation_due: Timestamp,
    /// From when on every replica is known to hold the ring's epoch, `None` while it is not
    /// published and while only replicas can tell.
    pub held_from: Option<Timestamp>,
    /// How tokens are sealed now, and how the policy asks for it.
    pub adoption: Adoption,
    /// When [raising the floor](Situation::raise_floor) begins to end everything that was forged
    /// under keys that are revoked.
    pub ends_forged: Begins,
    /// The keys, in the document's order.
    pub keys: Vec<KeyOutlook>,
}

/// What comes next for a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyOutlook {
    /// Which.
    pub id: KeyId,
    /// What it does now.
    pub phase: Phase,
    /// Since when it is in this phase.
    pub since: Timestamp,
    /// Until when it is in this phase, `None` for one that is over and while only replicas can
    /// tell.
    pub until: Option<Timestamp>,
    /// From when on it can be dropped, `None` before it has been superseded.
    pub gone_from: Option<Timestamp>,
}

impl Situation<'_> {
    /// Tells what comes next.
    #[must_use]
    pub fn outlook(&self) -> Outlook {
        let keys = self.ring.keys().iter();
        let held_from = self.held_from(self.ring.epoch());
        Outlook {
            rotation_due: self.rotation_due(),
            // Replicas that say that they hold it have not done so since the beginning of time.
            held_from: held_from.map(|from| from.max(self.ring.issued_at())),
            adoption: self.adoption(),
            ends_forged: self.ends_forged_from(),
            keys: keys.filter_map(|key| self.key_outlook(key)).collect(),
        }
    }

    fn key_outlook(&self, key: &RingKey) -> Option<KeyOutlook> {
        let phase = self.phase(key)?;
        let opens_until = key.opens_until.or_else(|| self.will_open_until(key));
        let (since, until) = match phase {
            Phase::Standby => (Some(key.staged_at), self.standby_begins()),
            Phase::Staged => {
                let with = self.staged_with_promotion(key);
                (with.map(|next| next.staged_at), key.seals_from)
            }
            Phase::Sealing => {
                let successor = self.successor(key).and_then(|it| it.seals_from);
                let until = successor.or(key.seals_until);
                (key.seals_from, until.or_else(|| self.standby_begins()))
            }
            Phase::Opening => (self.superseded_at(key).or(key.seals_until), opens_until),
            Phase::Revoked => (Some(self.revoked_by(key)), None),
            _ => (key.opens_until, None),
        };
        Some(KeyOutlook {
            id: key.id(),
            phase,
            since: since.unwrap_or(key.staged_at),
            until,
            gone_from: opens_until.map(|until| self.dead_from(until)),
        })
    }

    /// When the next rotation lets the standby begin.
    fn standby_begins(&self) -> Option<Timestamp> {
        let held_from = self.held_from(self.promotable()?.staged_epoch)?;
        let due = if self.is_early(self.promotable()?) {
            self.now
        } else {
            self.rotation_due()
        };
        let rotation = due.max(held_from).max(self.now);
        Some(rotation.saturating_add(self.skew()))
    }

    /// Until when a key will open that has been superseded and has no end yet.
    fn will_open_until(&self, key: &RingKey) -> Option<Timestamp> {
        let begins = self.successor(key)?.seals_from?;
        let rotation = match self.publishing {
            Publishing::Free => self.now,
            Publishing::Restarts => self.rotation_due(),
        };
        let ended = self.may_end_from(key)?.max(rotation).max(self.now);
        let seals_until = ended.max(begins).saturating_add(self.skew());
        Some(seals_until.saturating_add(key.lifetime))
    }

    /// When the key after this one began, which may have an end itself by now.
    fn superseded_at(&self, key: &RingKey) -> Option<Timestamp> {
        let begins = self.unrevoked().filter_map(|other| other.seals_from);
        begins.filter(|begins| Some(*begins) > key.seals_from).min()
    }
}
