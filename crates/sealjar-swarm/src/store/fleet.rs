//! Which epoch does every replica hold, by what it was started with?
//!
//! A running task never gets another secret, so that what it was started with is what it holds.
//! Each task counts whose state is not an end, whatever is wanted of it: one that is to end still
//! serves with what it has. Of a node that is down the engine does not know whether its tasks run,
//! so they count until the node is removed.

use sealjar::Timestamp;
use serde_json::Value;

use crate::balancer;
use crate::engine;
use crate::store::names::{Name, Names};
use crate::store::pace;
use crate::store::service::{self, Service};
use sealjar_keeper::HumanDuration;
use sealjar_keeper::delivery::{Fleet, Replica, ServiceDelivery};

/// What runs in the swarm.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) services: Vec<Service>,
    tasks: Vec<Value>,
    nodes: Vec<Value>,
}

impl Running {
    pub(super) fn new(services: Vec<Value>, tasks: Vec<Value>, nodes: Vec<Value>) -> Self {
        Self {
            services: services.into_iter().map(Service::new).collect(),
            tasks,
            nodes,
        }
    }

    pub(super) fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|it| it.name() == name)
    }

    /// Returns the secrets that tasks have or are about to get, of any service.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let live = self.tasks.iter().filter(|task| self.is_live(task));
        live.flat_map(|task| service::secrets(&task["Spec"]))
    }

    /// Returns whether a replica of a service was started with other secrets than the service has
    /// by now, of the names that count, and does not have to end. One that has to end may run for
    /// long: on a node that is down, until the node is removed.
    pub(super) fn lag(&self, service: &Service, counts: impl Fn(&str) -> bool) -> bool {
        let own = self
            .tasks
            .iter()
            .filter(|it| it["ServiceID"] == service.id());
        own.filter(|task| self.is_live(task) && !is_told_to_end(task))
            .any(|task| {
                let has = |mount| service::mounts(&task["Spec"]).any(|it| it == mount);
                service.mounts().any(|mount| counts(mount.0) && !has(mount))
            })
    }

    /// Returns how many replicas a service has, or is to have.
    pub(super) fn replicas_of(&self, service: &Service) -> u64 {
        let own = self
            .tasks
            .iter()
            .filter(|it| it["ServiceID"] == service.id());
        let live = own.filter(|task| self.is_live(task) && !is_told_to_end(task));
        service.replicas().unwrap_or_else(|| live.count() as u64)
    }

    /// Returns the services of these names, and what their replicas hold.
    pub(super) fn fleet(&self, listed: &[String], names: &Names) -> Fleet {
        let delivered = |name: &String| {
            let service = self.service(name);
            let replicas = service.map(|it| self.replicas(it, names));
            let pace = service.map(|it| {
                let all = self.services.iter().map(Service::told);
                let poll = balancer::poll_before(it.told(), all);
                pace::of(it.spec(), poll.map(HumanDuration::as_secs))
            });
            ServiceDelivery {
                name: name.clone(),
                epoch: service.and_then(|it| service::epoch_of(it.template(), names)),
                roll_out: service.and_then(Service::state).map(Into::into),
                trouble: None,
                replicas: replicas.unwrap_or_default(),
                pace,
            }
        };
        Fleet {
            services: listed.iter().map(delivered).collect(),
            last_end: self.last_end(listed, names),
            keepers: self.keepers(names),
            ..Fleet::default()
        }
    }

    /// Returns when the last replica of these services ended that held an earlier epoch than its
    /// service has. Swarm remembers five replicas for each slot.
    fn last_end(&self, listed: &[String], names: &Names) -> Option<Timestamp> {
        let epoch = |template: &Value| service::epoch_of(template, names);
        let ends = self.tasks.iter().filter_map(|task| {
            let mut services = self.services.iter();
            let service = services.find(|it| task["ServiceID"] == it.id())?;
            let current = epoch(service.template())?;
            let is_over = listed.iter().any(|it| it == service.name()) && !self.is_live(task);
            let ended = engine::time(task["Status"]["Timestamp"].as_str()?)?;
            (is_over && epoch(&task["Spec"])? < current).then_some(ended.unix_timestamp())
        });
        let unix = u64::try_from(ends.max()?).ok()?;
        Timestamp::from_unix(unix).ok()
    }

    /// Returns the replicas with a ring whose service was removed. They serve on until they have
    /// ended.
    pub(super) fn left_over(&self, names: &Names) -> Option<ServiceDelivery> {
        let is_left_over = |task: &&Value| {
            let mut services = self.services.iter();
            self.is_live(task) && !services.any(|it| task["ServiceID"] == it.id())
        };
        let tasks = self.tasks.iter().filter(is_left_over);
        let replicas = tasks.map(|task| self.replica("removed", task, names));
        let replicas: Vec<Replica> = replicas.filter(|it| it.epoch > 0).collect();
        (!replicas.is_empty()).then(|| ServiceDelivery {
            name: "removed".into(),
            epoch: None,
            roll_out: None,
            trouble: None,
            replicas,
            pace: None,
        })
    }

    /// Returns the replicas that have a key which the ring is kept under: its keepers.
    fn keepers(&self, names: &Names) -> Vec<Replica> {
        let has_kek = |task: &&Value| {
            let mut secrets = service::secrets(&task["Spec"]);
            secrets.any(|it| names.read(it) == Some(Name::Kek))
        };
        let tasks = self.tasks.iter().filter(|task| self.is_live(task));
        let name = |task: &Value| {
            let mut services = self.services.iter();
            let service = services.find(|it| task["ServiceID"] == it.id());
            service.map_or("removed", Service::name).to_owned()
        };
        let tasks = tasks.filter(has_kek);
        let mut keepers: Vec<Replica> = tasks
            .map(|task| self.replica(&name(task), task, names))
            .collect();
        keepers.sort_by(|one, other| one.name.cmp(&other.name));
        keepers
    }

    fn replicas(&self, service: &Service, names: &Names) -> Vec<Replica> {
        let own = self
            .tasks
            .iter()
            .filter(|it| it["ServiceID"] == service.id());
        let mut replicas: Vec<(u64, Replica)> = own
            .filter(|task| self.is_live(task))
            .map(|task| {
                let slot = task["Slot"].as_u64().unwrap_or_default();
                (slot, self.replica(service.name(), task, names))
            })
            .collect();
        replicas.sort_by_key(|(slot, _)| *slot);
        replicas.into_iter().map(|(_, replica)| replica).collect()
    }

    fn replica(&self, service: &str, task: &Value, names: &Names) -> Replica {
        let node = self.node(task);
        let place = match task["Slot"].as_u64() {
            Some(slot) if slot > 0 => slot.to_string(),
            // One of a service that runs once on each node.
            _ => node.clone(),
        };
        Replica {
            name: format!("{service}.{place}"),
            state: if is_told_to_end(task) {
                format!("{}, ends", state(task))
            } else {
                state(task).into()
            },
            epoch: service::epoch_of(&task["Spec"], names).unwrap_or_default(),
            node,
        }
    }

    /// Returns the name of the node that a task is on.
    fn node(&self, task: &Value) -> String {
        let id = task["NodeID"].as_str().unwrap_or_default();
        let node = self.nodes.iter().find(|node| node["ID"] == id);
        let name = node.and_then(|node| node["Description"]["Hostname"].as_str());
        name.unwrap_or(id).into()
    }

    /// Whether a task may serve visitors, now or soon.
    fn is_live(&self, task: &Value) -> bool {
        match state(task) {
            "complete" | "failed" | "rejected" | "remove" | "shutdown" => false,
            // Swarm has given up on a node. It may serve visitors still.
            "orphaned" => self.nodes.iter().any(|node| node["ID"] == task["NodeID"]),
            _ => true,
        }
    }
}

fn state(task: &Value) -> &str {
    task["Status"]["State"].as_str().unwrap_or_default()
}

fn is_told_to_end(task: &Value) -> bool {
    matches!(task["DesiredState"].as_str(), Some("remove" | "shutdown"))
}
