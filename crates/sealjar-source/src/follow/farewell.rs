//! How does a replica end, so that no rotation waits for it?

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sealjar::Timestamp;
use sealjar_follow::Patience;
use tokio::task::JoinSet;

use crate::follow::exchange::ask;
use crate::follow::shared::Shared;

/// Tells the keepers that this replica ends. Clones are the same.
///
/// Without it a keeper waits for the replica for 10 minutes more before it rotates. Nothing else is
/// lost.
///
/// # Examples
/// ```no_run
/// # async fn serve_until_told_to_stop() {}
/// # async fn example(follow: sealjar_source::Follow) {
/// let farewell = follow.farewell();
/// // The watcher takes `follow`.
/// serve_until_told_to_stop().await;
/// farewell.send().await;
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Farewell(Arc<OnceLock<Arc<Shared>>>);

impl Farewell {
    pub(super) fn begin(&self, shared: &Arc<Shared>) {
        _ = self.0.set(Arc::clone(shared));
    }

    /// Asks nothing more, and tells each keeper that answers. Takes a second at most.
    pub async fn send(&self) {
        let Some(shared) = self.0.get() else {
            return;
        };
        let keepers = shared.end();
        let Ok(now) = Timestamp::now() else {
            return;
        };
        let held = shared.held().map(|it| it.head);
        let mut telling = JoinSet::new();
        for keeper in keepers {
            let Ok(question) = shared.question(held.clone(), now, Patience::Ends) else {
                return;
            };
            let bytes = question.to_bytes(&shared.key, &shared.ring);
            let ring = shared.ring.clone();
            telling.spawn(async move {
                // A keeper that does not hear it waits a while longer.
                _ = ask(keeper, &keeper.to_string(), &ring, bytes, PATIENCE).await;
            });
        }
        while telling.join_next().await.is_some() {}
    }
}

const PATIENCE: Duration = Duration::from_secs(1);
