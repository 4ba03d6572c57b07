//! Stops the process in order, and announces it before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

/// The orderly shutdown of a replica. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(Arc<AtomicBool>);

impl Shutdown {
    /// Returns whether the process was asked to stop, which the health page then shows.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits until the process should stop listening: `grace` after it was [asked to
    /// stop](asked_to_stop), so that a load balancer that polls has noticed first and sends no
    /// visitor to a closed port. A second request to stop ends the grace period.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn after(self, grace: Duration) -> impl Future<Output = ()> {
        let asked = asked_to_stop();
        async move {
            asked.await;
            self.0.store(true, Ordering::Relaxed);
            tracing::info!("asked to stop, serving for {grace:?} more");
            tokio::select! {
                () = tokio::time::sleep(grace) => {}
                () = asked_to_stop() => {}
            }
        }
    }
}

/// Waits for Ctrl-C or SIGTERM, which orchestrators send. Both are caught from this call on, not
/// only from the first poll: otherwise a signal in between would end the process at once.
///
/// # Panics
/// Outside of a tokio runtime.
#[cfg(unix)]
pub fn asked_to_stop() -> impl Future<Output = ()> {
    let [interrupt, terminate] = [SignalKind::interrupt(), SignalKind::terminate()].map(heard);
    async {
        tokio::select! {
            () = interrupt => {}
            () = terminate => {}
        }
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub async fn asked_to_stop() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
fn heard(kind: SignalKind) -> impl Future<Output = ()> {
    let signal = signal(kind);
    async {
        match signal {
            Ok(mut signal) => _ = signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    }
}
