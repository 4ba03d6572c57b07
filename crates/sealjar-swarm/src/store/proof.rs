//! Is a secret what its name says?
//!
//! Anyone who may create secrets chooses their names and labels, and what they hold is never read
//! back. But an engine compares what is brought along with what is there. So a secret counts as the
//! ring's own if it holds the document of a blob that opens, and a blob opens only if a keeper has
//! sealed it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sealjar::__hazmat::Blob;
use sealjar::KeyRing;
use zeroize::Zeroizing;

use crate::engine::{EngineError, Kind, Labels, Object};
use crate::store::SwarmStore;
use crate::store::configs::Configs;
use crate::store::digest::Digest;
use crate::store::head::HeadLabels;
use sealjar_keeper::store::{Found, Head, StoreError};

/// Whether secrets hold the document of a blob, by their ids: what one holds never changes.
#[derive(Debug, Default)]
pub(super) struct Proofs(Mutex<HashMap<String, (Digest, Option<bool>)>>);

impl Proofs {
    fn known(&self, secret: &Object, blob: Digest) -> Option<Option<bool>> {
        let proofs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, proof) = proofs.get(&secret.id)?;
        (*of == blob).then_some(*proof)
    }

    fn keep(&self, secret: &Object, blob: Digest, proof: Option<bool>) {
        let mut proofs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if proofs.len() >= MOST {
            proofs.clear();
        }
        proofs.insert(secret.id.clone(), (blob, proof));
    }
}

impl SwarmStore {
    /// Returns the secret that replicas get of the head, which is made if it is not there.
    ///
    /// # Errors
    /// [`StoreError::NotOurs`] if it holds something else.
    pub(super) async fn secret_of(&self, head: &HeadLabels) -> Result<Object, StoreError> {
        let document = || self.document_of(head);
        self.put_secret(&head.blob, head.epoch, head.digest, document)
            .await
    }

