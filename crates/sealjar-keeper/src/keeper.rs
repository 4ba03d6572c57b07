//! What does a keeper do, one turn at a time?
//!
//! Load, finish publishing the head, plan, commit, publish, and say when to come back. A turn may
//! be killed between any two of these, or be told an error that was a success: the next one finds
//! what it left and goes on from there. Any number of keepers may turn at once, and one of them
//! commits.

mod commit;
mod init;
mod restore;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sealjar::{ClockError, Key, KeyRing, RandomError, Suite, Timestamp};

use crate::delivery::Delivery;
use crate::error::KeeperError;
use crate::plan::{self, Change, ClockTrust, Outlook, Plan, Situation, Wait};
use crate::policy::{PolicySettings, RotationPolicy};
use crate::refusal::Refused;
use crate::step::Step;
use crate::store::{Found, Head, Place, Published, RingStore, StoreError, Stored};

/// Keeps the ring of one store: rotates it in time, and changes it when a person asks.
///
/// # Examples
/// ```
/// use sealjar_keeper::Keeper;
/// use sealjar_keeper::policy::PolicySettings;
/// use sealjar_keeper::store::FileStore;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("session-ring.json");
/// // `path` is the document that replicas read.
/// let keeper = Keeper::new(FileStore::new(&path), PolicySettings::default());
/// keeper.init("web").await?;
/// // Call this again and again, or let a `Daemon` do it.
/// let turn = keeper.turn().await?;
/// assert!(turn.steps.is_empty(), "nothing is due for a week");
/// assert!(turn.wait.until.is_some());
/// # Ok(())
/// # }
/// ```
pub struct Keeper<S> {
    store: S,
    settings: PolicySettings,
    apps: BTreeSet<String>,
    clock: Clock,
    clock_is_right: bool,
    replaces: bool,
    /// What the clock showed when it was found to fit last.
    last_check: Mutex<Option<Timestamp>>,
}

type Clock = Arc<dyn Fn() -> Result<Timestamp, ClockError> + Send + Sync>;

/// What a turn came to.
#[derive(Debug)]
pub struct Turn {
    /// The ring as it is now.
    pub ring: KeyRing,
    /// What changed, nothing in most turns.
    pub steps: Vec<Step>,
    /// Whether the head had to be put where replicas look.
    pub published: bool,
    /// Whether something else was found where replicas look than what had been published, and put
    /// right.
    pub mended: bool,
    /// What the next turn waits for.
    pub wait: Wait,
}

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
    /// What stands where replicas look.
    pub found: Found,
    /// What comes next.
    pub outlook: Outlook,
    /// When this was so.
    pub now: Timestamp,
}

impl<S: RingStore> Keeper<S> {
    /// Makes a keeper for a store. What the settings leave open stays as the ring has it.
    pub fn new(store: S, settings: PolicySettings) -> Self {
        Self {
            store,
            settings,
            apps: BTreeSet::new(),
            clock: Arc::new(Timestamp::now),
            clock_is_right: false,
            replaces: false,
            last_check: Mutex::new(None),
        }
    }

    /// Lets a document of another ring take the place of what the store holds, which a restore
    /// refuses else.
    #[must_use]
    pub const fn replaces(mut self, replaces: bool) -> Self {
        self.replaces = replaces;
        self
    }

    /// Names the applications that a ring is for which this keeper begins, at most 64.
    #[must_use]
    pub fn apps(mut self, apps: impl IntoIterator<Item = String>) -> Self {
        self.apps = apps.into_iter().collect();
        self
    }

    /// Tells the keeper the time by another clock than the system's.
    #[must_use]
    pub fn clock(
        mut self,
        clock: impl Fn() -> Result<Timestamp, ClockError> + Send + Sync + 'static,
    ) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Goes by the clock whatever was decided before, because a person says that it is right. What
    /// lies ahead of it is pulled back with the next change. Not for a keeper that runs for ever:
    /// it is what tells it that its own clock is wrong.
    #[must_use]
    pub const fn clock_is_right(mut self, is_right: bool) -> Self {
        self.clock_is_right = is_right;
        self
    }

    /// Returns the store.
    #[must_use]
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// Does what is due, if anything is.
    ///
    /// # Errors
    /// [`KeeperError`]. The ring is whole whatever it is, and the next turn goes on.
    pub async fn turn(&self) -> Result<Turn, KeeperError> {
        let (mut head, mut published) = self.published_head().await?;
        let mended = published == Published::Mended;
        let mut steps = Vec::new();
        // Only when the head is where replicas look may anything be decided over it.
        if !matches!(published, Published::InProgress(_)) {
            match self.plan(&head)? {
                Plan::Commit(change) => {
                    self.forget_what_lies_ahead(&head).await?;
                    (head, published) = self.commit_and_publish(&head.version, &change).await?;
                    steps = change.steps;
                }
                Plan::Wait(_) => self.prune(&head).await?,
            }
        }
        let wait = match &published {
            Published::InProgress(what) => Wait {
                until: None,
                reason: plan::WaitReason::Publication(what.clone()),
            },
            Published::Written | Published::Mended | Published::Unchanged => {
                match self.plan(&head)? {
                    Plan::Wait(wait) => wait,
                    Plan::Commit(_) => Wait {
                        until: Some((self.clock)()?),
                        reason: plan::WaitReason::Rotation,
                    },
                }
            }
        };
        Ok(Turn {
            ring: head.ring,
            steps,
            published: mended || published == Published::Written,
            mended,
            wait,
        })
    }

