//! How does one keeper at a time write to a store?

use std::fs::{File, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::store::StoreError;
use crate::store::file::opened::Opened;

/// Waits for the lock that all keepers of this store share, and lets other tasks run meanwhile. It
/// is let go when the file is closed, however the process ends.
pub(super) async fn lock(opened: &Opened<'_>) -> Result<File, StoreError> {
    lock_within(opened, LOCK_TIMEOUT).await
}

pub(super) async fn lock_within(opened: &Opened<'_>, limit: Duration) -> Result<File, StoreError> {
    let file = opened.keeper()?.open_lock(LOCK.as_ref())?;
    let path = opened.path_of(LOCK);
    let locked = match file.try_lock() {
        Err(TryLockError::WouldBlock) => wait_for_lock(file, limit).await,
        tried => tried.map(|()| file),
    };
    locked.map_err(|error| match error {
        TryLockError::WouldBlock => StoreError::Busy { lock: path },
        TryLockError::Error(error) => {
            let doing = "lock";
            StoreError::Io { doing, path, error }
        }
    })
}

/// Waits on a thread of its own, so that a runtime of one thread runs other tasks meanwhile, and
/// one without timers will do.
async fn wait_for_lock(file: File, limit: Duration) -> Result<File, TryLockError> {
    let (tell, told) = oneshot::channel();
    let wait = move || {
        let begun = Instant::now();
        // Nobody waits for it any more once the channel is closed.
        while !tell.is_closed() {
            match file.try_lock() {
                Err(TryLockError::WouldBlock) if begun.elapsed() <= limit => {
                    thread::sleep(LOCK_RETRY);
                }
                tried => {
                    _ = tell.send(tried.map(|()| file));
                    return;
                }
            }
        }
    };
    let thread = thread::Builder::new().name("sealjar-keeper".into());
    thread.spawn(wait).map_err(TryLockError::Error)?;
    told.await.unwrap_or(Err(TryLockError::WouldBlock))
}

const LOCK: &str = "lock";
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);
const LOCK_RETRY: Duration = Duration::from_millis(10);
