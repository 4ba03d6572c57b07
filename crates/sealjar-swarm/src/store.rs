//! Keeps a ring in a Docker Swarm, and gives it to the services that seal under it.
//!
//! In the swarm itself, which replicates its secrets and configs over all managers, so that a
//! keeper may die and start on any of them:
//!
//! ```text
//! config  sealjar.<ring>.head               labels: the epoch, its blob, that blob's sha256
//! config  sealjar.<ring>.e<epoch>.<8 hex>   the blob: the ring, sealed under a KEK
//! secret  sealjar.<ring>.kek.<8 hex>        the KEK, 32 bytes, mounted in the keeper alone
//! secret  sealjar.<ring>.e<epoch>.<8 hex>   the ring, mounted in replicas as session-ring
//! secret  sealjar.<ring>.x<epoch>.<8 hex>   an export of it, mounted under a name of its own
//! ```
//!
//! Secrets and configs never change, but their labels do, and a change of labels names the version
//! that it is made over. To move the head's labels to the next blob is the commit. Dying before or
//! after it leaves an epoch that is committed or not, and what is missing of it is finished by the
//! next turn.
//!
//! A secret is never read back, which is why there is the blob. That a secret holds what its name
//! says is found out by having the engine compare it. A running container never sees another
//! secret, which is why a new epoch restarts replicas, in whatever way their service says.

mod commit;
mod configs;
mod digest;
mod exports;
mod fleet;
mod head;
mod keks;
mod load;
pub(crate) mod names;
pub(crate) mod pace;
mod proof;
mod prune;
mod publish;
mod service;

use std::path::PathBuf;

use sealjar::KeyId;

use crate::engine::Engine;
use crate::store::digest::Digest;
use crate::store::keks::Keks;
use crate::store::names::Names;
use crate::store::proof::Proofs;
use sealjar_keeper::delivery::Delivery;
use sealjar_keeper::export::ExportFile;
use sealjar_keeper::plan::{Change, Publishing};
use sealjar_keeper::store::{
    Found, Head, Place, Published, RingStore, StoreError, Stored, Version,
};

/// Keeps a ring in a swarm. Talks to one of its managers.
#[derive(Debug)]
pub struct SwarmStore {
    engine: Engine,
    names: Names,
    services: Vec<String>,
    keks: Keks,
    proofs: Proofs,
    is_fast: bool,
    exports: Vec<ExportFile>,
}

impl SwarmStore {
    /// Names the ring, the services that get it, and the files with the keys that it is sealed
    /// under. With no file named, those that Swarm mounts under the names of this ring's KEKs.
    ///
    /// A service gets the ring if it is listed here and has a secret of this ring mounted as
    /// [`TARGET`](Self::TARGET), and an export if it has one mounted under its name. A label is not
    /// enough: anyone who may label a service could have the ring delivered to it.
    ///
    /// # Errors
    /// [`StoreError::Kek`] for a file that holds no such key.
    pub fn open(
        engine: Engine,
        ring: &str,
        services: Vec<String>,
        keks: &[PathBuf],
    ) -> Result<Self, StoreError> {
        let names = Names::of(ring);
        Ok(Self {
            keks: Keks::read(keks, &names)?,
            engine,
            names,
            services,
            proofs: Proofs::default(),
            is_fast: false,
            exports: Vec::new(),
        })
    }

    /// Lets what is committed from now on reach replicas as fast as it can: services replace half
    /// of their replicas at once, without a delay, until they have the epoch. Then they are updated
    /// as before. It is for an emergency: replicas of a bad build are replaced as fast.
    ///
    /// How a service was updated is kept in its label `sealjar.pace`, so that any keeper puts it
    /// back if this one dies.
    #[must_use]
    pub const fn fast(mut self, is_fast: bool) -> Self {
        self.is_fast = is_fast;
        self
    }

    /// Delivers exports as secrets of their own. A service that is listed and has one mounted under
    /// its name gets each epoch's, in the same update as the ring if it has that too. An epoch
    /// counts as published when every replica has them. All keepers of a ring have to deliver the
    /// same. The head's label `export.NAME` has the name of the secret.
    #[must_use]
    pub fn exports(mut self, exports: impl IntoIterator<Item = ExportFile>) -> Self {
        self.exports = exports.into_iter().collect();
        self
    }

    /// Makes another KEK, and returns the name of the secret that keeps it. What is committed once
    /// a keeper has it mounted is sealed under it.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be made.
    pub async fn add_kek(&self) -> Result<String, StoreError> {
        let (kek, _) = self.make_kek().await?;
        Ok(self.names.kek(kek.id()))
    }

    /// The name of the file in `/run/secrets` that replicas read.
    pub const TARGET: &str = "session-ring";
}

impl RingStore for SwarmStore {
    async fn load(&self) -> Result<Stored, StoreError> {
        self.load_now().await
    }

    async fn commit(&self, over: &Version, next: &Change) -> Result<(), StoreError> {
        self.commit_now(over, next).await
    }

    async fn publish(&self, head: &Head) -> Result<Published, StoreError> {
        self.publish_now(head).await
    }

    async fn found(&self, head: &Head) -> Result<Found, StoreError> {
        self.found_now(head).await
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

    fn store_keys(&self) -> Vec<KeyId> {
        self.keks.ids()
    }

    fn publishing(&self) -> Publishing {
        Publishing::Restarts
    }

    fn place(&self, head: &Head) -> Place {
        // Its version is the digest of its blob, unless the head is none that can be loaded.
        let blob = head.version.as_str().parse().unwrap_or(Digest::NONE);
        Place::Secret {
            name: self.names.epoch(head.ring.epoch(), blob),
            keks: self.keks.names(&self.names),
        }
    }
}

#[cfg(test)]
mod tests;
