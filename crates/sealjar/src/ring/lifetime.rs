//! From when on may tokens live that long?

use crate::clock::Timestamp;
use crate::draft::Timing;
use crate::ring::KeyRing;

impl KeyRing {
    /// Returns the time from which tokens may live `lifetime` seconds, if the keeper runs on time:
    /// `now` if they already may, `None` if the keeper was not configured for that long.
    ///
    /// # Examples
    /// ```
    /// use sealjar::{Key, KeyRing, Suite, Timestamp};
    ///
    /// let ring = KeyRing::from(Key::generate(Suite::Xaes256Gcm)?);
    /// let now = Timestamp::now()?;
    /// assert_eq!(ring.allows_from(86_400, now), Some(now));
    /// assert_eq!(ring.allows_from(86_401, now), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn allows_from(&self, lifetime: u32, now: Timestamp) -> Option<Timestamp> {
        let Timing {
            rotate_every,
            distribution,
            skew,
        } = self.ring.timing;
        if self
            .sealing_key(now)
            .is_some_and(|key| key.lifetime >= lifetime)
        {
            return Some(now);
        }
        let newest = self.newest_sealing()?;
        if newest.lifetime >= lifetime {
            return newest.seals_from.map(|from| from.max(now));
        }
        let rotation = newest.seals_from?.saturating_add(rotate_every);
        let early = self.ring.next_key.is_some_and(|next_key| next_key.early);
        let standbys = self.ring.keys.iter();
        let standby = standbys
            .filter(|key| key.seals_from.is_none() && !key.is_revoked())
            .filter(|key| key.lifetime >= lifetime)
            .min_by_key(|key| key.staged_epoch);
        let due = match (standby, self.ring.next_key) {
            (Some(standby), _) => {
                let held = standby.staged_at.saturating_add(distribution);
                let held = held.saturating_add(skew);
                if early {
                    held.min(rotation)
                } else {
                    held.max(rotation)
                }
            }
            // The present standby seals first, and the next key one period later.
            (None, Some(next_key)) if next_key.lifetime >= lifetime => {
                rotation.saturating_add(rotate_every)
            }
            (None, _) => return None,
        };
        Some(due.max(now).saturating_add(skew))
    }
}
