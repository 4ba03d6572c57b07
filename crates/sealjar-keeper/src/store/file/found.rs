//! What do replicas find where they look, and what may have happened to it?

use sealjar::KeyRing;

use crate::delivery::Delivery;
use crate::store::file::opened::Opened;
use crate::store::file::{FileStore, version_of};
use crate::store::{Found, Head, StoreError};

/// Looks at the document, and changes nothing.
pub(super) fn found(opened: &Opened<'_>, head: &Head) -> Result<Found, StoreError> {
    let Some(standing) = opened.read_document()? else {
        return Ok(Found::Missing);
    };
    if version_of(&standing) == head.version {
        return Ok(Found::Head);
    }
    Ok(match KeyRing::from_json(&standing) {
        Err(error) => Found::Unreadable {
            reason: error.to_string(),
        },
        Ok(ring) if !ring.is_same_ring(&head.ring) => Found::Another { id: ring.id() },
        Ok(ring) if ring.epoch() < head.ring.epoch() => Found::Older {
            epoch: ring.epoch(),
        },
        Ok(_) => Found::Changed,
    })
}

impl FileStore {
    pub(super) fn warn_of(&self, found: &Found) {
        tracing::warn!(
            target: "sealjar",
            document = %self.document.display(),
            found = found.name(),
            "the document that replicas read is not as it was published: {found}. It is put right"
        );
    }

    /// A document that was there and is gone took its group and mode with it.
    pub(super) fn warn_of_lost_access(&self, opened: &Opened<'_>, head: &Head) {
        let was_there = matches!(&head.delivery, Delivery::Unacknowledged(publications)
            if !publications.finished().is_empty());
        if was_there && !opened.has_document() {
            tracing::warn!(
                target: "sealjar",
                document = %self.document.display(),
                "the document was gone and is put there again, for its owner alone: if replicas read it \
                 through a group, give it that group and mode 0640 again"
            );
        }
    }
}
