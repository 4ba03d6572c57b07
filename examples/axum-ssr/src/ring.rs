//! How does a running replica get to know new keys?

use std::time::Duration;

use sealjar_axum::{FileSource, LiveRing};

/// Reads the ring again and again, for as long as the process lives. The last good ring stays in use
/// when the file is missing, broken or older; that is logged when it begins and when it ends.
pub async fn follow(source: FileSource, in_use: LiveRing, every: Duration) {
    let mut last_failure = None;
    loop {
        tokio::time::sleep(every).await;
        let (source, ring) = (source.clone(), in_use.clone());
        // A file system that hangs must not hang the requests.
        let refreshed = tokio::task::spawn_blocking(move || source.refresh(&ring));
        let failure = match refreshed.await {
            Ok(Ok(changed)) => {
                if changed {
                    tracing::info!(epoch = in_use.load().epoch(), "a new key ring is in use");
                }
                None
            }
            Ok(Err(error)) => Some(format!("{error}; hint: {}", error.hint())),
            Err(error) => Some(error.to_string()),
        };
        if failure != last_failure {
            match &failure {
                Some(failure) => tracing::error!("{failure}; the last good ring stays in use"),
                None => tracing::info!("the key ring can be read again"),
            }
            last_failure = failure;
        }
    }
}
