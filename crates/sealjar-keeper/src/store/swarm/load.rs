//! What does a swarm hold of a ring, and does it hold together?

use sealjar::KeyRing;
use sealjar::hazmat::Blob;

use crate::delivery::{Delivery, Fleet};
use crate::docker::{Kind, Object};
use crate::store::swarm::SwarmStore;
use crate::store::swarm::digest::Digest;
use crate::store::swarm::fleet::Running;
use crate::store::swarm::head::HeadLabels;
use crate::store::swarm::names::{Name, Names};
use crate::store::{Damage, Head, StoreError, Stored, Version};

impl SwarmStore {
    pub(super) async fn load_now(&self) -> Result<Stored, StoreError> {
        // Read before the head: the other way round, an epoch that is committed and published meanwhile
        // would look like one that the head is behind.
        let secrets = self.engine.list(Kind::Secret, self.names.prefix()).await?;
        let fleet = self.running().await?.fleet(&self.services, &self.names);
        let configs = self.configs().await?;
        let Some(head) = configs.head(&self.names) else {
            return Ok(self.without_head(&secrets, &configs));
        };
        let version = version_of(Some(head));
        let damaged = |damage| Stored::Damaged {
            version: version.clone(),
            damage,
            known: self.readable(&configs),
        };
        let (labels, ring) = match self.read_head(head, &configs) {
            Ok(read) => read,
            Err(damage) => return Ok(damaged(damage)),
        };
        if let Some(delivered) = ahead(&labels, &secrets, &fleet, &configs, &self.names) {
            return Ok(damaged(Damage::HeadBehind {
                head: labels.epoch,
                delivered,
            }));
        }
        Ok(Stored::Head(Box::new(Head {
            ring,
            version,
            delivery: Delivery::Acknowledged(Fleet {
                published: labels.published,
                ..fleet
            }),
        })))
    }

    pub(super) async fn configs(&self) -> Result<Configs, StoreError> {
        let listed = self.engine.list(Kind::Config, self.names.prefix()).await?;
        Ok(Configs(listed))
    }

    pub(super) async fn running(&self) -> Result<Running, StoreError> {
        Ok(Running::new(
            self.engine.services().await?,
            self.engine.tasks().await?,
            self.engine.nodes().await?,
        ))
    }

    /// Tells a swarm that has nothing of this ring from one that has lost its head.
    fn without_head(&self, secrets: &[Object], configs: &Configs) -> Stored {
        let delivered = secrets
            .iter()
            .find(|it| self.names.epoch_in(&it.name).is_some());
        // A ring that was beginning when its keeper died has a first blob and no head, and nobody got it.
        let later = configs
            .blobs(&self.names)
            .find(|blob| blob.previous != Digest::NONE);
        let found = match (delivered, later) {
            (Some(secret), _) => format!("the secret {}", secret.name),
            (None, Some(blob)) => format!("the config {}", blob.object.name),
            (None, None) => return Stored::Nothing,
        };
        Stored::Damaged {
            version: Version::none(),
            damage: Damage::HeadMissing { found },
            known: self.readable(configs),
        }
    }

    /// Reads the ring that the head names.
    fn read_head(&self, head: &Object, configs: &Configs) -> Result<(HeadLabels, KeyRing), Damage> {
        let damaged = |reason: String| Damage::HeadDamaged {
            place: format!("the config {}", head.name),
            reason,
        };
        let labels = HeadLabels::read(&head.labels).map_err(damaged)?;
        let Some(blob) = configs.named(&labels.blob) else {
            return Err(damaged(format!(
                "the blob that it names is gone, the config {}",
                labels.blob
            )));
        };
        let bytes = blob.data.as_deref().map(Vec::as_slice).unwrap_or_default();
        if Digest::of(bytes) != labels.digest {
            return Err(damaged(format!(
                "{} is not the blob that it names",
                blob.name
            )));
        }
        let damaged = |error: &dyn std::fmt::Display| damaged(format!("{}: {error}", blob.name));
        let sealed = Blob::parse(bytes).map_err(|error| damaged(&error))?;
        let Some(kek) = self.keks.of(sealed.key_id()) else {
            return Err(Damage::Sealed {
                kek: self.names.kek(sealed.key_id()),
                at_hand: self.keks.names(&self.names),
            });
        };
        let ring = kek
            .open(&sealed, self.names.ring(), labels.epoch)
            .map_err(|error| damaged(&error))?;
        Ok((labels, ring))
    }

