//! How is the list of revocations kept beside the head?
//!
//! In one file, put there whole as the head is. Renaming the next one into its place is the commit.

use std::sync::{Mutex, PoisonError};

use sealjar::RevocationList;

use crate::store::file::lock::lock;
use crate::store::file::opened::Opened;
use crate::store::file::{Document, FileStore, LIST, version_of};
use crate::store::{StoreError, StoredList, Version};

impl FileStore {
    pub(super) fn load_list_now(&self) -> Result<StoredList, StoreError> {
        let opened = self.open()?;
        let Some(bytes) = read(&opened)? else {
            return Ok(StoredList::none());
        };
        let mut last = self.list.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.as_ref().filter(|it| it.bytes == bytes) {
            return Ok(last.clone());
        }
        // One that cannot be read is never taken for an empty one: what it revokes would come back.
        let list = RevocationList::from_bytes(&bytes).map_err(|error| StoreError::List {
            place: opened.path_of(LIST).display().to_string(),
            version: version_of(&bytes),
            error,
        })?;
        let stored = StoredList {
            list: Some(list),
            version: version_of(&bytes),
            bytes,
        };
        *last = Some(stored.clone());
        Ok(stored)
    }

    pub(super) async fn commit_list_now(
        &self,
        over: &Version,
        next: &RevocationList,
    ) -> Result<(), StoreError> {
        let mut opened = self.open()?;
        opened.make()?;
        let _lock = lock(&opened).await?;
        let bytes = next.to_bytes();
        match read(&opened)? {
            // A renaming that may not be on the disk yet.
            Some(standing) if *standing == bytes => opened.keeper()?.sync(),
            standing => {
                let standing = standing.map_or_else(Version::none, |it| version_of(&it));
                if standing != *over {
                    return Err(StoreError::LostRace);
                }
                opened.keeper()?.put(LIST.as_ref(), &bytes)
            }
        }
    }
}

/// The list that was read last. While replicas wait, the store is read twice a second, and to check
/// and hash a full list takes far longer than to compare it.
#[derive(Debug, Default)]
pub(super) struct LastList(Mutex<Option<StoredList>>);

fn read(opened: &Opened<'_>) -> Result<Option<Document>, StoreError> {
    opened.read_up_to(LIST, RevocationList::MAX_LEN)
}
