//! How does a person change a ring?

use crate::error::KeeperError;
use crate::keeper::Keeper;
use crate::plan::{Change, Situation};
use crate::refusal::Refused;
use crate::step::Step;
use crate::store::{Head, RingStore, StoreError};

/// A decision about a ring, such as `&|situation| situation.rotate(false)`.
pub type Decide<'a> = &'a (dyn Fn(&Situation<'_>) -> Result<Change, Refused> + Sync);

impl<S: RingStore> Keeper<S> {
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
    /// continues that if it takes a while.
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
        self.keep_listed_longer(&head, &change).await?;
        self.commit_and_publish(&head.version, &change).await?;
        Ok(change)
    }

    fn decide(&self, head: &Head, decide: Decide<'_>) -> Result<Change, KeeperError> {
        self.with_situation(head, decide)
    }

    /// An emergency does not wait for somebody to find out why no keeper has run for long.
    pub(super) fn a_person_asks(&self) -> Result<(), KeeperError> {
        *self.last_check() = Some((self.clock)()?);
        Ok(())
    }
}
