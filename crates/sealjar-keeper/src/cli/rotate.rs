//! How does a person rotate a ring by hand?

use clap::Args;
use sealjar_keeper::store::RingStore;
use sealjar_keeper::{Keeper, KeeperError, Refused};

use crate::cli::outcome::{Answer, Failure, warn};
use crate::cli::settings::Settings;
use crate::cli::{OnStore, change};

#[derive(Args, Debug)]
pub(crate) struct Rotate {
    /// Rotate though the standby may not be everywhere yet: replicas without it refuse its sessions
    #[arg(long)]
    force: bool,
    /// Say what would be changed, and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl OnStore for Rotate {
    async fn run<S: RingStore>(
        self,
        keeper: Keeper<S>,
        _settings: &Settings,
    ) -> Result<Answer, Failure> {
        if self.force
            && let Err(KeeperError::Refused(early @ Refused::NotHeld(_))) =
                keeper.preview(&|situation| situation.rotate(false)).await
        {
            warn(
                &format!("{early}: replicas without it refuse its sessions"),
                "without --force the keeper waits for them",
            );
        }
        let force = self.force;
        if self.dry_run {
            let change = keeper
                .preview(&move |situation| situation.rotate(force))
                .await?;
            return Ok(change::dry_run(&change));
        }
        let change = keeper
            .change(&move |situation| situation.rotate(force))
            .await?;
        Ok(change::made(&change))
    }
}
