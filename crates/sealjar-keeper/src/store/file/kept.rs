//! Which earlier epochs are kept, and for how long?
//!
//! They are for a person to restore from. None may hold the secret of a key that is over: it would open
//! what was recorded long after everybody else has forgotten it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use sealjar::{KeyId, KeyRing};
use serde::Deserialize;

use crate::store::disk::beside;
use crate::store::file::{Document, FileStore, readable};
use crate::store::{Head, StoreError};

impl FileStore {
    /// Keeps a head that is about to be replaced. One that cannot be read is no use to anybody.
    pub(super) fn keep(&self, head: &Document) -> Result<(), StoreError> {
        match KeyRing::from_json(head) {
            Ok(ring) => {
                let path = self.kept_directory().join(format!("{}.json", ring.epoch()));
                self.disk.put(&path, head, false)
            }
            Err(_) => Ok(()),
        }
    }

    /// Whether a document is one of the earlier epochs, byte for byte.
    pub(super) fn keeps(&self, document: &Document) -> Result<bool, StoreError> {
        for (_, path) in self.kept_files()?.epochs {
            if self.disk.read(&path)?.as_ref() == Some(document) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The earlier epochs that are kept and can be read, the earliest first.
    pub(super) fn kept(&self) -> Result<Vec<KeyRing>, StoreError> {
        let mut kept = Vec::new();
        for (_, path) in self.kept_files()?.epochs {
            kept.extend(readable(self.disk.read(&path)?));
        }
        Ok(kept)
    }

    pub(super) fn tidy_now(
        &self,
        head: &Head,
        may_keep: &dyn Fn(&[KeyId]) -> bool,
    ) -> Result<(), StoreError> {
        if self.doomed(may_keep)?.is_empty() {
            return Ok(());
        }
        let _lock = self.lock()?;
        match self.check_version(&head.version) {
            // Another keeper has gone on. It knows of keys that this head does not, and tidies up itself.
            Err(StoreError::LostRace) => return Ok(()),
            standing => standing?,
        };
        // Asked again: a file that was being written has its place now, and one that still is not there
        // belongs to nobody.
        for path in self.doomed(may_keep)? {
            self.disk.remove(&path)?;
        }
        Ok(())
    }

    pub(super) fn kept_directory(&self) -> PathBuf {
        self.directory.join("kept")
    }

    /// The files that may not stay: whose writer died, epochs too many, and those that hold the secret
    /// of a key that is over.
    fn doomed(&self, may_keep: &dyn Fn(&[KeyId]) -> bool) -> Result<Vec<PathBuf>, StoreError> {
        let places = [self.head(), self.record_file(), self.document.clone()];
        let mut doomed: Vec<PathBuf> = places.iter().map(|place| beside(place)).collect();
        doomed.retain(|beside| self.disk.exists(beside));
        let KeptFiles { epochs, others } = self.kept_files()?;
        doomed.extend(others);
        let surplus = epochs.len().saturating_sub(MAX_KEPT);
        for (at, (_, path)) in epochs.into_iter().enumerate() {
            let stays = at >= surplus
                // What cannot be read may hold any secret.
                && self.keys_in(&path)?.is_some_and(|keys| may_keep(&keys));
            if !stays {
                doomed.push(path);
            }
        }
        Ok(doomed)
    }

    /// The keys whose secrets a kept epoch holds, `None` where that cannot be told.
    fn keys_in(&self, path: &Path) -> Result<Option<Vec<KeyId>>, StoreError> {
        let Some(modified) = self.disk.modified(path)? else {
            return Ok(None);
        };
        let mut known = self.known.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, keys)) = known.get(path)
            && *since == modified
        {
            return Ok(Some(keys.clone()));
        }
        let keys = self.disk.read(path)?.and_then(|it| keys_of(&it));
        if let Some(keys) = &keys {
            // Those of files that are gone by now.
            known.retain(|path, _| self.disk.exists(path));
            known.insert(path.to_owned(), (modified, keys.clone()));
        }
        Ok(keys)
    }

    fn kept_files(&self) -> Result<KeptFiles, StoreError> {
        let mut files = KeptFiles::default();
        for path in self.disk.list(&self.kept_directory())? {
            match epoch_of(&path) {
                Some(epoch) => files.epochs.push((epoch, path)),
                None => files.others.push(path),
            }
        }
        files.epochs.sort_unstable();
        Ok(files)
    }
}

/// The files where earlier epochs are kept.
#[derive(Default)]
struct KeptFiles {
    /// The earliest first.
    epochs: Vec<(u64, PathBuf)>,
    others: Vec<PathBuf>,
}

/// What is known of files that never change, and when each was made. A daemon looks at them every turn, and
/// to read them anew would take longer than the rest of it.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<BTreeMap<PathBuf, (SystemTime, Vec<KeyId>)>>);

/// A ring document as far as the question goes whose secrets it holds. Reading all of it takes five times
/// as long.
#[derive(Deserialize)]
struct Holdings {
    keys: Vec<Holding>,
}

#[derive(Deserialize)]
struct Holding {
    id: String,
    revoked: bool,
}

/// The keys whose secrets a document holds.
fn keys_of(document: &[u8]) -> Option<Vec<KeyId>> {
    let Holdings { keys } = serde_json::from_slice(document).ok()?;
    keys.iter()
        .filter(|key| !key.revoked)
        .map(|key| key.id.parse().ok())
        .collect()
}

fn epoch_of(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    name.strip_suffix(".json")?.parse().ok()
}

/// How many earlier epochs are kept.
const MAX_KEPT: usize = 8;
