//! How is a ring kept in files, and given to whoever reads one of them?
//!
//! Replicas read the ring's document. Beside it stands the store's own directory:
//!
//! ```text
//! session-ring.json                 the document, as it was published
//! session-ring.json.keeper/         open to the keeper alone
//!     head.json                     the last epoch that was committed
//!     published.json                which epochs were published, and when
//!     kept/<epoch>.json             earlier epochs, for a person to restore from
//!     lock                          held while something is written
//! ```
//!
//! Renaming the next `head.json` into place is the commit. Dying before or after it leaves an epoch that is
//! committed or not, and what is missing of it is finished by the next turn.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sealjar::{KeyRing, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::delivery::{Delivery, Finished, Publications};
use crate::plan::Publishing;
use crate::store::disk::Disk;
use crate::store::{Damage, Head, Published, RingStore, StoreError, Stored, Version};

/// Keeps a ring in files. Use one file system that all its keepers share and that knows locks.
#[derive(Debug)]
pub struct FileStore {
    document: PathBuf,
    directory: PathBuf,
    disk: Disk,
}

impl FileStore {
    /// Names the document that replicas read. Its directory has to be there.
    pub fn new(document: impl Into<PathBuf>) -> Self {
        let document = document.into();
        let mut directory = document.clone().into_os_string();
        directory.push(".keeper");
        Self {
            document,
            directory: directory.into(),
            disk: Disk::default(),
        }
    }

    /// Returns the path of the document that replicas read.
    #[must_use]
    pub fn document(&self) -> &Path {
        &self.document
    }

    fn load_now(&self) -> Result<Stored, StoreError> {
        if self.disk.is_link(&self.document) {
            return Err(StoreError::Link {
                path: self.document.clone(),
            });
        }
        let delivered = self.read_document()?;
        let Some(head) = self.disk.read(&self.head())? else {
            return self.without_head(delivered);
        };
        let version = version_of(&head);
        let damaged = |damage: Damage, ring: Option<KeyRing>, delivered| {
            let mut known = self.kept()?;
            known.extend(ring);
            known.extend(delivered);
            Ok(Stored::Damaged {
                version: version.clone(),
                damage,
                known,
            })
        };
        let ring = match KeyRing::from_json(&head) {
            Ok(ring) => ring,
            Err(error) => {
                let place = self.head();
                return damaged(Damage::HeadUnreadable { place, error }, None, delivered);
            }
        };
        if let Some(delivered) = delivered {
            if delivered.name() != ring.name() {
                return Err(StoreError::Foreign {
                    path: self.document.clone(),
                    found: delivered.name().into(),
                });
            }
            if delivered.epoch() > ring.epoch() {
                let damage = Damage::HeadBehind {
                    head: ring.epoch(),
                    delivered: delivered.epoch(),
                };
                return damaged(damage, Some(ring), Some(delivered));
            }
        }
        Ok(Stored::Head(Box::new(Head {
            ring,
            version,
            delivery: Delivery::Unacknowledged(self.publications()?),
        })))
    }

    /// Tells a place where nothing was from one that has lost its head.
    fn without_head(&self, delivered: Option<KeyRing>) -> Result<Stored, StoreError> {
        let kept = self.kept()?;
        let found = if !kept.is_empty() {
            self.kept_directory()
        } else if self.disk.read(&self.document)?.is_some() {
            self.document.clone()
        } else {
            return Ok(Stored::Nothing);
        };
        Ok(Stored::Damaged {
            version: Version::none(),
            damage: Damage::HeadMissing { found },
            known: kept.into_iter().chain(delivered).collect(),
        })
    }

    fn commit_now(&self, over: &Version, next: &KeyRing) -> Result<(), StoreError> {
        self.disk.make_directory(&self.directory)?;
        self.disk.make_directory(&self.kept_directory())?;
        let _lock = self.lock()?;
        if let Some(head) = self.check_version(over)?
            && let Ok(ring) = KeyRing::from_json(&head)
        {
            self.disk
                .put(&self.kept_epoch(ring.epoch()), &head, false)?;
        }
        self.disk
            .put(&self.head(), next.to_json().as_bytes(), false)
    }

    fn publish_now(&self, head: &Head) -> Result<Published, StoreError> {
        let text = head.ring.to_json();
        if self.stands(&text)? {
            return Ok(Published::Stood);
        }
        let _lock = self.lock()?;
        self.check_version(&head.version)?;
        if self.stands(&text)? {
            return Ok(Published::Stood);
        }
        self.disk.put(&self.document, text.as_bytes(), true)?;
        Ok(Published::Put)
    }