    /// Returns the rings of all blobs that can be opened.
    fn readable(&self, configs: &Configs) -> Vec<KeyRing> {
        let open = |object: &Object| {
            let epoch = self.names.epoch_in(&object.name)?;
            let sealed = Blob::parse(object.data.as_deref()?).ok()?;
            let kek = self.keks.of(sealed.key_id())?;
            kek.open(&sealed, self.names.ring(), epoch).ok()
        };
        configs.0.iter().filter_map(open).collect()
    }
}

/// The configs of a ring.
#[derive(Debug)]
pub(super) struct Configs(Vec<Object>);

/// A blob as far as its labels tell.
#[derive(Debug)]
pub(super) struct BlobConfig<'a> {
    pub(super) object: &'a Object,
    pub(super) epoch: u64,
    pub(super) digest: Digest,
    pub(super) previous: Digest,
}

impl Configs {
    pub(super) fn head(&self, names: &Names) -> Option<&Object> {
        let mut configs = self.0.iter();
        configs.find(|it| names.read(&it.name) == Some(Name::Head))
    }

    pub(super) fn named(&self, name: &str) -> Option<&Object> {
        self.0.iter().find(|it| it.name == name)
    }

    /// Returns the blob of a head, the one that it was committed over, and so on, as far as they are kept.
    pub(super) fn chain<'a>(&'a self, head: Digest, names: &Names) -> Vec<BlobConfig<'a>> {
        let mut others: Vec<_> = self.blobs(names).collect();
        let mut chain = Vec::new();
        let mut next = head;
        while let Some(at) = others.iter().position(|blob| blob.digest == next) {
            let blob = others.swap_remove(at);
            next = blob.previous;
            chain.push(blob);
        }
        chain
    }

    /// Returns the blobs. What says nothing of itself follows on nothing.
    pub(super) fn blobs<'a>(&'a self, names: &Names) -> impl Iterator<Item = BlobConfig<'a>> {
        self.0.iter().filter_map(|object| {
            let bytes = object
                .data
                .as_deref()
                .map(Vec::as_slice)
                .unwrap_or_default();
            let previous = Blob::parse(bytes).map(|blob| Digest::from_bytes(blob.previous()));
            Some(BlobConfig {
                object,
                epoch: names.epoch_in(&object.name)?,
                digest: Digest::of(bytes),
                previous: previous.unwrap_or(Digest::NONE),
            })
        })
    }
}

/// Returns the latest epoch that replicas were given, or a keeper has committed, after the head's, if the
/// head was put back. A blob that follows on the head, or on one before it, is one that is being committed,
/// or whose keeper died or was too late.
fn ahead(
    head: &HeadLabels,
    secrets: &[Object],
    fleet: &Fleet,
    configs: &Configs,
    names: &Names,
) -> Option<u64> {
    let delivered = secrets.iter().filter_map(|it| names.epoch_in(&it.name));
    let held = fleet.replicas().map(|it| it.epoch);
    let chain: Vec<Digest> = configs
        .chain(head.digest, names)
        .iter()
        .flat_map(|blob| [blob.digest, blob.previous])
        .collect();
    let committed = configs
        .blobs(names)
        .filter(|blob| !chain.contains(&blob.previous))
        .map(|blob| blob.epoch);
    let latest = delivered.chain(held).chain(committed).max();
    latest.filter(|latest| *latest > head.epoch)
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
