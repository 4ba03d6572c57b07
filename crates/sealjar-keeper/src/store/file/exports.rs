//! Which exports are not beside the document as they should be?

use sealjar::KeyRing;
use zeroize::Zeroizing;

use crate::store::file::FileStore;
use crate::store::file::opened::Opened;
use crate::store::{StoreError, exported};

/// The name of an export's file, and what it has to hold.
type Exported<'a> = (&'a str, Zeroizing<String>);

impl FileStore {
    /// Returns the exports that are not there, or are of another epoch.
    pub(super) fn missing_exports(
        &self,
        opened: &Opened<'_>,
        ring: &KeyRing,
    ) -> Result<Vec<Exported<'_>>, StoreError> {
        let mut missing = exported(&self.exports, ring)?;
        let mut error = None;
        missing.retain(|(name, text)| match opened.read_beside(name) {
            Ok(standing) => standing.is_none_or(|standing| *standing != text.as_bytes()),
            Err(failed) => {
                error.get_or_insert(failed);
                true
            }
        });
        match error {
            Some(error) => Err(error),
            None => Ok(missing),
        }
    }

    /// Refuses an epoch that cannot be exported, if the one before could be. Where that could not
    /// be either, a revocation must not wait for it.
    pub(super) fn check_exports(
        &self,
        before: Option<&[u8]>,
        next: &KeyRing,
    ) -> Result<(), StoreError> {
        let was_exported = before.is_none_or(|before| {
            KeyRing::from_json(before).is_ok_and(|ring| exported(&self.exports, &ring).is_ok())
        });
        match exported(&self.exports, next) {
            Err(error) if was_exported => Err(error),
            _ => Ok(()),
        }
    }

    pub(super) fn warn_of_exports(&self, missing: &[Exported<'_>]) {
        let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
        tracing::warn!(
            target: "sealjar",
            document = %self.document().display(),
            exports = names.join(","),
            "exports beside the document are missing or not as they were published, and are put right"
        );
    }
}
