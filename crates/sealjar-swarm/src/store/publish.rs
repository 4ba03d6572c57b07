//! How do services get the ring, one after the other?
//!
//! Each call takes one step and returns: it gives the head to a service, or looks whether the
//! service's roll-out is over. A roll-out that is paused or went back stops all services that
//! follow, except those that still accept what was revoked: they get the head at once.

use crate::engine::{self, EngineError, Object};
use crate::store::SwarmStore;
use crate::store::fleet::Running;
use crate::store::head::HeadLabels;
use crate::store::pace;
use crate::store::service::{RollOut, Service};
use sealjar_keeper::delivery::{Fleet, Trouble};
use sealjar_keeper::store::{Head, Published, StoreError};
use serde_json::Value;

impl SwarmStore {
    pub(super) async fn publish_now(&self, head: &Head) -> Result<Published, StoreError> {
        let standing = self
            .head_at(&head.version)
            .await?
            .ok_or(StoreError::LostRace)?;
        let labels = HeadLabels::read(&standing.labels).map_err(|_| StoreError::LostRace)?;
        let secret = self.secret_of(&labels).await?;
        let running = self.running().await?;
        // One that is not there has no replicas. It gets the ring with its stack file.
        let listed: Vec<&Service> = self
            .services
            .iter()
            .filter_map(|name| running.service(name))
            .collect();
        let mut held_up = None;
        for service in listed {
            // Until it has the head, it accepts what was revoked. Then nobody waits for anybody.
            let is_urgent = service
                .mounted_as(Self::TARGET)
                .and_then(|it| self.names.epoch_in(it))
                .is_some_and(|epoch| labels.is_revoked(epoch));
            if held_up.is_some() && !is_urgent {
                continue;
            }
            let step = match self.standing(service, &secret, &running) {
                Ok(Standing::Current) => match self.put_back_pace(service).await {
                    Ok(()) => continue,
                    Err(error) => Err(error),
                },
                Ok(Standing::Updating) if !is_urgent => Ok(service),
                Ok(Standing::Updating | Standing::Stale) => {
                    let hurry = labels.is_fast.then(|| running.replicas_of(service));
                    let given = self.give(service, &secret, head, hurry).await;
                    given.map(|()| service)
                }
                Err(trouble) => Err(of(service)(trouble)),
            };
            held_up.get_or_insert(step);
        }
        match (held_up, self.unlisted_service(&running)) {
            (Some(Ok(service)), _) => Ok(self.underway(service, head, &running)),
            (Some(Err(error)), _) => Err(error),
            (None, Some(service)) => Err(of(service)(Trouble::NotListed)),
            (None, None) => Ok(Published::Unchanged),
        }
    }

    /// Adds to a fleet what keeps its services from getting the head.
    pub(super) fn find_trouble(&self, fleet: &mut Fleet, secret: &Object, running: &Running) {
        for delivered in &mut fleet.services {
            let service = running.service(&delivered.name);
            let standing = service.map(|it| self.standing(it, secret, running));
            delivered.trouble = standing.and_then(Result::err);
        }
        if let Some(service) = self.unlisted_service(running) {
            let mut unlisted = running.fleet(&[service.name().to_owned()], &self.names);
            for delivered in &mut unlisted.services {
                delivered.trouble = Some(Trouble::NotListed);
            }
            fleet.services.append(&mut unlisted.services);
        }
    }

    /// Returns a service that has a ring and would be left behind with it.
    pub(super) fn unlisted_service<'a>(&self, running: &'a Running) -> Option<&'a Service> {
        let mut unlisted = running
            .services
            .iter()
            .filter(|service| !self.services.iter().any(|it| it == service.name()));
        unlisted.find(|service| {
            let mut secrets = service.secrets();
            secrets.any(|it| self.names.epoch_in(it).is_some())
        })
    }

    /// Returns how far a service is on its way to the head.
    pub(super) fn standing(
        &self,
        service: &Service,
        secret: &Object,
        running: &Running,
    ) -> Result<Standing, Trouble> {
        let Some(mounted) = service.mounted_as(Self::TARGET) else {
            return Err(Trouble::NotMounted {
                target: Self::TARGET.into(),
            });
        };
        if self.names.epoch_in(mounted).is_none() {
            return Err(Trouble::Foreign {
                secret: mounted.into(),
            });
        }
        let has = mounted == secret.name;
        let message = || service.message();
        match service.roll_out() {
            RollOut::InProgress => Ok(Standing::Updating),
            RollOut::Paused => Err(Trouble::Paused { message: message() }),
            RollOut::RolledBack if !has && is_after(service.changed_at(), &secret.created_at) => {
                Err(Trouble::RolledBack { message: message() })
            }
            RollOut::Over | RollOut::RolledBack if !has => Ok(Standing::Stale),
            // A change that has just been accepted has no state yet. Its replicas tell.
            RollOut::Over if service.state().is_none() && running.lag(service, &secret.name) => {
                Ok(Standing::Updating)
            }
            RollOut::Over | RollOut::RolledBack => Ok(Standing::Current),
        }
    }

    /// Swaps the secret in a service, if the head is still the head. `hurry`: as fast as so many
    /// replicas can be replaced.
    async fn give(
        &self,
        service: &Service,
        secret: &Object,
        head: &Head,
        hurry: Option<u64>,
    ) -> Result<(), StoreError> {
        self.head_at(&head.version).await?;
        let mut spec = service.with_secret(Self::TARGET, &secret.name, &secret.id);
        match hurry {
            Some(replicas) => pace::hurry(&mut spec, head.ring.epoch(), replicas),
            None => _ = pace::put_back(&mut spec),
        }
        self.change(service, &spec).await
    }

    /// Lets a service that has the head be updated as before, if that was overridden. Replicas stay
    /// as they are.
    async fn put_back_pace(&self, service: &Service) -> Result<(), StoreError> {
        let mut spec = service.spec().clone();
        if pace::put_back(&mut spec) {
            self.change(service, &spec).await?;
        }
        Ok(())
    }

    async fn change(&self, service: &Service, spec: &Value) -> Result<(), StoreError> {
        let (id, version) = (service.id(), service.version());
        match self.engine.update_service(id, version, spec).await {
            // Somebody else has changed the service, or it may have been this change: the next step
            // looks.
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
        Published::InProgress(format!(
            "{name} rolls out, {have} of {all} replicas have it"
        ))
    }
}

/// How far a service is on its way to the head.
#[derive(Debug)]
pub(super) enum Standing {
    /// Its replicas have it.
    Current,
    /// Its replicas are being replaced.
    Updating,
    /// It has another epoch.
    Stale,
}

/// Says which service a trouble is about.
fn of(service: &Service) -> impl FnOnce(Trouble) -> StoreError {
    let service = service.name().to_owned();
    |trouble| StoreError::RollOut { service, trouble }
}

/// Whether one time is after another, by the clock of the same manager.
fn is_after(one: &str, other: &str) -> bool {
    engine::time(one) >= engine::time(other)
}
