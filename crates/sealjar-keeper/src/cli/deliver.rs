//! What does a person wait for who has changed a ring?

use std::time::Duration;

use sealjar_keeper::store::{Published, RingStore, StoreError};
use sealjar_keeper::{Keeper, KeeperError};
use tokio::time::sleep;

use crate::cli::outcome::Failure;
use crate::cli::patience::Patience;

/// Goes on publishing an epoch until every service has it, and says what that waits for.
pub(crate) async fn deliver<S: RingStore>(
    keeper: &Keeper<S>,
    epoch: u64,
    patience: &Patience,
) -> Result<(), Failure> {
    loop {
        match keeper.finish().await {
            Ok(Published::Put | Published::Stood) => return Ok(()),
            Ok(Published::Underway(what)) => {
                patience.tell(what);
                sleep(GLANCE).await;
            }
            // Another keeper does the same.
            Err(KeeperError::Store(StoreError::LostRace)) => sleep(GLANCE).await,
            Err(error) => {
                let cause = Box::new(error);
                return Err(KeeperError::Unfinished { epoch, cause }.into());
            }
        }
    }
}

/// How often to look. A roll-out takes seconds.
const GLANCE: Duration = Duration::from_millis(500);
