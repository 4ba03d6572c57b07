//! How does the list of revocations change?

use sealjar::keeper::Room;
use sealjar::{Revocation, RevocationList};

use crate::error::KeeperError;
use crate::keeper::Keeper;
use crate::plan::{Change, ListSituation, Sessions};
use crate::refusal::Refused;
use crate::store::{Head, RingStore, StoreError, StoredList, Version};

/// What became of requests to end sessions.
#[derive(Debug)]
pub struct Listed {
    /// The number of the list that has all that was taken.
    pub seq: u64,
    /// For each request, in their order: whether all of it was taken, or why none of it was.
    pub outcomes: Vec<Result<(), Refused>>,
}

impl<S: RingStore> Keeper<S> {
    /// Puts what applications revoke on the list of revocations beside the ring, all in one commit.
    /// Of each request all is taken or nothing. What is on the list already is no reason for a
    /// commit, so a request may be repeated.
    ///
    /// # Errors
    /// [`KeeperError`] if no request was taken: [`Refused::ClockBehind`], [`Refused::ClockAhead`],
    /// [`Refused::HeadBehind`], [`Refused::ListAhead`], [`Refused::Listening`];
    /// [`StoreError::NoList`] if the store keeps no list. After another [`StoreError`] the requests
    /// may have been taken: repeat them. In [`Listed::outcomes`], [`Refused::InFuture`] and
    /// [`Refused::ListFull`].
    ///
    /// # Examples
    /// ```
    /// # use sealjar_keeper::{Keeper, policy::PolicySettings, store::FileStore};
    /// use sealjar::Revocation;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("session-ring.json");
    /// # let keeper = Keeper::new(FileStore::new(&path), PolicySettings::default());
    /// # keeper.init("web").await?;
    /// let request = vec![Revocation::Session { id: [7; 8], born: None }];
    /// let listed = keeper.revoke_listed(&[request]).await?;
    /// assert!(listed.outcomes[0].is_ok());
    /// assert!(listed.seq > 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn revoke_listed(&self, requests: &[Vec<Revocation>]) -> Result<Listed, KeeperError> {
        if self.store.list_limits().is_none() {
            return Err(StoreError::NoList.into());
        }
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.try_to_list(requests).await {
                Err(error) if error.is_lost_race() && attempts < ATTEMPTS => {}
                tried => return tried,
            }
        }
    }

    async fn try_to_list(&self, requests: &[Vec<Revocation>]) -> Result<Listed, KeeperError> {
        let _alone = self.listing.lock().await;
        let head = self.head().await?;
        let stored = self.look_at_list(&head).await?;
        let mut checked = self.with_situation(&head, |it| it.check_listing().map(|()| it.now));
        if is_head_behind(&checked) {
            // As in a turn: the store may have moved on meanwhile.
            if self.head().await?.version != head.version
                || self.look_at_list(&head).await?.version != stored.version
            {
                return Err(StoreError::LostRace.into());
            }
            checked = self.with_situation(&head, |it| it.check_listing().map(|()| it.now));
        }
        let now = checked?;
        let policy = self.policy(Some(&head.ring))?;
        let (list, version) = of(stored, &head);
        let situation = ListSituation {
            list: &list,
            ring: &head.ring,
            policy: &policy,
            now,
        };
        situation.check()?;
        let mut next = situation.next();
        let outcomes = requests
            .iter()
            .map(|request| next.revoke(request, Room::Applications))
            .collect();
        let next = next.finish();
        match &next {
            Some(next) => self.commit_list(&version, next).await?,
            // All of it is there. Who put it there may have died before it was on the disk.
            None if version != Version::none() => self.store.commit_list(&version, &list).await?,
            None => {}
        }
        let seq = next.unwrap_or(list).seq();
        Ok(Listed { seq, outcomes })
    }

    /// Takes note of what the store holds, where replicas may say that it is behind.
    pub(super) async fn look(&self, head: &Head) -> Result<(), KeeperError> {
        if self.followed.is_some() {
            // Alone, so that no list that was read earlier is taken for one that was put back.
            let _alone = self.listing.lock().await;
            self.look_at_list(head).await?;
        }
        Ok(())
    }

    async fn look_at_list(&self, head: &Head) -> Result<StoredList, KeeperError> {
        let stored = self.store.load_list().await?;
        if let Some(followed) = &self.followed {
            let list = stored.list.as_ref();
            followed.found(&head.version, list.map(|list| (list, &stored.bytes[..])));
        }
        Ok(stored)
    }

    /// Keeps what is on the list for as long as it takes under the horizon of a change. Before the
    /// ring is committed: a keeper that dies between the two does it again.
    pub(super) async fn keep_listed_longer(
        &self,
        head: &Head,
        change: &Change,
    ) -> Result<(), KeeperError> {
        let rises = change.ring.revocations().horizon > head.ring.revocations().horizon;
        if !rises || self.store.list_limits().is_none() {
            return Ok(());
        }
        let _alone = self.listing.lock().await;
        let stored = self.store.load_list().await?;
        let policy = self.policy(Some(&head.ring))?;
        let (list, version) = of(stored, head);
        let situation = ListSituation {
            list: &list,
            ring: &head.ring,
            policy: &policy,
            now: (self.clock)()?,
        };
        situation.check()?;
        match situation.before_horizon_rises() {
            Some(next) => self.commit_list(&version, &next).await,
            None => Ok(()),
        }
    }

    /// Gives a list that lies ahead of a clock which a person vouches for a number that replicas
    /// take.
    pub(super) async fn pull_back_list(&self, head: &Head) -> Result<(), KeeperError> {
        if !self.clock_is_right || self.store.list_limits().is_none() {
            return Ok(());
        }
        let _alone = self.listing.lock().await;
        let stored = self.store.load_list().await?;
        let policy = self.policy(Some(&head.ring))?;
        let (list, version) = of(stored, head);
        let situation = ListSituation {
            list: &list,
            ring: &head.ring,
            policy: &policy,
            now: (self.clock)()?,
        };
        match situation.pulled_back() {
            Some(next) => self.commit_list(&version, &next).await,
            None => Ok(()),
        }
    }

    /// Reads the list that a restore goes on with. Where all sessions end, one that cannot be read
    /// revokes nothing any more.
    pub(super) async fn list_before_restore(
        &self,
        sessions: Sessions,
    ) -> Result<StoredList, KeeperError> {
        match self.store.load_list().await {
            Err(StoreError::List { version, .. }) if sessions == Sessions::End => Ok(StoredList {
                version,
                ..StoredList::none()
            }),
            loaded => Ok(loaded?),
        }
    }

    /// Commits the list of a ring that comes back: under a number above all that may be lost, for
    /// replicas take no earlier one.
    pub(super) async fn restore_list(
        &self,
        stored: &StoredList,
        change: &Change,
        least_horizon: u32,
    ) -> Result<(), KeeperError> {
        let empty = RevocationList::empty(&change.ring);
        let policy = self.policy(Some(&change.ring))?;
        let situation = ListSituation {
            list: stored.list.as_ref().unwrap_or(&empty),
            ring: &change.ring,
            policy: &policy,
            now: (self.clock)()?,
        };
        if !self.clock_is_right {
            situation.check()?;
        }
        let next = situation.restored(least_horizon);
        self.commit_list(&stored.version, &next).await
    }

    /// Commits, and finds out what came of it when the store cannot say.
    async fn commit_list(&self, over: &Version, next: &RevocationList) -> Result<(), KeeperError> {
        match self.store.commit_list(over, next).await {
            Ok(()) => {}
            Err(StoreError::LostRace) => return Err(StoreError::LostRace.into()),
            Err(error) => match self.store.load_list().await {
                // Once more: it may not be on the disk.
                Ok(stored) if stored.list.as_ref() == Some(next) => {
                    self.store.commit_list(&stored.version, next).await?;
                }
                _ => return Err(error.into()),
            },
        }
        if let Some(followed) = &self.followed {
            followed.committed_list((next, &next.to_bytes()));
        }
        Ok(())
    }
}

pub(super) const fn is_head_behind<T>(decided: &Result<T, KeeperError>) -> bool {
    matches!(
        decided,
        Err(KeeperError::Refused(Refused::HeadBehind { .. }))
    )
}

/// The list that the next one follows on, and its version.
fn of(stored: StoredList, head: &Head) -> (RevocationList, Version) {
    let list = stored.list;
    let list = list.unwrap_or_else(|| RevocationList::empty(&head.ring));
    (list, stored.version)
}

/// How often another keeper may commit a list before this one gives up.
const ATTEMPTS: usize = 8;
