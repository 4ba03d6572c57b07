//! How do services get the ring, one after the other?
//!
//! Each call takes one step and returns: it gives the head to a service, or looks whether the
//! service's roll-out is over. A roll-out that is paused or went back stops all services that
//! follow, except those that still accept what was revoked: they get the head at once.

use crate::engine::{self, EngineError, Object};
use crate::store::SwarmStore;
use crate::store::exports::Given;
use crate::store::fleet::Running;
use crate::store::head::HeadLabels;
use crate::store::names::Name;
use crate::store::pace;
use crate::store::service::{self, RollOut, Service};
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
        let (given, failed) = self.given_of(&labels, &head.ring).await?;
        self.name_exports(head, standing, &labels, &given).await?;
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
            let is_urgent = service::epoch_of(service.template(), &self.names)
                .is_some_and(|epoch| labels.is_revoked(epoch));
            if held_up.is_some() && !is_urgent {
                continue;
            }
            let step = match self.standing(service, &given, &running) {
                Ok(Standing::Current) => match self.put_back_pace(service).await {
                    Ok(()) => continue,
                    Err(error) => Err(error),
                },
                Ok(Standing::Updating) if !is_urgent => Ok(service),
                Ok(Standing::Updating | Standing::Stale) => {
                    let hurry = labels.is_fast.then(|| running.replicas_of(service));
                    let changed = self.give(service, &given, head, hurry).await;
                    changed.map(|()| service)
                }
                Err(trouble) => Err(of(service)(trouble)),
            };
            held_up.get_or_insert(step);
        }
        match (held_up, failed, self.unlisted_service(&running)) {
            (Some(Ok(service)), ..) => Ok(self.underway(service, head, &running)),
            (Some(Err(error)), ..) | (None, Some(error), _) => Err(error),
            (None, None, Some(service)) => Err(of(service)(Trouble::NotListed)),
            (None, None, None) => Ok(Published::Unchanged),
        }
    }

    /// Adds to a fleet what keeps its services from getting the head.
    pub(super) fn find_trouble(&self, fleet: &mut Fleet, given: &Given, running: &Running) {
        for delivered in &mut fleet.services {
            let service = running.service(&delivered.name);
            let standing = service.map(|it| self.standing(it, given, running));
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
            secrets.any(|it| self.names.given_in(it).is_some())
        })
    }

    /// Returns how far a service is on its way to the head.
    pub(super) fn standing(
        &self,
        service: &Service,
        given: &Given,
        running: &Running,
    ) -> Result<Standing, Trouble> {
        let mut mounts = self.mounts_of(service)?.into_iter();
        // One that cannot be made has none to compare with.
        let has = mounts.all(|(target, secret)| {
            given
                .under(target)
                .is_none_or(|current| current.name == secret)
        });
        let message = || service.message();
        match service.roll_out() {
            RollOut::InProgress => Ok(Standing::Updating),
            RollOut::Paused => Err(Trouble::Paused { message: message() }),
            RollOut::RolledBack
                if !has && is_after(service.changed_at(), &given.ring.created_at) =>
            {
                Err(Trouble::RolledBack { message: message() })
            }
            RollOut::Over | RollOut::RolledBack if !has => Ok(Standing::Stale),
            // A change that has just been accepted has no state yet. Its replicas tell.
            RollOut::Over
                if service.state().is_none()
                    && running.lag(service, |target| self.delivers(target)) =>
            {
                Ok(Standing::Updating)
            }
            RollOut::Over | RollOut::RolledBack => Ok(Standing::Current),
        }
    }

    /// Returns what a service has mounted of this ring: the ring, exports of it, or both.
    fn mounts_of<'a>(&self, service: &'a Service) -> Result<Vec<(&'a str, &'a str)>, Trouble> {
        let mut ours = Vec::new();
        for (target, secret) in service.mounts() {
            match self.names.read(secret) {
                Some(Name::Export(_)) if !self.delivers(target) => {
                    return Err(Trouble::NotExported {
                        target: target.into(),
                    });
                }
                _ if !self.delivers(target) => {}
                Some(Name::Epoch(_) | Name::Export(_)) => ours.push((target, secret)),
                _ => {
                    return Err(Trouble::Foreign {
                        secret: secret.into(),
                    });
                }
            }
        }
        if ours.is_empty() {
            return Err(Trouble::NotMounted {
                target: Self::TARGET.into(),
            });
        }
        Ok(ours)
    }

    /// Lets the head name the exports that are made, for stack files.
    async fn name_exports(
        &self,
        head: &Head,
        standing: Object,
        labels: &HeadLabels,
        given: &Given,
    ) -> Result<(), StoreError> {
        let exports = given.exports();
        if exports == labels.exports {
            return Ok(());
        }
        let named = |head: &Object| match HeadLabels::read(&head.labels) {
            Ok(labels) => HeadLabels {
                exports: exports.clone(),
                ..labels
            }
            .write(),
            Err(_) => head.labels.clone(),
        };
        self.move_head(&head.version, standing, named).await
    }

    /// Swaps the secrets in a service, if the head is still the head. `hurry`: as fast as so many
    /// replicas can be replaced.
    async fn give(
        &self,
        service: &Service,
        given: &Given,
        head: &Head,
        hurry: Option<u64>,
    ) -> Result<(), StoreError> {
        self.head_at(&head.version).await?;
        let mut spec = service.with_secrets(|target| given.under(target));
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
#[derive(Debug, Eq, PartialEq)]
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
