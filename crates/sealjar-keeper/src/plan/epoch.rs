//! Which number does the next epoch have?

use sealjar::{KeyRing, Timestamp};

use crate::plan::{ClockTrust, Situation};
use crate::refusal::Refused;

impl Situation<'_> {
    /// Epochs rise, and one that is made now is higher than any that was lost. None lies so far
    /// ahead that replicas refuse it for longer than clocks differ by.
    ///
    /// Where one before lies further ahead, and a person says that the clock is right, no replica
    /// whose clock is right has taken it. What comes after it is higher than all that they have,
    /// and they take it.
    pub(super) fn epoch_after(
        &self,
        before: impl IntoIterator<Item = u64>,
    ) -> Result<u64, Refused> {
        let latest = KeyRing::latest_epoch(self.now);
        let limit = latest + u64::from(self.skew());
        let mut next = u64::from(self.now.stored());
        for epoch in before {
            next = next.max(match self.clock {
                _ if epoch < limit => epoch + 1,
                ClockTrust::Vouched { .. } if epoch > limit => latest - ROOM,
                _ => return Err(Refused::EpochAhead { epoch, latest }),
            });
        }
        Ok(next)
    }

    /// A ring that comes back may follow on epochs that are lost and that replicas still hold. The
    /// last of them may have been made in this second, by a keeper whose clock is ahead, or after
    /// others of one second. Replicas would refuse its number with other content until the next
    /// epoch.
    pub(super) fn epoch_of_restore(
        &self,
        before: impl IntoIterator<Item = u64>,
    ) -> Result<u64, Refused> {
        let above = above_what_is_lost(self.now, self.skew());
        Ok(self.epoch_after(before)?.max(above))
    }
}

pub(super) fn above_what_is_lost(now: Timestamp, skew: u32) -> u64 {
    let above = now.saturating_add(skew).saturating_add(AT_ONCE);
    u64::from(above.stored()).min(KeyRing::latest_epoch(now))
}

/// How many epochs more than seconds may have passed before a loss.
const AT_ONCE: u32 = 60;

/// How many epochs may follow at once on one that had to begin as high as it can, before seconds
/// pass.
pub(super) const ROOM: u64 = 3600;
