//! When does raising the floor end everything that was forged under a key that has been revoked?
//!
//! The revocation of a key ends what is sealed under that key. It does not end a session that was
//! forged under it and that a replica has sealed again since, under a newer key. Raising the floor
//! ends that one too, once no replica seals such a session any more: when every replica has held
//! the ring that revokes the key for twice the skew and a second. Until then a forged session can
//! claim a birth so far ahead that the floor does not reach it.

use sealjar::{RingKey, Timestamp};

use crate::delivery::Delivery;
use crate::plan::{Begins, Situation};

impl Situation<'_> {
    /// Returns from when on [`raise_floor`](Self::raise_floor) ends everything that was forged
    /// under the keys that the ring lists as revoked. `Begins::Already` if it lists none.
    #[must_use]
    pub fn ends_forged_from(&self) -> Begins {
        let revoked = self.ring.keys().iter().filter(|key| key.is_revoked());
        let Some(revoked_at) = revoked.map(|key| self.revoked_by(key)).max() else {
            return Begins::Already;
        };
        let Some(held) = self.revocation_held_from(revoked_at) else {
            return Begins::OnceHeld;
        };
        let margin = self.skew().saturating_mul(2).saturating_add(1);
        match held.saturating_add(margin) {
            from if from <= self.now => Begins::Already,
            from => Begins::At(from),
        }
    }

    /// The latest time at which a key can have been revoked. Its document does not say when it was:
    /// it is listed for a lifetime from then on, or until an end that was later.
    pub(super) fn revoked_by(&self, key: &RingKey) -> Timestamp {
        let listed_until = key.opens_until.unwrap_or(self.ring.issued_at());
        let since = listed_until.saturating_sub(key.lifetime);
        since.min(self.ring.issued_at())
    }

    /// From when on every replica is known to hold an epoch that was made at a time, or a later
    /// one. `None` while that is not known.
    fn revocation_held_from(&self, made_at: Timestamp) -> Option<Timestamp> {
        let epoch = u64::from(made_at.stored());
        match self.delivery {
            Delivery::Acknowledged(fleet) => {
                let (_, published) = fleet
                    .published
                    .filter(|(of, at)| *of >= epoch && *at >= made_at)?;
                // A replica that had the epoch before served on until it ended.
                let has_all = self.delivery.lagging(self.ring.epoch()).next().is_none();
                has_all.then(|| {
                    fleet
                        .last_end
                        .map_or(published, |ended| ended.max(published))
                })
            }
            Delivery::Unacknowledged(publications) => {
                let finished = publications.finished().iter();
                let mut after = finished.filter(|it| it.epoch >= epoch && it.at >= made_at);
                let mut first = after.next()?;
                // An epoch is numbered by its second. Of several within a few seconds, the last one
                // revokes.
                for next in after.take_while(|it| it.epoch <= epoch.saturating_add(A_FEW_SECONDS)) {
                    first = next;
                }
                Some(first.at.saturating_add(first.wait.max(self.wait())))
            }
        }
    }
}

const A_FEW_SECONDS: u64 = 10;
