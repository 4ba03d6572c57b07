//! How does a ring move on in files, and how is it put where replicas look?

use sealjar::KeyRing;

use crate::store::file::lock::lock;
use crate::store::file::opened::Opened;
use crate::store::file::record::publications;
use crate::store::file::{FileStore, HEAD, RECORD, check_version, found, version_of};
use crate::store::{Head, Published, StoreError, Version};

impl FileStore {
    pub(super) async fn commit_now(
        &self,
        over: &Version,
        next: &KeyRing,
    ) -> Result<(), StoreError> {
        let mut opened = self.open()?;
        opened.make()?;
        let _lock = lock(&opened).await?;
        let head = check_version(&opened, over)?;
        // What could not be published afterwards is better not committed.
        opened.try_sharing()?;
        self.check_exports(head.as_deref().map(Vec::as_slice), next)?;
        if let Some(head) = head {
            opened.keep(&head)?;
        }
        opened
            .keeper()?
            .put(HEAD.as_ref(), next.to_json().as_bytes())
    }

    /// Puts the head where replicas look, byte for byte.
    pub(super) async fn publish_now(&self, head: &Head) -> Result<Published, StoreError> {
        let opened = self.open()?;
        let missing = self.missing_exports(&opened, &head.ring);
        if is_there(&opened, head)? && missing.is_ok_and(|missing| missing.is_empty()) {
            return Ok(Published::Unchanged);
        }
        let _lock = lock(&opened).await?;
        // The document may have been replaced meanwhile.
        let opened = self.open()?;
        let text = check_version(&opened, &head.version)?;
        let is_there = is_there(&opened, head)?;
        let missing = self.missing_exports(&opened, &head.ring);
        if is_there && missing.as_ref().is_ok_and(Vec::is_empty) {
            return Ok(Published::Unchanged);
        }
        // The head may have been committed by a renaming that is not on the disk yet.
        opened.keeper()?.sync()?;
        if let Some(text) = text {
            // A replica that started from what is here instead does not hold the head. Nothing may
            // say so any more, should this process end before it records that the wait begins anew.
            if publications(&opened)?.has(head.ring.epoch()) {
                match &missing {
                    _ if !is_there => self.warn_of(&found::found(&opened, head)?),
                    Ok(missing) => self.warn_of_exports(missing),
                    Err(_) => {}
                }
                opened.keeper()?.remove(RECORD.as_ref())?;
            }
            if !is_there {
                self.warn_of_lost_access(&opened, head);
                opened.put_document(&text)?;
            }
            // The ring does not wait for an export that cannot be made.
            for (name, text) in &missing? {
                opened.put_beside(name, text.as_bytes())?;
            }
        }
        Ok(Published::Written)
    }
}

fn is_there(opened: &Opened<'_>, head: &Head) -> Result<bool, StoreError> {
    match opened.read_document()? {
        Some(standing) if version_of(&standing) == head.version => {
            opened.narrow_document()?;
            Ok(true)
        }
        _ => Ok(false),
    }
}
