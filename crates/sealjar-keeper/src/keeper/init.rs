//! How does a ring begin?

use crate::error::KeeperError;
use crate::keeper::{Keeper, mint};
use crate::plan::{self, Change};
use crate::refusal::Refused;
use crate::store::{Damage, RingStore, Stored, Version};

impl<S: RingStore> Keeper<S> {
    /// Begins a ring.
    ///
    /// # Errors
    /// [`KeeperError::Exists`] if anything of a ring is there.
    pub async fn init(&self, name: &str) -> Result<Change, KeeperError> {
        let change = self.preview_init(name).await?;
        self.commit_and_publish(&Version::none(), &change).await?;
        Ok(change)
    }

    /// Decides on a first ring without beginning it.
    ///
    /// # Errors
    /// As [`init`](Self::init).
    pub async fn preview_init(&self, name: &str) -> Result<Change, KeeperError> {
        match self.store.load().await? {
            Stored::Nothing => {}
            // It is whole, and where its key is it can be read.
            Stored::Damaged {
                damage: Damage::Sealed { epoch, .. },
                ..
            } => {
                let name = name.into();
                return Err(KeeperError::Exists { name, epoch });
            }
            Stored::Damaged { damage, .. } => return Err(KeeperError::Damaged(damage)),
            Stored::Head(head) => {
                return Err(KeeperError::Exists {
                    name: head.ring.name().into(),
                    epoch: head.ring.epoch(),
                });
            }
        }
        let policy = self.policy(None)?;
        let first = plan::first(name, &policy, (self.clock)()?, &mint)?;
        let mut draft = first.ring.draft();
        draft.apps = self.apps.clone();
        Ok(Change {
            ring: draft.build().map_err(Refused::from)?,
            ..first
        })
    }
}
