//! What of earlier epochs may stay in a swarm?
//!
//! Nothing goes that a service, its way back, a task or the head names. Except after a revocation:
//! then the way back goes too, or `docker service rollback` would bring back what was revoked.

use sealjar::KeyId;

use crate::engine::{EngineError, Kind, Object};
use crate::store::SwarmStore;
use crate::store::commit::KEYS;
use crate::store::configs::{BlobConfig, Configs};
use crate::store::fleet::Running;
use crate::store::head::HeadLabels;
use crate::store::service::RollOut;
use sealjar_keeper::store::{Head, StoreError};

impl SwarmStore {
    pub(super) async fn prune_now(
        &self,
        head: &Head,
        may_keep: &(dyn Fn(&[KeyId]) -> bool + Sync),
    ) -> Result<(), StoreError> {
        let configs = self.configs().await?;
        let labels = match configs
            .head(&self.names)
            .map(|it| HeadLabels::read(&it.labels))
        {
            Some(Ok(labels)) if labels.digest.to_string() == head.version.as_str() => labels,
            // Another keeper has gone on, and tidies up itself.
            _ => return Ok(()),
        };
        for blob in self.expired(&configs, &labels, may_keep) {
            self.remove(Kind::Config, blob).await?;
        }
        let secrets = self.engine.list(Kind::Secret, self.names.prefix()).await?;
        let earlier = |secret: &&Object| {
            let epoch = self.names.given_in(&secret.name);
            let came_before = |epoch| {
                epoch <= labels.epoch
                    || configs.is_history(labels.digest, &secret.name, &self.names)
            };
            epoch.is_some_and(came_before) && !self.is_given(&labels, &secret.name)
        };
        let earlier: Vec<&Object> = secrets.iter().filter(earlier).collect();
        if earlier.is_empty() {
            return Ok(());
        }
        let mut running = self.running().await?;
        if self.close_ways_back(&running, &labels).await? {
            running = self.running().await?;
        }
        for secret in earlier {
            let named = |name: &str| name == secret.name;
            let wanted = running.secrets().any(named)
                || running.services.iter().any(|service| {
                    service.secrets().any(named) || service.secrets_before().any(named)
                });
            if !wanted {
                self.remove(Kind::Secret, secret).await?;
            }
        }
        Ok(())
    }

    /// Sees to it that no service can be rolled back to what a revocation has put out of use.
    /// Returns whether there was one.
    async fn close_ways_back(
        &self,
        running: &Running,
        labels: &HeadLabels,
    ) -> Result<bool, StoreError> {
        let revoked = |name: &str| {
            let epoch = self.names.given_in(name);
            epoch.is_some_and(|epoch| labels.is_revoked(epoch))
        };
        let mut closed = false;
        for service in &running.services {
            let is_listed = self.services.iter().any(|it| it == service.name());
            // A change would let a paused roll-out continue, with the fault that paused it.
            let is_paused = service.roll_out() == RollOut::Paused;
            if !is_listed || is_paused || !service.secrets_before().any(revoked) {
                continue;
            }
            if service.secrets().any(revoked) {
                // It has yet to get the head, and then there is another way back.
                continue;
            }
            // Whatever a service is changed from is what it would go back to.
            let spec = service.with_label(REVOKED_IN, &labels.revoked_in.to_string());
            let (id, version) = (service.id(), service.version());
            match self.engine.update_service(id, version, &spec).await {
                Ok(()) => closed = true,
                // The next turn looks again.
                Err(EngineError::LostRace | EngineError::Unknown { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(closed)
    }

    /// Returns the blobs that may not stay: epochs too many, those that hold the secret of a key
    /// that is over, and those that were never committed and never will be.
    pub(super) fn expired<'a>(
        &self,
        configs: &'a Configs,
        head: &HeadLabels,
        may_keep: &dyn Fn(&[KeyId]) -> bool,
    ) -> Vec<&'a Object> {
        let mut chain = configs.chain(head.digest, &self.names);
        // What does not say which secrets it holds may hold any.
        let may_stay = |it: &BlobConfig<'_>| keys_of(it.object).is_some_and(|keys| may_keep(&keys));
        // What comes before one that goes would follow on nothing, and go a turn later.
        let earlier = chain.iter().skip(1).take(MAX_KEPT);
        let kept = earlier.take_while(|it| may_stay(it)).count();
        chain.truncate(1 + kept);
        let stays = |blob: &BlobConfig<'_>| {
            let may_follow = blob.epoch > head.epoch && blob.previous == head.digest;
            may_follow || chain.iter().any(|it| it.digest == blob.digest)
        };
        let blobs = configs.blobs(&self.names);
        blobs
            .filter(|blob| !stays(blob))
            .map(|blob| blob.object)
            .collect()
    }

    async fn remove(&self, kind: Kind, object: &Object) -> Result<(), StoreError> {
        match self.engine.remove(kind, &object.id).await {
            // A service has got it meanwhile, or another keeper was here.
            Ok(()) | Err(EngineError::InUse { .. } | EngineError::NotFound { .. }) => Ok(()),
            // It is gone or it is not. The next turn looks.
            Err(EngineError::Unknown { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn keys_of(blob: &Object) -> Option<Vec<KeyId>> {
    let keys = blob.labels.get(KEYS)?.split(',');
    keys.map(|key| key.parse().ok()).collect()
}

/// The label of a service whose way back was closed, and after which epoch's revocation.
const REVOKED_IN: &str = "sealjar.revoked-in";
/// How many earlier epochs are kept.
const MAX_KEPT: usize = 8;
