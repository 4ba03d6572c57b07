//! How is a ring kept in files, and how do replicas get it?
//!
//! Replicas read the ring's document. Beside it is the store's own directory:
//!
//! ```text
//! session-ring.json                 the document, as it was published
//! session-ring.json.keeper/         open to the keeper alone
//!     head.json                     the last epoch that was committed
//!     list                          what applications have revoked, if they ever have
//!     published.json                which epochs were published, and when
//!     kept/<epoch>.json             earlier epochs, for a person to restore from
//!     lock                          held while something is written
//! ```
//!
//! The owner of that directory has every key. So it must belong to the user who runs, is open to
//! nobody else, and holds what is written until it is renamed into place. Root works on stores of
//! others too: see `disk`.
//!
//! Renaming the next `head.json` into place is the commit. Dying before or after it leaves an epoch
//! that is committed or not, and what is missing of it is finished by the next turn.

mod exports;
mod found;
mod kept;
mod list;
mod load;
mod lock;
mod opened;
mod publish;
mod record;

use std::path::{Path, PathBuf};

use sealjar::{KeyId, KeyRing, RevocationList};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::delivery::Delivery;
use crate::export::ExportFile;
use crate::plan::{Change, Publishing};
use crate::store::file::kept::Known;
use crate::store::file::list::LastList;
use crate::store::file::opened::Opened;
use crate::store::file::record::publications;
use crate::store::{
    Found, Head, ListLimits, Place, Published, RingStore, StoreError, Stored, StoredList, Version,
};

/// Keeps a ring in files. Use one file system that all its keepers share and that knows locks.
///
/// Reads and writes block for as long as the disk takes. Waiting for another keeper's lock, which
/// can take 10 seconds, does not.
///
/// # Examples
/// ```
/// use sealjar_keeper::store::{FileStore, RingStore, Stored};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("session-ring.json");
/// let store = FileStore::new(&path);
/// assert!(matches!(store.load().await?, Stored::Nothing));
/// assert_eq!(store.document(), path);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FileStore {
    document: PathBuf,
    directory: PathBuf,
    known: Known,
    list: LastList,
    exports: Vec<ExportFile>,
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
            known: Known::default(),
            list: LastList::default(),
            exports: Vec::new(),
        }
    }

    /// Delivers exports beside the document, as files of their own. An epoch counts as published
    /// when they are there too, so that programs which read them hold each key before one of them
    /// seals with it. All keepers of a store have to deliver the same.
    #[must_use]
    pub fn exports(mut self, exports: impl IntoIterator<Item = ExportFile>) -> Self {
        self.exports = exports.into_iter().collect();
        self
    }

    /// Returns the path of the document that replicas read.
    #[must_use]
    pub fn document(&self) -> &Path {
        &self.document
    }
}

impl RingStore for FileStore {
    async fn load(&self) -> Result<Stored, StoreError> {
        self.load_now()
    }

    async fn commit(&self, over: &Version, next: &Change) -> Result<(), StoreError> {
        self.commit_now(over, &next.ring).await
    }

    async fn publish(&self, head: &Head) -> Result<Published, StoreError> {
        self.publish_now(head).await
    }

    async fn found(&self, head: &Head) -> Result<Found, StoreError> {
        found::found(&self.open()?, head)
    }

    // Without reading the ring again, which is most of what a turn takes.
    async fn delivery_of(&self, head: &Head) -> Result<Delivery, StoreError> {
        let opened = self.open()?;
        check_version(&opened, &head.version)?;
        Ok(Delivery::Unacknowledged(publications(&opened)?))
    }

    async fn record(&self, over: &Version, delivery: &Delivery) -> Result<(), StoreError> {
        self.record_now(over, delivery).await
    }

    async fn prune(
        &self,
        head: &Head,
        may_keep: &(dyn Fn(&[KeyId]) -> bool + Sync),
    ) -> Result<(), StoreError> {
        self.prune_now(head, may_keep).await
    }

    async fn load_list(&self) -> Result<StoredList, StoreError> {
        self.load_list_now()
    }

    async fn commit_list(&self, over: &Version, next: &RevocationList) -> Result<(), StoreError> {
        self.commit_list_now(over, next).await
    }

    fn list_limits(&self) -> Option<ListLimits> {
        Some(ListLimits::FULL)
    }

    fn publishing(&self) -> Publishing {
        Publishing::Free
    }

    fn place(&self, _head: &Head) -> Place {
        Place::File(self.document.clone())
    }
}

/// Reads the head if it is still the one that something was decided over.
fn check_version(opened: &Opened<'_>, over: &Version) -> Result<Option<Document>, StoreError> {
    let head = opened.read(HEAD)?;
    let standing = head
        .as_ref()
        .map_or_else(Version::none, |it| version_of(it));
    if standing == *over {
        Ok(head)
    } else {
        Err(StoreError::LostRace)
    }
}

/// The text of a ring document, which holds secrets.
type Document = Zeroizing<Vec<u8>>;

/// A document that is no ring is as good as none: it is put right.
fn readable(document: Option<Document>) -> Option<KeyRing> {
    KeyRing::from_json(&document?).ok()
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

const HEAD: &str = "head.json";
const KEPT: &str = "kept";
const LIST: &str = "list";
const RECORD: &str = "published.json";

#[cfg(test)]
mod tests;