    /// Returns the secret of this name, which is made if it is not there. `proof` stands for what
    /// it holds.
    ///
    /// # Errors
    /// [`StoreError::NotOurs`] if it holds something else.
    pub(super) async fn put_secret<F: Future<Output = Result<Document, StoreError>> + Send>(
        &self,
        name: &str,
        epoch: u64,
        proof: Digest,
        document: impl Fn() -> F + Sync,
    ) -> Result<Object, StoreError> {
        let labels = Labels::from([("epoch".into(), epoch.to_string())]);
        // The second creation may be the one that came about.
        for _ in 0..3 {
            let listed = self.engine.list(Kind::Secret, name).await?;
            if let Some(secret) = listed.into_iter().find(|it| it.name == name) {
                return self.prove(secret, proof, &document).await;
            }
            let made = self
                .engine
                .create(Kind::Secret, name, &labels, &document().await?)
                .await;
            match made {
                // Another keeper publishes the same head, or somebody has taken the name. It is
                // compared.
                Ok(_) | Err(EngineError::NameTaken { .. } | EngineError::Unknown { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // A manager that lags behind the others does not show it yet.
        Err(StoreError::LostRace)
    }

    /// Looks at the secret that replicas get of the head, if it is there, and makes none.
    pub(super) async fn found_now(&self, head: &Head) -> Result<Found, StoreError> {
        let looked = async {
            let standing = self.head_at(&head.version).await?;
            let standing = standing.ok_or(StoreError::LostRace)?;
            let labels = HeadLabels::read(&standing.labels).map_err(|_| StoreError::LostRace)?;
            let listed = self.engine.list(Kind::Secret, &labels.blob).await?;
            match listed.into_iter().find(|it| it.name == labels.blob) {
                Some(secret) => {
                    let document = || self.document_of(&labels);
                    let proven = self.prove(secret, labels.digest, &document);
                    proven.await.map(drop)
                }
                // The next turn makes it.
                None => Ok(()),
            }
        };
        match looked.await {
            // What was looked at is gone or over by now.
            Ok(()) | Err(StoreError::LostRace) => Ok(Found::Head),
            Err(StoreError::NotOurs { compared, .. }) => Ok(Found::NotOurs { compared }),
            Err(StoreError::Backend(error)) => match error.downcast_ref() {
                Some(EngineError::NotFound { .. }) => Ok(Found::Head),
                // A proxy that lets nobody ask.
                Some(EngineError::Api { .. }) => Ok(Found::NotOurs { compared: false }),
                _ => Err(StoreError::Backend(error)),
            },
            Err(error) => Err(error),
        }
    }

    async fn prove<F: Future<Output = Result<Document, StoreError>> + Send>(
        &self,
        secret: Object,
        proof: Digest,
        document: &(impl Fn() -> F + Sync),
    ) -> Result<Object, StoreError> {
        let proof = match self.proofs.known(&secret, proof) {
            Some(proof) => proof,
            None => self.holds(&secret, proof, &document().await?).await?,
        };
        match proof {
            Some(true) => Ok(secret),
            told => Err(StoreError::NotOurs {
                secret: secret.name,
                compared: told.is_some(),
            }),
        }
    }

    /// Reads the document of the head, as it was committed.
    async fn document_of(&self, head: &HeadLabels) -> Result<Document, StoreError> {
        let listed = self.engine.list(Kind::Config, &head.blob).await?;
        let mut blobs = listed.iter().filter(|it| it.name == head.blob);
        let opened = blobs.find_map(|it| self.unseal(it));
        // The head was loaded a moment ago.
        let (_, document) = opened.ok_or(StoreError::LostRace)?;
        Ok(document)
    }

    /// Returns whether a secret holds the document of a blob, `None` where the engine does not
    /// tell.
    async fn holds(
        &self,
        secret: &Object,
        blob: Digest,
        document: &Document,
    ) -> Result<Option<bool>, EngineError> {
        if let Some(proof) = self.proofs.known(secret, blob) {
            return Ok(proof);
        }
        let proof = self.engine.holds(secret, document).await?;
        self.proofs.keep(secret, blob, proof);
        Ok(proof)
    }

    /// Returns the epochs after the head's that replicas have been given: of secrets that hold what
    /// a blob of that name does, and of whatever a service or a task has. Anyone who may
    /// change services has every key.
    pub(super) async fn given_after(
        &self,
        head: &HeadLabels,
        secrets: &[Object],
        in_use: impl Iterator<Item = &str>,
        configs: &Configs,
    ) -> Result<Vec<u64>, StoreError> {
        let is_later = |name: &str| {
            let epoch = self.names.epoch_in(name).filter(|it| *it > head.epoch)?;
            // What came before the head is no later for its number.
            (!configs.is_history(head.digest, name, &self.names)).then_some(epoch)
        };
        let mut given: Vec<u64> = in_use.filter_map(is_later).collect();
        for secret in secrets {
            let Some(epoch) = is_later(&secret.name) else {
                continue;
            };
            let blob = configs.named(&secret.name);
            let Some((blob, (_, document))) = blob.and_then(|it| Some((it, self.unseal(it)?)))
            else {
                continue;
            };
            let digest = Digest::of(blob.data.as_deref().map(Vec::as_slice).unwrap_or_default());
            match self.holds(secret, digest, &document).await {
                Ok(Some(true)) => given.push(epoch),
                Ok(Some(false) | None) | Err(EngineError::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(given)
    }

    /// Opens a blob, if it is one of this ring that a keeper has sealed under a key that is at
    /// hand.
    pub(super) fn unseal(&self, blob: &Object) -> Option<(KeyRing, Document)> {
        let epoch = self.names.epoch_in(&blob.name)?;
        let sealed = Blob::parse(blob.data.as_deref()?).ok()?;
        let kek = self.keks.of(sealed.key_id())?;
        kek.open_document(&sealed, self.names.ring(), epoch).ok()
    }
}

/// The text of a ring document, which holds secrets.
pub(super) type Document = Zeroizing<Vec<u8>>;

/// How many proofs are remembered: a flood of secrets costs questions, and no memory.
const MOST: usize = 1024;
