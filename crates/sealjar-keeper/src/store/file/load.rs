//! What does a store of files hold, and what is wrong with it?

use sealjar::KeyRing;

use crate::delivery::Delivery;
use crate::store::file::opened::Opened;
use crate::store::file::record::{has_recorded, publications};
use crate::store::file::{Document, FileStore, HEAD, KEPT, LIST, RECORD, version_of};
use crate::store::{Damage, Head, StoreError, Stored, Version};

impl FileStore {
    pub(super) fn load_now(&self) -> Result<Stored, StoreError> {
        let opened = self.open()?;
        // Read before the head: the other way round, an epoch that is committed and published
        // meanwhile would look like one that the head is behind.
        let delivered = opened.read_document()?;
        let Some(head) = opened.read(HEAD)? else {
            return self.without_head(&opened, delivered);
        };
        let version = version_of(&head);
        let ring = match KeyRing::from_json(&head) {
            Ok(ring) => ring,
            Err(error) => {
                let place = opened.path_of(HEAD).display().to_string();
                let damage = Damage::HeadUnreadable { place, error };
                return damaged(&opened, version, damage, None, delivered);
            }
        };
        if let Some(text) = delivered.filter(|delivered| *delivered != head)
            && let Ok(delivered) = KeyRing::from_json(&text)
        {
            if delivered.name() != ring.name() {
                return Err(StoreError::Foreign {
                    path: self.document.clone(),
                    found: delivered.name().into(),
                });
            }
            // Another ring's epoch says nothing of this one's. It is put right, as an earlier epoch
            // is.
            if delivered.epoch() > ring.epoch()
                && delivered.is_same_ring(&ring)
                && !has_moved_on_from(&opened, &text)?
            {
                let damage = Damage::HeadBehind {
                    head: ring.epoch(),
                    delivered: delivered.epoch(),
                };
                return damaged(&opened, version, damage, Some(ring), Some(text));
            }
        }
        Ok(Stored::Head(Box::new(Head {
            ring,
            document: head,
            version,
            delivery: Delivery::Unacknowledged(publications(&opened)?),
        })))
    }

    /// Tells a place where nothing was from one that has lost its head.
    fn without_head(
        &self,
        opened: &Opened<'_>,
        delivered: Option<Document>,
    ) -> Result<Stored, StoreError> {
        let kept = opened.epochs()?;
        let found = if !kept.is_empty() {
            opened.path_of(KEPT)
        } else if delivered.is_some() {
            self.document.clone()
        } else if opened.read(RECORD)?.is_some() {
            opened.path_of(RECORD)
        } else if opened.holds(LIST)? {
            opened.path_of(LIST)
        } else {
            return Ok(Stored::Nothing);
        };
        let found = found.display().to_string();
        let damage = Damage::HeadMissing { found };
        damaged(opened, Version::none(), damage, None, delivered)
    }
}

/// Tells what is still known. What is where replicas look counts as the store's own only if it
/// is, byte for byte, what a keeper has put there: its name and its epoch may be anybody's.
fn damaged(
    opened: &Opened<'_>,
    version: Version,
    damage: Damage,
    head: Option<KeyRing>,
    delivered: Option<Document>,
) -> Result<Stored, StoreError> {
    let mut known = opened.epochs()?;
    known.extend(head);
    let mut others = Vec::new();
    if let Some(text) = delivered
        && let Ok(ring) = KeyRing::from_json(&text)
    {
        if has_written(opened, &text)? {
            known.push(ring)
        } else {
            others.push(ring)
        }
    }
    Ok(Stored::Damaged {
        version,
        damage,
        known,
        delivered: others,
    })
}

/// Whether a keeper of this store has written a document, as far as the store remembers.
fn has_written(opened: &Opened<'_>, text: &Document) -> Result<bool, StoreError> {
    Ok(has_recorded(opened, &version_of(text))? || opened.keeps(text)?)
}

/// Whether a document was the head before, and its record was forgotten because it lay ahead of the
/// clock: what came after it has a lower epoch, and is yet to be put in its place. Without that, a
/// head that was put back would look like it.
fn has_moved_on_from(opened: &Opened<'_>, text: &Document) -> Result<bool, StoreError> {
    Ok(opened.keeps(text)? && !has_recorded(opened, &version_of(text))?)
}
