//! What does a keeper do, one turn at a time?
//!
//! Load, finish publishing the head, plan, commit, publish, and say when to come back. A turn may
//! be killed between any two of these, or be told an error that was a success: the next one finds
//! what it left and continues from there. Any number of keepers may turn at once, and one of them
//! commits.

mod change;
mod commit;
mod init;
mod list;
mod report;
mod restore;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sealjar::{ClockError, Key, KeyRing, RandomError, Suite, Timestamp};

use crate::delivery::Delivery;
use crate::error::KeeperError;
use crate::followed::Followed;
pub use crate::keeper::change::Decide;
pub use crate::keeper::list::Listed;
use crate::keeper::list::is_head_behind;
pub use crate::keeper::report::{ListReport, Report};
use crate::plan::{self, ClockTrust, Plan, Situation, Wait};
use crate::policy::{PolicySettings, RotationPolicy};
use crate::refusal::Refused;
use crate::step::Step;
use crate::store::{Head, Published, RingStore, StoreError, Stored};

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
    followed: Option<Followed>,
    /// Held while the list of revocations is read and changed.
    listing: tokio::sync::Mutex<()>,
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
            followed: None,
            listing: tokio::sync::Mutex::new(()),
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

    /// Takes into account what replicas say that ask this keeper.
    #[doc(hidden)]
    pub fn set_followed(&mut self, followed: Followed) {
        self.followed = Some(followed);
    }

    /// Returns the store.
    #[must_use]
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// Does what is due, if anything is.
    ///
    /// # Errors
    /// [`KeeperError`]. The ring is whole in any case, and the next turn continues.
    pub async fn turn(&self) -> Result<Turn, KeeperError> {
        let (mut head, mut published) = self.published_head().await?;
        let mended = published == Published::Mended;
        let mut steps = Vec::new();
        self.look(&head).await?;
        self.pull_back_list(&head).await?;
        // Only when the head is where replicas look may anything be decided over it.
        if !matches!(published, Published::InProgress(_)) {
            match self.plan_of_turn(&head).await? {
                Plan::Commit(change) => {
                    self.forget_what_lies_ahead(&head).await?;
                    self.keep_listed_longer(&head, &change).await?;
                    (head, published) = self.commit_and_publish(&head.version, &change).await?;
                    if let Some(followed) = &self.followed {
                        followed.committed(&head.version);
                    }
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

    /// Plans a turn. Before it believes a replica that the store is behind, it looks again: another
    /// keeper may have committed meanwhile what the replica holds.
    async fn plan_of_turn(&self, head: &Head) -> Result<Plan, KeeperError> {
        let plan = self.plan(head);
        if !is_head_behind(&plan) {
            return plan;
        }
        if self.head().await?.version != head.version {
            return Err(StoreError::LostRace.into());
        }
        self.look(head).await?;
        self.plan(head)
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
        let followers = self.followed.as_ref();
        let followers = followers.map(|it| it.followers(head, now));
        Ok(decide(&Situation {
            ring,
            delivery,
            followers: followers.as_ref(),
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

    fn last_check(&self) -> MutexGuard<'_, Option<Timestamp>> {
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

fn mint(suite: Suite) -> Result<Key, RandomError> {
    Key::generate(suite)
}

#[cfg(test)]
mod tests;
