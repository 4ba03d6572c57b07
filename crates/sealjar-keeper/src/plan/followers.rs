//! What do replicas that ask this keeper change about a decision?

use sealjar::Timestamp;

use crate::delivery::Delivery;
use crate::plan::Situation;
use crate::refusal::Refused;

/// What the replicas that ask this keeper say, at the time of one decision.
#[derive(Clone, Debug)]
pub struct Followers {
    /// From when on this keeper has listened for a whole lease. Before, there may be replicas that
    /// it has not heard of.
    pub(crate) decides_from: Timestamp,
    /// From when on this keeper has listened long enough to find out that its store was put back.
    pub(crate) commits_from: Timestamp,
    /// Those that are not lost.
    pub(crate) holders: Vec<Follower>,
    /// A replica that holds something which the store does not have.
    pub(crate) contradiction: Option<String>,
}

/// A replica that asks.
#[derive(Clone, Debug)]
pub struct Follower {
    /// Its name, for people.
    pub(crate) name: String,
    /// The epoch that it holds, `None` if it has taken nothing from a keeper yet.
    pub(crate) epoch: Option<u64>,
}

impl Situation<'_> {
    /// Refuses to change the list of revocations where the ring could not be changed either.
    ///
    /// # Errors
    /// [`Refused::ClockBehind`], [`Refused::ClockAhead`], [`Refused::HeadBehind`],
    /// [`Refused::Listening`].
    pub(crate) fn check_listing(&self) -> Result<(), Refused> {
        self.check_clock()?;
        self.check_not_contradicted()?;
        match self.followers {
            Some(followers) if self.now < followers.commits_from => Err(Refused::Listening {
                until: followers.commits_from,
            }),
            _ => Ok(()),
        }
    }
}

impl Followers {
    /// Returns from when on every replica is known to hold `epoch` or a later one, as far as that
    /// depends on those that ask. `None` when only they can tell, and they have not.
    ///
    /// A replica that nobody has heard of may be starting, from an older ring that it has mounted.
    /// So the wait after a publication counts too: `wait` is how many seconds that is.
    pub(crate) fn held_from(
        &self,
        epoch: u64,
        delivery: &Delivery,
        wait: u32,
    ) -> Option<Timestamp> {
        if self.lagging(epoch).next().is_some() {
            return None;
        }
        let published = delivery.published_from(epoch)?;
        Some(published.saturating_add(wait).max(self.decides_from))
    }

    /// Returns the replicas that hold only an earlier epoch.
    pub(crate) fn lagging(&self, epoch: u64) -> impl Iterator<Item = &Follower> {
        let holders = self.holders.iter();
        holders.filter(move |it| it.epoch.is_none_or(|held| held < epoch))
    }
}
