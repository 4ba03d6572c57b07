//! What does a swarm hold of a ring, and does it hold together?

use sealjar::__hazmat::Blob;
use sealjar::KeyRing;

use crate::engine::{Kind, Object};
use crate::store::SwarmStore;
use crate::store::configs::Configs;
use crate::store::digest::Digest;
use crate::store::fleet::Running;
use crate::store::head::HeadLabels;
use crate::store::proof::Document;
use crate::store::service::Service;
use sealjar_keeper::delivery::Delivery;
use sealjar_keeper::store::{Damage, Head, StoreError, Stored, Version};

impl SwarmStore {
    pub(super) async fn load_now(&self) -> Result<Stored, StoreError> {
        // Read before the head: the other way round, an epoch that is committed and published
        // meanwhile would look like one that the head is behind.
        let secrets = self.engine.list(Kind::Secret, self.names.prefix()).await?;
        let running = self.running().await?;
        let mut fleet = running.fleet(&self.services, &self.names);
        fleet.services.extend(running.left_over(&self.names));
        let configs = self.configs().await?;
        let version = version_of(configs.head(&self.names));
        let labels = configs
            .head(&self.names)
            .map(|it| HeadLabels::read(&it.labels));
        let given = match labels {
            Some(Ok(labels)) => {
                let services = running.services.iter().flat_map(Service::secrets);
                let in_use = running.secrets().chain(services);
                self.given_after(&labels, &secrets, in_use, &configs)
                    .await?
            }
            // It is damaged anyway.
            Some(Err(_)) | None => Vec::new(),
        };
        Ok(match self.read(&secrets, &given, &configs) {
            Ok(None) => Stored::Nothing,
            Ok(Some((labels, ring, document))) => {
                fleet.published = labels.published;
                fleet.clock = self.engine.clock();
                fleet.hold_nothing_after(labels.epoch);
                if let Some(given) = self.given_among(&labels, secrets) {
                    self.find_trouble(&mut fleet, &given, &running);
                }
                Stored::Head(Box::new(Head {
                    ring,
                    document,
                    version,
                    delivery: Delivery::Acknowledged(fleet),
                }))
            }
            Err(damage) => Stored::Damaged {
                version,
                damage,
                known: configs
                    .iter()
                    .filter_map(|it| self.unseal(it))
                    .map(|(ring, _)| ring)
                    .collect(),
                // A secret is never read back.
                delivered: Vec::new(),
            },
        })
    }

    pub(super) async fn configs(&self) -> Result<Configs, StoreError> {
        let listed = self.engine.list(Kind::Config, self.names.prefix()).await?;
        Ok(Configs::new(listed))
    }

    pub(super) async fn running(&self) -> Result<Running, StoreError> {
        Ok(Running::new(
            self.engine.services().await?,
            self.engine.tasks().await?,
            self.engine.nodes().await?,
        ))
    }

    /// Reads the head and the ring that it names. `None`: there is none, and nothing that was one.
    /// `given` are the epochs after the head's that replicas have.
    pub(super) fn read(
        &self,
        secrets: &[Object],
        given: &[u64],
        configs: &Configs,
    ) -> Result<Option<(HeadLabels, KeyRing, Document)>, Damage> {
        let Some(head) = configs.head(&self.names) else {
            return match self.left_by_a_head(secrets, configs) {
                Some(found) => Err(Damage::HeadMissing { found }),
                None => Ok(None),
            };
        };
        let damaged = |reason: String| Damage::HeadDamaged {
            place: format!("the config {}", head.name),
            reason,
        };
        let labels = HeadLabels::read(&head.labels).map_err(damaged)?;
        let (ring, document) = self.open_head(&labels, configs, damaged)?;
        match self.ahead(&labels, given, configs) {
            Some(delivered) => Err(Damage::HeadBehind {
                head: labels.epoch,
                delivered,
            }),
            None => Ok(Some((labels, ring, document))),
        }
    }

    /// Opens the blob that the head names.
    fn open_head(
        &self,
        labels: &HeadLabels,
        configs: &Configs,
        damaged: impl Fn(String) -> Damage,
    ) -> Result<(KeyRing, Document), Damage> {
        let name = &labels.blob;
        let Some(blob) = configs.named(name) else {
            return Err(damaged(format!("the config {name} that it names is gone")));
        };
        let bytes = blob.data.as_deref().map(Vec::as_slice).unwrap_or_default();
        if Digest::of(bytes) != labels.digest {
            return Err(damaged(format!("{name} is not what it says")));
        }
        let sealed = Blob::parse(bytes).map_err(|error| damaged(format!("{name}: {error}")))?;
        let Some(kek) = self.keks.of(sealed.key_id()) else {
            return Err(Damage::Sealed {
                epoch: labels.epoch,
                kek: self.names.kek(sealed.key_id()),
                at_hand: self.keks.names(&self.names),
            });
        };
        kek.open_document(&sealed, self.names.ring(), labels.epoch)
            .map_err(|error| damaged(format!("{name}: {error}")))
    }

    /// Tells a swarm that has lost a head from one that never had any, by what a head leaves
    /// behind.
    fn left_by_a_head(&self, secrets: &[Object], configs: &Configs) -> Option<String> {
        let mut secrets = secrets.iter();
        if let Some(secret) = secrets.find(|it| self.names.epoch_in(&it.name).is_some()) {
            return Some(format!("the secret {}", secret.name));
        }
        // A ring that was beginning when its keeper died has a first blob, and nobody got it.
        let mut blobs = configs.blobs(&self.names);
        let later = blobs.find(|blob| blob.previous != Digest::NONE)?;
        Some(format!("the config {}", later.object.name))
    }

    /// Returns the latest epoch that replicas were given, or a keeper has committed, after the
    /// head's, if the head was put back. A blob that follows on the head, or on one before it, is
    /// one that is being committed, or whose keeper died or was too late. One that no key at hand
    /// opens may be anybody's.
    fn ahead(&self, head: &HeadLabels, given: &[u64], configs: &Configs) -> Option<u64> {
        let chain: Vec<Digest> = configs
            .chain(head.digest, &self.names)
            .iter()
            .flat_map(|blob| [blob.digest, blob.previous])
            .collect();
        let committed = configs
            .blobs(&self.names)
            .filter(|blob| blob.epoch > head.epoch && !chain.contains(&blob.previous))
            // What came before the head is no later for its number.
            .filter(|blob| !chain.contains(&blob.digest))
            .filter(|blob| self.unseal(blob.object).is_some())
            .map(|blob| blob.epoch);
        given.iter().copied().chain(committed).max()
    }
}

/// The version of a store with this head.
pub(super) fn version_of(head: Option<&Object>) -> Version {
    match head {
        None => Version::none(),
        Some(head) => match HeadLabels::read(&head.labels) {
            Ok(labels) => Version::new(labels.digest.to_string()),
            Err(_) => Version::new(format!("unreadable, at {}", head.version)),
        },
    }
}