    /// Decides what a turn would change, without changing it. A head that is not published yet
    /// counts as it is known to be delivered.
    ///
    /// # Errors
    /// [`KeeperError`], as the turn itself would give.
    pub async fn preview_turn(&self) -> Result<Plan, KeeperError> {
        self.plan(&self.head().await?)
    }

    /// Decides on a change without making it.
    ///
    /// # Errors
    /// [`KeeperError`], as the change itself would give.
    pub async fn preview(&self, decide: Decide<'_>) -> Result<Change, KeeperError> {
        self.a_person_asks()?;
        let head = self.head().await?;
        self.decide(&head, decide)
    }

    /// Makes a change that a person asks for, and begins to publish it. [`finish`](Self::finish)
    /// goes on with that where it takes a while.
    ///
    /// # Errors
    /// [`KeeperError`]. After [`StoreError::LostRace`] nothing was changed, and it may be tried
    /// again. After [`KeeperError::Unfinished`] it must not: the change is made, and the next turn
    /// publishes it.
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
    /// // Logs one person out of one application.
    /// let change = keeper
    ///     .change(&|ring| ring.revoke_subject("shop-prod", "42", None))
    ///     .await?;
    /// assert!(change.steps[0].to_string().contains("42"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn change(&self, decide: Decide<'_>) -> Result<Change, KeeperError> {
        self.a_person_asks()?;
        let (head, held_up) = match self.published_head().await {
            Ok((head, _)) => (head, None),
            Err(KeeperError::Store(
                held_up @ (StoreError::Backend(_)
                | StoreError::Export { .. }
                | StoreError::NotOurs { .. }
                | StoreError::RollOut { .. }),
            )) => (self.head().await?, Some(held_up)),
            Err(error) => return Err(error),
        };
        let change = self.decide(&head, decide)?;
        // A revocation waits for no roll-out, which may stand still for the very reason. All else
        // does.
        if let Some(held_up) = held_up
            && !change.steps.iter().any(Step::revokes)
        {
            return Err(held_up.into());
        }
        self.forget_what_lies_ahead(&head).await?;
        self.commit_and_publish(&head.version, &change).await?;
        Ok(change)
    }

    /// Tells how the ring stands. Changes nothing.
    ///
    /// # Errors
    /// [`KeeperError`] when there is no ring, or none that can go on.
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

    async fn head(&self) -> Result<Head, KeeperError> {
        match self.store.load().await? {
            Stored::Nothing => Err(KeeperError::NoRing),
            Stored::Damaged { damage, .. } => Err(KeeperError::Damaged(damage)),
            Stored::Head(head) => Ok(*head),
        }
    }

    fn plan(&self, head: &Head) -> Result<Plan, KeeperError> {
        self.with_situation(head, |it| it.turn())
    }

    fn decide(&self, head: &Head, decide: Decide<'_>) -> Result<Change, KeeperError> {
        self.with_situation(head, decide)
    }

    fn policy(&self, ring: Option<&KeyRing>) -> Result<RotationPolicy, KeeperError> {
        Ok(self.settings.resolve(ring).map_err(Refused::from)?)
    }

    /// Decides over a head by the clock as it is now.
    fn with_situation<T>(
        &self,
        head: &Head,
        decide: impl FnOnce(&Situation<'_>) -> Result<T, Refused>,
    ) -> Result<T, KeeperError> {
        let policy = self.policy(Some(&head.ring))?;
        let now = (self.clock)()?;
        let pulled = self.pulled_back(head, &policy, now)?;
        let (ring, delivery) = match &pulled {
            Some((ring, delivery)) => (ring, delivery),
            None => (&head.ring, &head.delivery),
        };
        Ok(decide(&Situation {
            ring,
            delivery,
            policy: &policy,
            publishing: self.store.publishing(),
            now,
            clock: if self.clock_is_right {
                ClockTrust::Vouched {
                    pulled_back: pulled.is_some(),
                }
            } else {
                ClockTrust::Checked {
                    last: *self.last_check(),
                }
            },
            mint: &mint,
        })?)
    }

    /// An emergency does not wait for somebody to find out why no keeper has run for long.
    fn a_person_asks(&self) -> Result<(), KeeperError> {
        *self.last_check() = Some((self.clock)()?);
        Ok(())
    }

    pub(super) fn last_check(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.last_check
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What of a head lies ahead of a clock that a person vouches for, pulled back.
    fn pulled_back(
        &self,
        head: &Head,
        policy: &RotationPolicy,
        now: Timestamp,
    ) -> Result<Option<(KeyRing, Delivery)>, KeeperError> {
        if !self.clock_is_right {
            return Ok(None);
        }
        let skew = policy.timing().skew.max(head.ring.timing().skew);
        Ok(plan::pull_back(&head.ring, &head.delivery, skew, now)?)
    }
}

impl<S: fmt::Debug> fmt::Debug for Keeper<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .field("store", &self.store)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// A decision about a ring, such as `&|situation| situation.rotate(false)`.
pub type Decide<'a> = &'a (dyn Fn(&Situation<'_>) -> Result<Change, Refused> + Sync);

fn mint(suite: Suite) -> Result<Key, RandomError> {
    Key::generate(suite)
}

#[cfg(test)]
mod tests;