    /// Reads the head if it is still the one that something was decided over.
    fn check_version(&self, over: &Version) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let head = self.disk.read(&self.head())?;
        let standing = head
            .as_ref()
            .map_or_else(Version::none, |it| version_of(it));
        if standing == *over {
            Ok(head)
        } else {
            Err(StoreError::LostRace)
        }
    }

    fn stands(&self, text: &str) -> Result<bool, StoreError> {
        let standing = self.disk.read(&self.document)?;
        Ok(standing.is_some_and(|standing| *standing == text.as_bytes()))
    }

    fn record_now(&self, head: &Head) -> Result<(), StoreError> {
        let Delivery::Unacknowledged(publications) = &head.delivery else {
            return Ok(());
        };
        let lines: Vec<RecordLine> = publications.finished().iter().map(RecordLine::of).collect();
        let text = serde_json::to_string(&lines).unwrap_or_default();
        let _lock = self.lock()?;
        self.check_version(&head.version)?;
        self.disk.put(&self.record_file(), text.as_bytes(), false)
    }

    fn tidy_now(&self, may_keep: &dyn Fn(&KeyRing) -> bool) -> Result<(), StoreError> {
        let files = self.kept_files()?;
        let surplus = files.len().saturating_sub(MAX_KEPT);
        let _lock = if files.is_empty() {
            None
        } else {
            Some(self.lock()?)
        };
        for (at, (_, path)) in files.iter().enumerate() {
            let ring = self.disk.read(path)?;
            let ring = ring.as_deref().map(|text| KeyRing::from_json(text));
            // What cannot be read may hold any secret.
            let stays = matches!(ring, Some(Ok(ring)) if may_keep(&ring));
            if at < surplus || !stays {
                self.disk.remove(path)?;
            }
        }
        Ok(())
    }

    /// The document as it was delivered. One that is no ring is as good as none: it is put right.
    fn read_document(&self) -> Result<Option<KeyRing>, StoreError> {
        let text = self.disk.read(&self.document)?;
        Ok(text.and_then(|text| KeyRing::from_json(&text).ok()))
    }

    /// What was recorded of publications. A record that cannot be read is as good as none: what was
    /// published counts from the next turn on.
    fn publications(&self) -> Result<Publications, StoreError> {
        let text = self.disk.read(&self.record_file())?.unwrap_or_default();
        let lines: Vec<RecordLine> = serde_json::from_slice(&text).unwrap_or_default();
        let finished: Option<Vec<Finished>> = lines.iter().map(RecordLine::finished).collect();
        Ok(Publications::recorded(finished.unwrap_or_default()))
    }

    /// The earlier epochs that are kept and can be read, the earliest first.
    fn kept(&self) -> Result<Vec<KeyRing>, StoreError> {
        let mut kept = Vec::new();
        for (_, path) in self.kept_files()? {
            let text: Option<Zeroizing<Vec<u8>>> = self.disk.read(&path)?;
            kept.extend(text.and_then(|text| KeyRing::from_json(&text).ok()));
        }
        Ok(kept)
    }

    fn kept_files(&self) -> Result<Vec<(u64, PathBuf)>, StoreError> {
        let mut files: Vec<(u64, PathBuf)> = self
            .disk
            .list(&self.kept_directory())?
            .into_iter()
            .map(|path| {
                let epoch = path
                    .file_stem()
                    .and_then(|stem| stem.to_str()?.parse().ok());
                // Whatever else lies here is the first to go.
                (epoch.unwrap_or(0), path)
            })
            .collect();
        files.sort_unstable();
        Ok(files)
    }

    fn head(&self) -> PathBuf {
        self.directory.join("head.json")
    }

    fn record_file(&self) -> PathBuf {
        self.directory.join("published.json")
    }

    fn kept_directory(&self) -> PathBuf {
        self.directory.join("kept")
    }

    fn kept_epoch(&self, epoch: u64) -> PathBuf {
        self.kept_directory().join(format!("{epoch}.json"))
    }

    /// Waits for the lock that all keepers of this store share. It is let go when the file is closed,
    /// however the process ends.
    fn lock(&self) -> Result<File, StoreError> {
        let path = self.directory.join("lock");
        let file = self.disk.open_lock(&path)?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => {
                    let doing = "lock";
                    return Err(StoreError::Io { doing, path, error });
                }
                Err(TryLockError::WouldBlock) if begun.elapsed() > LOCK_PATIENCE => {
                    return Err(StoreError::Busy { lock: path });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_RETRY),
            }
        }
    }
}

impl RingStore for FileStore {
    async fn load(&self) -> Result<Stored, StoreError> {
        self.load_now()
    }

    async fn commit(&self, over: &Version, next: &KeyRing) -> Result<(), StoreError> {
        self.commit_now(over, next)
    }

    async fn publish(&self, head: &Head) -> Result<Published, StoreError> {
        self.publish_now(head)
    }

    async fn record(&self, head: &Head) -> Result<(), StoreError> {
        self.record_now(head)
    }

    async fn tidy(
        &self,
        _head: &Head,
        may_keep: &(dyn Fn(&KeyRing) -> bool + Sync),
    ) -> Result<(), StoreError> {
        self.tidy_now(may_keep)
    }

    fn publishing(&self) -> Publishing {
        Publishing::Free
    }
}

/// A publication, as it is recorded.
#[derive(Deserialize, Serialize)]
struct RecordLine {
    epoch: u64,
    at: String,
}

impl RecordLine {
    fn of(finished: &Finished) -> Self {
        Self {
            epoch: finished.epoch,
            at: finished.at.to_string(),
        }
    }

    fn finished(&self) -> Option<Finished> {
        let at: Timestamp = self.at.parse().ok()?;
        Some(Finished {
            epoch: self.epoch,
            at,
        })
    }
}

fn version_of(bytes: &[u8]) -> Version {
    let digest = Sha256::digest(bytes);
    Version::new(
        digest
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>(),
    )
}

/// How many earlier epochs are kept.
const MAX_KEPT: usize = 8;
const LOCK_PATIENCE: Duration = Duration::from_secs(10);
const LOCK_RETRY: Duration = Duration::from_millis(10);
