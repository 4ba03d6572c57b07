//! When may a file have changed?

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::watch;

/// Hears of changes in one directory.
///
/// A watch on the file would hear nothing more after the first rename over it, nor after a swap of the
/// symbolic links that Kubernetes puts before it. Clones share the operating system's watch, and each
/// hears everything.
#[derive(Clone, Debug)]
pub(crate) struct DirectoryWatch {
    directory: PathBuf,
    watch: Arc<Mutex<Watch>>,
    heard: watch::Receiver<()>,
}

#[derive(Debug)]
struct Watch {
    system: Option<RecommendedWatcher>,
    failing: bool,
    hear: watch::Sender<()>,
}

impl DirectoryWatch {
    /// Watches where a file is, once it is armed.
    pub(crate) fn around(file: &Path) -> Self {
        let directory = match file.parent() {
            Some(directory) if directory.as_os_str().is_empty() => Path::new("."),
            Some(directory) => directory,
            None => file,
        };
        let (hear, heard) = watch::channel(());
        Self {
            directory: directory.to_owned(),
            watch: Arc::new(Mutex::new(Watch {
                system: None,
                failing: false,
                hear,
            })),
            heard,
        }
    }

    /// Watches the directory that has this path now. Blocks for as long as the file system does.
    ///
    /// A watch belongs to a directory and not to its path. Whoever arms before each look follows a
    /// directory that was removed and made again, or another one put in its place.
    pub(crate) fn arm(&self) {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let armed = watch.arm(&self.directory);
        let failed = armed.is_err();
        if let Err(error) = armed
            && !watch.failing
        {
            tracing::warn!(
                target: "sealjar",
                directory = %self.directory.display(),
                %error,
                "the key ring's directory cannot be watched; the ring is polled all the same"
            );
        }
        watch.failing = failed;
    }

    /// Forgets what was heard so far.
    pub(crate) fn forget(&mut self) {
        self.heard.mark_unchanged();
    }

    /// Waits for something in the directory to change.
    pub(crate) async fn changed(&mut self) {
        if self.heard.changed().await.is_err() {
            // The sender lives in `watch`, so this cannot be; and if it were, nothing would come.
            std::future::pending().await
        }
    }
}

impl Watch {
    fn arm(&mut self, directory: &Path) -> notify::Result<()> {
        let system = match &mut self.system {
            Some(system) => {
                // It fails when the directory is gone, and then there is nothing to leave.
                _ = system.unwatch(directory);
                system
            }
            none => {
                let hear = self.hear.clone();
                none.insert(notify::recommended_watcher(
                    move |event: notify::Result<notify::Event>| {
                        // An error may mean that events were lost.
                        if event.map_or(true, |event| is_change(event.kind)) {
                            hear.send_replace(());
                        }
                    },
                )?)
            }
        };
        system.watch(directory, RecursiveMode::NonRecursive)
    }
}

/// Reading the ring is no change: to hear of it would mean to read it again.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}
