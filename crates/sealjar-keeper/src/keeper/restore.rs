//! How does a keeper continue from a saved document?

use sealjar::KeyRing;

use crate::delivery::{Delivery, Publications};
use crate::error::KeeperError;
use crate::keeper::{Keeper, mint};
use crate::plan::{self, Change, Restore, Sessions};
#[cfg(doc)]
use crate::refusal::Refused;
use crate::store::{RingStore, Stored, Version};

impl<S: RingStore> Keeper<S> {
    /// Decides on a restore without making it. See [`restore`](Self::restore).
    ///
    /// # Errors
    /// [`KeeperError`], as the restore itself would give.
    pub async fn preview_restore(
        &self,
        document: &KeyRing,
        sessions: Sessions,
    ) -> Result<Change, KeeperError> {
        self.plan_restore(document, sessions)
            .await
            .map(|planned| planned.change)
    }

    /// Continues from a document that somebody kept, as a new epoch. A store that holds nothing
    /// begins with it. The list of revocations continues too, under a new number. One that cannot
    /// be read begins anew if all sessions end.
    ///
    /// # Errors
    /// [`KeeperError`]; [`Refused::Foreign`] for another ring's document.
    pub async fn restore(
        &self,
        document: &KeyRing,
        sessions: Sessions,
    ) -> Result<Change, KeeperError> {
        self.a_person_asks()?;
        let Planned {
            version,
            least_horizon,
            change,
        } = self.plan_restore(document, sessions).await?;
        let _alone = self.listing.lock().await;
        let list = match self.store.list_limits() {
            Some(_) => Some(self.list_before_restore(sessions).await?),
            None => None,
        };
        // What is revoked stays so under another horizon. Where the list is lost, all that it
        // revoked has to be over first, by the ring.
        let (before, after) = match &list {
            Some(list) if list.list.is_some() => (Some(list), None),
            list => (None, list.as_ref()),
        };
        if let Some(list) = before {
            self.restore_list(list, &change, least_horizon).await?;
        }
        // Epochs of another history would count as held. Voided before the commit: a keeper that
        // dies between the two only waits longer.
        let nobody = Delivery::Unacknowledged(Publications::default());
        self.store.record(&version, &nobody).await?;
        let committed = self.commit_and_publish(&version, &change).await;
        if let (Some(list), Ok(_) | Err(KeeperError::Unfinished { .. })) = (after, &committed) {
            self.restore_list(list, &change, least_horizon).await?;
        }
        committed?;
        Ok(change)
    }

    async fn plan_restore(
        &self,
        document: &KeyRing,
        sessions: Sessions,
    ) -> Result<Planned, KeeperError> {
        let (version, known, delivered) = match self.store.load().await? {
            Stored::Nothing => (Version::none(), Vec::new(), Vec::new()),
            Stored::Damaged {
                version,
                known,
                delivered,
                ..
            } => (version, known, delivered),
            Stored::Head(head) => (head.version, vec![head.ring], Vec::new()),
        };
        let is_kin = |ring: &KeyRing| ring.name() != document.name() || ring.is_same_ring(document);
        // Anybody may have put there what replicas find, so it does not tell.
        let (known, strangers): (Vec<_>, Vec<_>) = known.into_iter().partition(is_kin);
        let policy = self.policy(Some(plan::newest(document, &known)))?;
        let restore = Restore {
            document,
            known: &known,
            delivered: &delivered,
            strangers: &strangers,
            replaces: self.replaces,
            sessions,
            policy: &policy,
            now: (self.clock)()?,
            clock_is_right: self.clock_is_right,
            mint: &mint,
        };
        let change = restore.decide()?;
        let horizons = known.iter().chain([document]);
        let horizons = horizons.map(|ring| ring.revocations().horizon);
        Ok(Planned {
            version,
            least_horizon: horizons.min().unwrap_or(0),
            change,
        })
    }
}

/// A restore that is decided.
struct Planned {
    /// What it is decided over.
    version: Version,
    /// The least horizon under which records of the list may have been made, in seconds.
    least_horizon: u32,
    change: Change,
}
