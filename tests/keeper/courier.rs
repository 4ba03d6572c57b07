//! Delivers a ring to replicas that do not share a directory, one after the other, as between
//! machines.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Copies a document to several places, each some time after it has changed.
pub(crate) struct Courier {
    over: Arc<AtomicBool>,
    carrying: Vec<JoinHandle<()>>,
}

impl Courier {
    /// Copies the document to each place once, and again whenever it has changed.
    pub(crate) fn start(document: &Path, places: Vec<(PathBuf, Duration)>) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let carrying = places.into_iter().map(|(place, late)| {
            let mut last = fs::read(document).unwrap();
            deliver(&last, &place);
            let (document, over) = (document.to_owned(), Arc::clone(&over));
            std::thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    let looked = Instant::now();
                    let found = fs::read(&document).unwrap();
                    std::thread::sleep(late.saturating_sub(looked.elapsed()));
                    if found != last {
                        deliver(&found, &place);
                        last = found;
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
            })
        });
        Self {
            carrying: carrying.collect(),
            over,
        }
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.carrying.drain(..) {
            // If a courier fails, its replica falls behind, and the test notices.
            _ = thread.join();
        }
    }
}

fn deliver(document: &[u8], place: &Path) {
    let beside = place.with_extension("new");
    fs::write(&beside, document).unwrap();
    // A replica refuses a ring that others may write to, as some umasks would leave it.
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o640)).unwrap();
    fs::rename(beside, place).unwrap();
}
