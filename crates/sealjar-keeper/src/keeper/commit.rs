//! What follows from a decision? It is committed, published as far as that goes at once, noted, and
//! what it has put out of use is removed.

use sealjar::KeyId;

use crate::delivery::Delivery;
use crate::error::KeeperError;
use crate::keeper::Keeper;
use crate::plan::{self, Change};
use crate::store::{Head, Published, RingStore, StoreError, Stored, Version};

impl<S: RingStore> Keeper<S> {
    /// Keeps publishing the head, and tidies up when that is done. Decides nothing.
    ///
    /// # Errors
    /// [`KeeperError`]. It may be tried again.
    pub async fn finish(&self) -> Result<Published, KeeperError> {
        self.finished_head().await.map(|(_, published)| published)
    }

    /// Voids records of publications that lie ahead of a clock that a person vouches for. Before
    /// the commit: a keeper that dies between the two only waits longer.
    pub(super) async fn forget_what_lies_ahead(&self, head: &Head) -> Result<(), KeeperError> {
        let policy = self.policy(Some(&head.ring))?;
        if let Some((_, delivery)) = self.pulled_back(head, &policy, (self.clock)()?)?
            && delivery != head.delivery
        {
            self.store.record(&head.version, &delivery).await?;
        }
        Ok(())
    }

    /// Commits a change and does what follows from it, as far as that goes at once.
    pub(super) async fn commit_and_publish(
        &self,
        over: &Version,
        change: &Change,
    ) -> Result<(Head, Published), KeeperError> {
        self.commit(over, change).await?;
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.finished_head().await {
                // Another keeper has gone on from there, so that what is left to finish is its
                // epoch.
                Err(KeeperError::Store(StoreError::LostRace)) if attempts < ATTEMPTS => {}
                finished => {
                    return finished.map_err(|cause| KeeperError::Unfinished {
                        epoch: change.ring.epoch(),
                        cause: Box::new(cause),
                    });
                }
            }
        }
    }

    async fn finished_head(&self) -> Result<(Head, Published), KeeperError> {
        let (head, published) = self.published_head().await?;
        if !matches!(published, Published::InProgress(_)) {
            self.prune(&head).await?;
        }
        Ok((head, published))
    }

    /// Puts the head where replicas look, if it is not there, and records since when.
    pub(super) async fn published_head(&self) -> Result<(Head, Published), KeeperError> {
        let found = self.head().await?;
        // One that is behind still puts in its place what another keeper has decided.
        let now = self.with_situation(&found, |it| it.check_not_far_ahead().map(|()| it.now))?;
        *self.last_check() = Some(now);
        // A store may forget this while it puts something right.
        let was_noted = found.delivery.has_published(found.ring.epoch());
        let outcome = match self.store.publish(&found).await {
            Err(held_up @ StoreError::RollOut { .. }) => {
                // What a revocation has put out of use goes wherever nobody needs it.
                self.prune(&found).await?;
                return Err(held_up.into());
            }
            outcome => outcome?,
        };
        // What was known of its delivery before is not what is known now: it took a while, and
        // another keeper may have found it replaced meanwhile.
        let delivery = self.store.delivery_of(&found).await?;
        let mut head = Head { delivery, ..found };
        let (epoch, at) = (head.ring.epoch(), (self.clock)()?);
        // A clock that is wrong would note another time than that at which the publication was
        // finished.
        let wait = self.with_situation(&head, |it| it.check_clock().map(|()| it.wait()))?;
        let is_noted = head.delivery.has_published(epoch);
        // A keeper that waits for replicas writes nothing for long, and the next keeper to start
        // compares its clock with this time.
        let is_old = matches!(&head.delivery, Delivery::Acknowledged(fleet)
            if fleet.published.is_some_and(|(_, noted)| noted.saturating_add(DAY) < at));
        if matches!(outcome, Published::InProgress(_))
            || (is_noted && outcome == Published::Unchanged && !is_old)
        {
            return Ok((head, outcome));
        }
        let outcome = match outcome {
            Published::Written if was_noted => Published::Mended,
            outcome => outcome,
        };
        match &mut head.delivery {
            // Who began with something else meanwhile says so.
            Delivery::Acknowledged(_) if is_noted && !is_old => return Ok((head, outcome)),
            Delivery::Acknowledged(fleet) => fleet.published = Some((epoch, at)),
            Delivery::Unacknowledged(it) if is_noted => it.restart(epoch, at, wait),
            Delivery::Unacknowledged(it) => it.add(epoch, at, wait),
        }
        self.store.record(&head.version, &head.delivery).await?;
        let outcome = match outcome {
            Published::Unchanged if !is_noted => Published::Written,
            outcome => outcome,
        };
        Ok((head, outcome))
    }

    /// Commits, and finds out what came of it when the store cannot say.
    async fn commit(&self, over: &Version, next: &Change) -> Result<(), KeeperError> {
        match self.store.commit(over, next).await {
            Ok(()) => Ok(()),
            Err(StoreError::LostRace) => Err(StoreError::LostRace.into()),
            Err(error) => match self.store.load().await {
                Ok(Stored::Head(head)) if head.ring.to_json() == next.ring.to_json() => Ok(()),
                _ => Err(error.into()),
            },
        }
    }

    pub(super) async fn prune(&self, head: &Head) -> Result<(), KeeperError> {
        let now = (self.clock)()?;
        // By a clock that is wrong everything kept may look over.
        self.with_situation(head, |it| it.check_clock())?;
        let may_keep = |keys: &[KeyId]| plan::may_keep(&head.ring, keys, now);
        Ok(self.store.prune(head, &may_keep).await?)
    }
}

/// How often other keepers may commit before this one leaves the rest to them.
const ATTEMPTS: usize = 8;
/// In seconds.
const DAY: u32 = 86_400;
