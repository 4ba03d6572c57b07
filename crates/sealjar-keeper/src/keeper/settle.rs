//! What follows from a decision? It is committed, published as far as that goes at once, noted, and what it
//! has put out of use is removed.

use sealjar::KeyId;

use crate::delivery::Delivery;
use crate::error::KeeperError;
use crate::keeper::Keeper;
use crate::plan::Change;
use crate::store::{Head, Published, RingStore, StoreError, Stored, Version};

impl<S: RingStore> Keeper<S> {
    /// Goes on publishing the head, and tidies up when that is done. Decides nothing.
    ///
    /// # Errors
    /// [`KeeperError`]. It may be tried again.
    pub async fn finish(&self) -> Result<Published, KeeperError> {
        self.finished_head().await.map(|(_, published)| published)
    }

    /// Commits a change and does what follows from it, as far as that goes at once.
    pub(super) async fn settle(
        &self,
        over: &Version,
        change: &Change,
    ) -> Result<(Head, Published), KeeperError> {
        self.commit(over, change).await?;
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.finished_head().await {
                // Another keeper has gone on from there, so that what is left to finish is its epoch.
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
        if !matches!(published, Published::Underway(_)) {
            self.tidy(&head).await?;
        }
        Ok((head, published))
    }

    /// Sees to it that the head stands where replicas look, and notes since when.
    pub(super) async fn published_head(&self) -> Result<(Head, Published), KeeperError> {
        let found = self.head().await?;
        let outcome = match self.store.publish(&found).await {
            Err(held_up @ StoreError::RollOut { .. }) => {
                // What a revocation has put out of use goes wherever nobody needs it.
                self.tidy(&found).await?;
                return Err(held_up.into());
            }
            outcome => outcome?,
        };
        // What was known of its delivery before is not what is known now: it took a while, and another keeper
        // may have found it replaced meanwhile.
        let delivery = self.store.delivery_of(&found).await?;
        let mut head = Head { delivery, ..found };
        let (epoch, at) = (head.ring.epoch(), (self.clock)()?);
        let policy = self.policy(Some(&head.ring))?;
        let wait = {
            let situation = self.situation(&head, &policy, at);
            // A clock that is behind would note a time before the publication was finished.
            situation.check_clock()?;
            situation.wait()
        };
        let is_noted = match &head.delivery {
            Delivery::Acknowledged(fleet) => fleet.published.is_some_and(|(it, _)| it == epoch),
            Delivery::Unacknowledged(publications) => publications.has(epoch),
        };
        if matches!(outcome, Published::Underway(_)) || (is_noted && outcome == Published::Stood) {
            return Ok((head, outcome));
        }
        match &mut head.delivery {
            // Who began with something else meanwhile says so.
            Delivery::Acknowledged(_) if is_noted => return Ok((head, outcome)),
            Delivery::Acknowledged(fleet) => fleet.published = Some((epoch, at)),
            Delivery::Unacknowledged(it) if is_noted => it.restart(epoch, at, wait),
            Delivery::Unacknowledged(it) => it.add(epoch, at, wait),
        }
        self.store.record(&head.version, &head.delivery).await?;
        Ok((head, Published::Put))
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

    pub(super) async fn tidy(&self, head: &Head) -> Result<(), KeeperError> {
        let policy = self.policy(Some(&head.ring))?;
        let now = (self.clock)()?;
        let may_keep = |keys: &[KeyId]| self.situation(head, &policy, now).may_keep(keys);
        Ok(self.store.tidy(head, &may_keep).await?)
    }
}

/// How often other keepers may go on before this one leaves the rest to them.
const ATTEMPTS: usize = 8;
