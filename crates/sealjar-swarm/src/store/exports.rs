//! Which secrets does a service get of an epoch: the ring, and exports of it?
//!
//! An export is a secret of its own, made of the ring whenever it is not there, under a name that
//! follows from the head's. So a keeper may die at any time, and the next one makes the same.

use std::collections::BTreeMap;

use sealjar::KeyRing;

use crate::engine::Object;
use crate::store::SwarmStore;
use crate::store::digest::Digest;
use crate::store::head::HeadLabels;
use crate::store::proof::Document;
use sealjar_keeper::export::{ExportError, ExportFile};
use sealjar_keeper::store::{StoreError, exported};

/// The secrets of the head that are there, by the names under which services mount them.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) ring: Object,
    exports: Vec<(String, Object)>,
}

impl Given {
    /// The ring alone.
    pub(super) const fn ring(ring: Object) -> Self {
        Self {
            ring,
            exports: Vec::new(),
        }
    }

    /// Returns the secret that services mount under a name.
    pub(super) fn under(&self, target: &str) -> Option<&Object> {
        if target == SwarmStore::TARGET {
            return Some(&self.ring);
        }
        let mut exports = self.exports.iter();
        exports
            .find(|(name, _)| name == target)
            .map(|(_, secret)| secret)
    }

    /// Returns the names of the exports' secrets, by the names under which services mount them.
    pub(super) fn exports(&self) -> BTreeMap<String, String> {
        let exports = self.exports.iter();
        exports
            .map(|(name, secret)| (name.clone(), secret.name.clone()))
            .collect()
    }
}

impl SwarmStore {
    /// Returns whether a service may have something of this ring mounted under a name.
    pub(super) fn delivers(&self, target: &str) -> bool {
        target == Self::TARGET || self.exports.iter().any(|it| it.name() == target)
    }

    /// Returns what services get of the head. What is not there is made. The ring does not wait for
    /// an export that cannot be made: that comes as an error beside what could be.
    pub(super) async fn given_of(
        &self,
        head: &HeadLabels,
        ring: &KeyRing,
    ) -> Result<(Given, Option<StoreError>), StoreError> {
        let mut given = Given::ring(self.secret_of(head).await?);
        let mut failed = None;
        for export in &self.exports {
            match self.export_of(head, ring, export).await {
                Ok(secret) => given.exports.push((export.name().into(), secret)),
                Err(error @ (StoreError::Export { .. } | StoreError::NotOurs { .. })) => {
                    failed.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok((given, failed))
    }

    /// Returns the same, as far as it is among these secrets, and makes nothing.
    pub(super) fn given_among(&self, head: &HeadLabels, mut secrets: Vec<Object>) -> Option<Given> {
        let mut take = |name: &str| {
            let at = secrets.iter().position(|it| it.name == name)?;
            Some(secrets.swap_remove(at))
        };
        let mut given = Given::ring(take(&head.blob)?);
        given.exports = self
            .exports
            .iter()
            .filter_map(|it| Some((it.name().to_owned(), take(&self.name_of(head, it))?)))
            .collect();
        Some(given)
    }

    /// Returns whether a secret is what services get of the head.
    pub(super) fn is_given(&self, head: &HeadLabels, secret: &str) -> bool {
        let mut exports = self.exports.iter();
        secret == head.blob || exports.any(|it| self.name_of(head, it) == secret)
    }

    /// Refuses an epoch that cannot be exported, if the one before could be. Where that could not
    /// be either, a revocation must not wait for it.
    pub(super) async fn check_exports(
        &self,
        standing: Option<&HeadLabels>,
        next: &KeyRing,
    ) -> Result<(), StoreError> {
        let Err(error) = exported(&self.exports, next) else {
            return Ok(());
        };
        let Some(standing) = standing else {
            return Err(error);
        };
        let configs = self.configs().await?;
        let before = configs.named(&standing.blob).and_then(|it| self.unseal(it));
        match before {
            Some((ring, _)) if exported(&self.exports, &ring).is_ok() => Err(error),
            _ => Ok(()),
        }
    }

    async fn export_of(
        &self,
        head: &HeadLabels,
        ring: &KeyRing,
        export: &ExportFile,
    ) -> Result<Object, StoreError> {
        let failed = |error| StoreError::Export {
            name: export.name().into(),
            error,
        };
        if export.name() == Self::TARGET {
            return Err(failed(ExportError::Name));
        }
        let text = export.export().render(ring).map_err(failed)?;
        let name = self.name_of(head, export);
        // Its name is that of what it holds.
        let proven = Digest::of(name.as_bytes());
        let text = || async { Ok::<Document, StoreError>(text.as_bytes().to_vec().into()) };
        self.put_secret(&name, head.epoch, proven, text).await
    }

    fn name_of(&self, head: &HeadLabels, export: &ExportFile) -> String {
        let export = export.to_string();
        self.names.export(head.epoch, head.digest, &export)
    }
}
