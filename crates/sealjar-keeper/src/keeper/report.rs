//! What is known of a ring?

use sealjar::keeper::ListRecord;
use sealjar::{KeyRing, RevocationList, Timestamp};

use crate::delivery::Delivery;
use crate::error::KeeperError;
use crate::keeper::Keeper;
use crate::plan::Outlook;
use crate::policy::RotationPolicy;
use crate::store::{Found, ListLimits, Place, RingStore, StoreError};

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
    /// What is on the list of revocations beside the ring, `None` if there is no list. An error if
    /// it cannot be read.
    pub list: Result<Option<ListReport>, StoreError>,
    /// What comes next.
    pub outlook: Outlook,
    /// When this was so.
    pub now: Timestamp,
}

/// What is on a list of revocations.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ListReport {
    /// The number of the list.
    pub seq: u64,
    /// How many sessions are on it.
    pub sessions: usize,
    /// How many sessions may be on it.
    pub most_sessions: usize,
    /// How many people are on it.
    pub subjects: usize,
    /// How many people may be on it.
    pub most_subjects: usize,
    /// The last second of the record that is over next, `None` if none lies ahead.
    pub next_over: Option<Timestamp>,
}

impl ListReport {
    fn of(list: &RevocationList, limits: ListLimits, now: Timestamp) -> Self {
        let until = |record| match record {
            ListRecord::Session { until, .. } | ListRecord::Subject { until, .. } => until,
        };
        let ends = list.records().map(until);
        Self {
            seq: list.seq(),
            sessions: list.session_records(),
            most_sessions: RevocationList::MAX_SESSIONS.min(limits.records),
            subjects: list.subject_records(),
            most_subjects: RevocationList::MAX_SUBJECTS.min(limits.records),
            next_over: ends.filter(|until| *until >= now).min(),
        }
    }
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
        let list = match self.store.list_limits() {
            None => Ok(None),
            Some(limits) => self.store.load_list().await.map(|stored| {
                let list = stored.list.as_ref();
                list.map(|list| ListReport::of(list, limits, now))
            }),
        };
        Ok(Report {
            policy,
            outlook,
            found,
            list,
            now,
            place: self.store.place(&head),
            delivery: head.delivery,
            ring: head.ring,
        })
    }
}
