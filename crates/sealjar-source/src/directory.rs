//! When may a file have changed?

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode};
use tokio::sync::watch;

use crate::error::shown;

/// Watches one directory for changes.
///
/// A watch on the file would report nothing after the first rename over it, or after Kubernetes
/// swaps the symbolic links before it. Clones share the operating system's watch, and each gets
/// every event.
#[derive(Clone, Debug)]
pub(crate) struct DirectoryWatch {
    directory: PathBuf,
    watch: Arc<Mutex<Watch<RecommendedWatcher>>>,
    heard: watch::Receiver<()>,
}

#[derive(Debug)]
struct Watch<W> {
    system: Option<W>,
    /// Why the watch does not work.
    failure: Option<String>,
    warned: bool,
    hear: watch::Sender<()>,
}

impl DirectoryWatch {
    /// Makes a watch for the directory of a file. It works once it is armed.
    pub(crate) fn around(file: &Path) -> Self {
        let directory = directory_of(file);
        let (hear, heard) = watch::channel(());
        Self {
            directory: directory.to_owned(),
            watch: Arc::new(Mutex::new(Watch::new(hear))),
            heard,
        }
    }

    /// Watches the directory that this path leads to now. Blocks for as long as the file system
    /// does.
    ///
    /// A watch belongs to a directory, not to its path. Arming it again before each look follows a
    /// directory that was removed and made again, or replaced by another. If arming fails, there
    /// are no events until it succeeds.
    pub(crate) fn arm(&self) {
        self.lock().arm(&self.directory);
    }

    /// Warns, once per failure, that the watch does not work.
    pub(crate) fn warn_if_deaf(&self) {
        if let Some(error) = self.lock().news_of_failure() {
            tracing::warn!(
                target: "sealjar",
                directory = shown(&self.directory),
                %error,
                "the key ring's directory cannot be watched; the ring is still polled"
            );
        }
    }

    /// Makes arming hang, as a file system would.
    #[cfg(test)]
    pub(crate) fn hold(&self) -> impl Drop {
        self.lock()
    }

    /// Forgets the events so far.
    pub(crate) fn forget(&mut self) {
        self.heard.mark_unchanged();
    }

    /// Waits for something in the directory to change.
    pub(crate) async fn changed(&mut self) {
        if self.heard.changed().await.is_err() {
            // The sender lives in `watch`, so this cannot happen; if it did, no event would come.
            std::future::pending().await
        }
    }

    fn lock(&self) -> MutexGuard<'_, Watch<RecommendedWatcher>> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: notify::Watcher> Watch<W> {
    const fn new(hear: watch::Sender<()>) -> Self {
        Self {
            system: None,
            failure: None,
            warned: false,
            hear,
        }
    }

    fn arm(&mut self, directory: &Path) {
        // A watcher whose own thread has died panics at every call, and when it is dropped.
        let armed = catch_unwind(AssertUnwindSafe(|| self.try_arm(directory)));
        self.failure = match armed {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("the watcher panicked".into()),
        };
        if self.failure.is_some() {
            let broken = self.system.take();
            _ = catch_unwind(AssertUnwindSafe(|| drop(broken)));
        } else {
            self.warned = false;
        }
    }

    fn news_of_failure(&mut self) -> Option<&str> {
        let failure = self.failure.as_deref()?;
        (!std::mem::replace(&mut self.warned, true)).then_some(failure)
    }

    fn try_arm(&mut self, directory: &Path) -> notify::Result<()> {
        let system = match &mut self.system {
            Some(system) => {
                // This fails if the directory is gone, and then there is no watch to remove.
                _ = system.unwatch(directory);
                system
            }
            none => {
                let hear = self.hear.clone();
                let on_event = move |event: notify::Result<notify::Event>| {
                    // An error may mean that events were lost.
                    if event.map_or(true, |event| is_change(event.kind)) {
                        hear.send_replace(());
                    }
                };
                none.insert(W::new(on_event, notify::Config::default())?)
            }
        };
        system.watch(directory, RecursiveMode::NonRecursive)
    }
}

/// Returns the directory that contains a file's name.
pub(crate) fn directory_of(file: &Path) -> &Path {
    match file.parent() {
        Some(directory) if directory.as_os_str().is_empty() => Path::new("."),
        Some(directory) => directory,
        None => file,
    }
}

/// Reading the ring is not a change: reporting it would cause another read.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use notify::{Config, EventHandler, WatcherKind};

    use super::*;

    /// A watcher whose thread has died: only the first one, not those that are made later.
    struct Dying(usize);

    static MADE: AtomicUsize = AtomicUsize::new(0);

    impl Dying {
        fn answer(&self) -> notify::Result<()> {
            assert!(self.0 > 0, "the thread is gone");
            Ok(())
        }
    }

    impl notify::Watcher for Dying {
        fn new<F: EventHandler>(_: F, _: Config) -> notify::Result<Self> {
            Ok(Self(MADE.fetch_add(1, Ordering::Relaxed)))
        }
        fn watch(&mut self, _: &Path, _: RecursiveMode) -> notify::Result<()> {
            self.answer()
        }
        fn unwatch(&mut self, _: &Path) -> notify::Result<()> {
            self.answer()
        }
        fn kind() -> WatcherKind {
            WatcherKind::NullWatcher
        }
    }

    impl Drop for Dying {
        fn drop(&mut self) {
            _ = self.answer();
        }
    }

    #[test]
    fn a_watcher_that_panics_is_replaced_and_takes_nobody_with_it() {
        let here = Path::new(".");
        let mut watch = Watch::<Dying>::new(watch::channel(()).0);
        watch.arm(here);
        assert_eq!(watch.news_of_failure(), Some("the watcher panicked"));
        watch.arm(here);
        assert!(watch.failure.is_none());
        assert!(watch.system.is_some());

        // The negative control: without the catch, the panic would end the caller.
        watch.system = Some(Dying(0));
        let gone = catch_unwind(AssertUnwindSafe(|| watch.try_arm(here)));
        assert!(gone.is_err());
        watch.arm(here);
        assert!(watch.system.is_none());
    }

    #[test]
    fn a_failure_is_news_once_until_it_has_healed() {
        let root = tempfile::tempdir().unwrap();
        let missing = root.path().join("missing");
        let mut watch = Watch::<RecommendedWatcher>::new(watch::channel(()).0);
        for _ in 0..2 {
            watch.arm(&missing);
            assert!(watch.news_of_failure().is_some());
            watch.arm(&missing);
            assert!(watch.news_of_failure().is_none());
            watch.arm(root.path());
            assert!(watch.news_of_failure().is_none());
        }
    }

    #[test]
    fn a_file_named_without_a_directory_is_watched_where_the_process_stands() {
        let watch = DirectoryWatch::around(Path::new("ring.json"));
        assert_eq!(watch.directory, Path::new("."));
        watch.arm();
        assert!(watch.lock().failure.is_none());
    }
}
