//! What does a person wait for after changing a ring?

use std::time::Duration;

use sealjar_keeper::delivery::Delivery;
use sealjar_keeper::plan::Publishing;
use sealjar_keeper::store::{Published, RingStore, StoreError};
use sealjar_keeper::{HumanDuration, Keeper, KeeperError, Step};
use tokio::time::sleep;

use crate::output::exit::CommandError;
use crate::output::progress::Progress;
use crate::output::roll_out::RollOut;

/// Keeps publishing an epoch until every service has it, and shows how far it has come. `steps`
/// are what it changes. Returns when replicas go by it, in words.
pub(crate) async fn deliver<S: RingStore>(
    keeper: &Keeper<S>,
    epoch: u64,
    steps: &[Step],
    progress: &Progress,
) -> Result<String, CommandError> {
    // A revocation waits for no service.
    let at_once = steps.iter().any(Step::revokes);
    let mut told = false;
    let mut shown: Option<RollOut> = None;
    loop {
        match keeper.finish().await {
            Ok(Published::Written | Published::Mended | Published::Unchanged) => {
                return arrival(keeper).await;
            }
            Ok(Published::InProgress(what)) => {
                if !std::mem::replace(&mut told, true) {
                    // Somebody who gives up waiting has to know.
                    progress.say(&format!("epoch {epoch} is committed, and on its way"));
                }
                match keeper.report().await {
                    Ok(report) => {
                        let now = RollOut::of(&report, epoch, at_once);
                        if let Some(now) = &now {
                            progress.show(now, shown.as_ref());
                        }
                        shown = now;
                    }
                    // The next look tells.
                    Err(_) => progress.tell(what),
                }
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

async fn arrival<S: RingStore>(keeper: &Keeper<S>) -> Result<String, CommandError> {
    let report = keeper.report().await?;
    let lagging = report.delivery.lagging(report.ring.epoch()).count();
    let timing = report.ring.timing();
    let within = HumanDuration::from_secs(timing.distribution.saturating_add(timing.skew));
    Ok(match (keeper.store().publishing(), &report.delivery) {
        (Publishing::Restarts, Delivery::Acknowledged(_)) if lagging > 0 => format!(
            "every service has it; {lagging} of the replicas serve on with an earlier one until they have ended"
        ),
        (Publishing::Restarts, _) => "every service has it".into(),
        (Publishing::Free, _) => format!("every replica goes by it within {within}"),
    })
}

/// How often to look. A roll-out takes seconds.
const GLANCE: Duration = Duration::from_millis(500);
