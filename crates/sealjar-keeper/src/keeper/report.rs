//! What is known of a ring?

use sealjar::{KeyRing, Timestamp};

use crate::delivery::Delivery;
use crate::error::KeeperError;
use crate::keeper::Keeper;
use crate::plan::Outlook;
use crate::policy::RotationPolicy;
use crate::store::{Found, Place, RingStore};

/// A ring and what is known of it.
#[derive(Debug)]
pub struct Report {
    /// The ring.
    pub ring: KeyRing,
    /// The policy it is rotated by.
    pub policy: RotationPolicy,
    /// Where replicas find it.
    pub place: Place,
    /// Where it has arrived.
    pub delivery: Delivery,
    /// What replicas find where they look.
    pub found: Found,
    /// What comes next.
    pub outlook: Outlook,
    /// When this was so.
    pub now: Timestamp,
}

impl<S: RingStore> Keeper<S> {
    /// Returns the state of the ring. Changes nothing.
    ///
    /// # Errors
    /// [`KeeperError`] when there is no ring, or none that can continue.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_keeper::{Keeper, policy::PolicySettings, store::FileStore};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("session-ring.json");
    /// # let keeper = Keeper::new(FileStore::new(&path), PolicySettings::default());
    /// # keeper.init("web").await?;
    /// let report = keeper.report().await?;
    /// assert_eq!(report.ring.name(), "web");
    /// assert_eq!(report.outlook.keys.len(), 2, "one seals, one is the standby");
    /// assert!(report.outlook.rotation_due > report.now);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn report(&self) -> Result<Report, KeeperError> {
        let head = self.head().await?;
        let policy = self.policy(Some(&head.ring))?;
        let now = (self.clock)()?;
        let outlook = self.with_situation(&head, |it| Ok(it.outlook()))?;
        let found = self.store.found(&head).await?;
        Ok(Report {
            policy,
            outlook,
            found,
            now,
            place: self.store.place(&head),
            delivery: head.delivery,
            ring: head.ring,
        })
    }
}
