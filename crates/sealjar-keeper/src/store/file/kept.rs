//! Which earlier epochs are kept, and for how long?
//!
//! They are for a person to restore from. None may hold the secret of a key that is over: it would
//! open what was recorded long after everybody else has forgotten it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::{Mutex, PoisonError};

use sealjar::{KeyId, KeyRing};
use serde::Deserialize;

use crate::store::disk::{Directory, Stamp, beside};
use crate::store::file::lock::lock;
use crate::store::file::opened::Opened;
use crate::store::file::{Document, FileStore, check_version, readable};
use crate::store::{Head, StoreError};

impl<'a> Opened<'a> {
    /// Keeps a head that is about to be replaced. One that cannot be read is no use to anybody.
    pub(super) fn keep(&self, head: &Document) -> Result<(), StoreError> {
        match (KeyRing::from_json(head), self.kept()?) {
            (Ok(ring), Some(kept)) => kept.put(&name_of(ring.epoch()), head),
            _ => Ok(()),
        }
    }

    /// Whether a document is one of the earlier epochs, byte for byte.
    pub(super) fn keeps(&self, document: &Document) -> Result<bool, StoreError> {
        if let Some(kept) = self.kept()? {
            for epoch in Files::of(&kept)?.epochs {
                if kept.read(&name_of(epoch))?.as_ref() == Some(document) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The earlier epochs that are kept and can be read, the earliest first.
    pub(super) fn epochs(&self) -> Result<Vec<KeyRing>, StoreError> {
        let mut epochs = Vec::new();
        if let Some(kept) = self.kept()? {
            for epoch in Files::of(&kept)?.epochs {
                epochs.extend(readable(kept.read(&name_of(epoch))?));
            }
        }
        Ok(epochs)
    }
}

impl FileStore {
    pub(super) async fn prune_now(
        &self,
        head: &Head,
        may_keep: &(dyn Fn(&[KeyId]) -> bool + Sync),
    ) -> Result<(), StoreError> {
        let opened = self.open()?;
        let kept = opened.kept()?;
        if self.expired(&opened, kept.as_ref(), may_keep)?.is_empty() {
            return Ok(());
        }
        let _lock = lock(&opened).await?;
        match check_version(&opened, &head.version) {
            // Another keeper has gone on. It knows of keys that this head does not, and tidies up
            // itself.
            Err(StoreError::LostRace) => return Ok(()),
            standing => standing?,
        };
        // Asked again: a file that was being written has its place now, and one that still is not
        // there belongs to nobody.
        for (directory, name) in self.expired(&opened, kept.as_ref(), may_keep)? {
            directory.remove(&name)?;
        }
        Ok(())
    }

    /// The files of ours that may not stay: whose writer died, epochs too many, and those that hold
    /// the secret of a key that is over. What has another name somebody else has put there.
    fn expired<'d, 'a>(
        &self,
        opened: &'d Opened<'a>,
        kept: Option<&'d Directory>,
        may_keep: &dyn Fn(&[KeyId]) -> bool,
    ) -> Result<Vec<(&'d Directory, OsString)>, StoreError> {
        let mut expired = Vec::new();
        let Ok(keeper) = opened.keeper() else {
            return Ok(expired);
        };
        let of_exports = self.exports.iter().map(|it| beside(it.name().as_ref()));
        for name in opened.unfinished().into_iter().chain(of_exports) {
            if keeper.stamp(&name)?.is_some() {
                expired.push((keeper, name));
            }
        }
        let Some(kept) = kept else {
            return Ok(expired);
        };
        let Files { epochs, unfinished } = Files::of(kept)?;
        expired.extend(unfinished.into_iter().map(|name| (kept, name)));
        let surplus = epochs.len().saturating_sub(MAX_KEPT);
        for (at, epoch) in epochs.into_iter().enumerate() {
            let stays = at >= surplus
                // What cannot be read may hold any secret.
                && self.keys_in(kept, epoch)?.is_some_and(|keys| may_keep(&keys));
            if !stays {
                expired.push((kept, name_of(epoch)));
            }
        }
        Ok(expired)
    }

    /// The keys whose secrets a kept epoch holds, `None` where that cannot be told.
    fn keys_in(&self, kept: &Directory, epoch: u64) -> Result<Option<Vec<KeyId>>, StoreError> {
        let name = name_of(epoch);
        let Some(stamp) = kept.stamp(&name)? else {
            return Ok(None);
        };
        let mut known = self.known.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, keys)) = known.get(&epoch)
            && *since == stamp
        {
            return Ok(Some(keys.clone()));
        }
        let keys = kept.read(&name)?.and_then(|it| keys_of(&it));
        if let Some(keys) = &keys {
            // Those of files that are gone by now.
            while known.len() > MAX_KEPT {
                known.pop_first();
            }
            known.insert(epoch, (stamp, keys.clone()));
        }
        Ok(keys)
    }
}

/// The files of ours where earlier epochs are kept.
#[derive(Default)]
struct Files {
    /// The earliest first.
    epochs: Vec<u64>,
    /// Those whose writer died, or writes now.
    unfinished: Vec<OsString>,
}

impl Files {
    fn of(kept: &Directory) -> Result<Self, StoreError> {
        let mut files = Self::default();
        for name in kept.list()? {
            match name.as_bytes().strip_suffix(b".tmp") {
                Some(whole) if epoch_of(whole).is_some() => files.unfinished.push(name),
                Some(_) => {}
                None => files.epochs.extend(epoch_of(name.as_bytes())),
            }
        }
        files.epochs.sort_unstable();
        Ok(files)
    }
}

/// What is known of files that never change, and when each was made. A daemon looks at them every
/// turn, and to read them anew would take longer than the rest of it.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<BTreeMap<u64, (Stamp, Vec<KeyId>)>>);

/// A ring document as far as the question goes whose secrets it holds. Reading all of it takes five
/// times as long.
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

fn name_of(epoch: u64) -> OsString {
    format!("{epoch}.json").into()
}

/// The epoch that a file is named after, if it is named as we name it.
fn epoch_of(name: &[u8]) -> Option<u64> {
    let name = std::str::from_utf8(name).ok()?;
    let epoch = name.strip_suffix(".json")?.parse().ok()?;
    (name_of(epoch) == name).then_some(epoch)
}

/// How many earlier epochs are kept.
const MAX_KEPT: usize = 8;
