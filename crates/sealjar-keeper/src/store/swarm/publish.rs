//! How do services get the ring, one after the other?
//!
//! Each call takes one step and comes back: a service is given the head, or it is looked at whether its
//! roll-out is over. One that stands still or went back stops all that follow.

use crate::docker::{EngineError, Kind, Labels, Object};
use crate::store::swarm::SwarmStore;
use crate::store::swarm::fleet::Running;
use crate::store::swarm::head::HeadLabels;
use crate::store::swarm::service::{RollOut, Service};
use crate::store::{Head, Published, StoreError, Trouble};

impl SwarmStore {
    pub(super) async fn publish_now(&self, head: &Head) -> Result<Published, StoreError> {
        let standing = self
            .head_at(&head.version)
            .await?
            .ok_or(StoreError::LostRace)?;
        let labels = HeadLabels::read(&standing.labels).map_err(|_| StoreError::LostRace)?;
        let secret = self.secret_of(head, &labels.blob).await?;
        let running = self.running().await?;
        for name in &self.services {
            // One that is not there has no replicas. It gets the ring with its stack file.
            let Some(service) = running.service(name) else {
                continue;
            };
            match self.standing(service, &secret, &running)? {
                Standing::Has => {}
                Standing::Gets => return Ok(self.underway(service, head, &running)),
                Standing::Lacks => {
                    self.give(service, &secret, head).await?;
                    return Ok(self.underway(service, head, &running));
                }
            }
        }
        // Last, so that those that are listed have what a revocation says.
        match self.unlisted(&running) {
            None => Ok(Published::Stood),
            Some(service) => Err(StoreError::RollOut {
                service: service.name().into(),
                trouble: Trouble::NotListed,
            }),
        }
    }

    /// Returns a service that has a ring which nobody will ever replace.
    fn unlisted<'a>(&self, running: &'a Running) -> Option<&'a Service> {
        let mut services = running.services.iter();
        services.find(|service| {
            let mounted = service.mounted_as(Self::TARGET);
            mounted.is_some_and(|it| self.names.epoch_in(it).is_some())
                && !self.services.iter().any(|it| it == service.name())
        })
    }

    /// Returns the secret that replicas get of the head, which is made if it is not there.
    async fn secret_of(&self, head: &Head, name: &str) -> Result<Object, StoreError> {
        // The second creation may be the one that came about.
        for _ in 0..3 {
            let listed = self.engine.list(Kind::Secret, name).await?;
            if let Some(secret) = listed.into_iter().find(|it| it.name == name) {
                return Ok(secret);
            }
            let epoch = Labels::from([("epoch".into(), head.ring.epoch().to_string())]);
            let document = head.ring.to_json();
            let made = self
                .engine
                .create(Kind::Secret, name, &epoch, document.as_bytes());
            match made.await {
                // Another keeper publishes the same head, and the name says that it is the same.
                Ok(_) | Err(EngineError::NameTaken { .. } | EngineError::Unknown { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // A manager that lags behind the others does not show it yet.
        Err(StoreError::LostRace)
    }

    /// Tells where a service stands on its way to the head.
    fn standing(
        &self,
        service: &Service,
        secret: &Object,
        running: &Running,
    ) -> Result<Standing, StoreError> {
        let trouble = |trouble| StoreError::RollOut {
            service: service.name().into(),
            trouble,
        };
        let Some(mounted) = service.mounted_as(Self::TARGET) else {
            return Err(trouble(Trouble::NotMounted {
                target: Self::TARGET.into(),
            }));
        };
        if self.names.epoch_in(mounted).is_none() {
            return Err(trouble(Trouble::Foreign {
                secret: mounted.into(),
            }));
        }
        let has = mounted == secret.name;
        let message = || service.message();
        match service.roll_out() {
            RollOut::Underway => Ok(Standing::Gets),
            RollOut::Paused => Err(trouble(Trouble::Paused { message: message() })),
            RollOut::RolledBack if !has && is_after(service.changed_at(), &secret.created_at) => {
                Err(trouble(Trouble::RolledBack { message: message() }))
            }
            RollOut::Over | RollOut::RolledBack if !has => Ok(Standing::Lacks),
            // A change that has just been accepted has no state yet. Its replicas tell.
            RollOut::Over if service.state().is_none() && running.lag(service, &secret.name) => {
                Ok(Standing::Gets)
            }
            RollOut::Over | RollOut::RolledBack => Ok(Standing::Has),
        }
    }

    /// Swaps the secret in a service, if the head is still the head.
    async fn give(
        &self,
        service: &Service,
        secret: &Object,
        head: &Head,
    ) -> Result<(), StoreError> {
        self.head_at(&head.version).await?;
        let spec = service.with_secret(Self::TARGET, &secret.name, &secret.id);
        let (id, version) = (service.id(), service.version());
        match self.engine.update_service(id, version, &spec).await {
            // Somebody else has changed the service, or it may have been this change: the next step looks.
            Ok(()) | Err(EngineError::LostRace | EngineError::Unknown { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn underway(&self, service: &Service, head: &Head, running: &Running) -> Published {
        let name = service.name();
        let fleet = running.fleet(&[name.to_owned()], &self.names);
        let all = fleet.replicas().count();
        let epoch = head.ring.epoch();
        let have = fleet.replicas().filter(|it| it.epoch == epoch).count();
        Published::Underway(format!(
            "{name} rolls out, {have} of {all} replicas have it"
        ))
    }
}

/// Where a service stands on its way to the head.
enum Standing {
    /// Its replicas have it.
    Has,
    /// Its replicas are being replaced.
    Gets,
    /// It has another epoch.
    Lacks,
}

/// Whether one time is after another, by the clock of the same manager. Both are as Docker writes them, to
/// the nanosecond and without trailing zeros, so that only whole seconds can be compared as text.
fn is_after(one: &str, other: &str) -> bool {
    let seconds = |text: &str| text.get(..SECONDS).unwrap_or_default().to_owned();
    seconds(one) >= seconds(other)
}

/// The length of `2026-11-22T17:10:12`.
const SECONDS: usize = 19;
