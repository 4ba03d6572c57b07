//! Finds what would hurt in a swarm whose replicas share a ring. Facts in, findings out.
//!
//! [`Facts`] are what the engine says, and [`CHECKS`] is everything that they are looked at for.
//! One check is one small function; none asks the engine anything. Neither the ring nor a key of it
//! is needed, so that a swarm can be examined before its ring is begun.

mod access;
mod clocks;
mod delivery;
mod facts;
mod retry;
mod rollout;
mod service;
mod swarm;
mod traefik;

use serde::Serialize;

pub use crate::doctor::facts::{Facts, Target};
use crate::doctor::service::ServiceView;

/// Everything that is looked at, in the order in which it is reported.
pub const CHECKS: &[Check] = &[
    Check {
        name: "begun",
        about: "the ring exists, and services are named that the keeper brings it to",
        look: Look::Swarm(delivery::begun),
    },
    Check {
        name: "listed",
        about: "each service of --service exists, and each that mounts the ring is among them",
        look: Look::Swarm(delivery::listed),
    },
    Check {
        name: "mounted",
        about: "each of them mounts the ring's secret, under the target session-ring",
        look: Look::Service(delivery::mounted),
    },
    Check {
        name: "readable",
        about: "mode and owner of that secret let the app's user read it",
        look: Look::Service(access::readable),
    },
    Check {
        name: "kek",
        about: "none of them mounts the key that the ring is kept under, which is the keeper's alone",
        look: Look::Service(delivery::kek),
    },
    Check {
        name: "rollback",
        about: "`docker service rollback` would bring back no key that was revoked, and would work",
        look: Look::Service(delivery::rollback),
    },
    Check {
        name: "route",
        about: "labels for Traefik are where it reads them, and name the port",
        look: Look::Service(traefik::route),
    },
    Check {
        name: "sticky",
        about: "no label binds visitors to a replica, which hides that one lags",
        look: Look::Service(traefik::sticky),
    },
    Check {
        name: "probe",
        about: "Traefik asks each replica whether it is well",
        look: Look::Service(traefik::probe),
    },
    Check {
        name: "repeats",
        about: "`retry` repeats no request that a replica has received",
        look: Look::Service(retry::repeats),
    },
    Check {
        name: "health",
        about: "each has a health check, its own or its image's",
        look: Look::Service(rollout::health),
    },
    Check {
        name: "failure",
        about: "update_config.failure_action is rollback; without it Swarm pauses",
        look: Look::Service(rollout::failure),
    },
    Check {
        name: "order",
        about: "update_config.order is start-first; without it Swarm stops first",
        look: Look::Service(rollout::order),
    },
    Check {
        name: "back",
        about: "rollback_config is start-first too, and its delay Traefik's poll at least",
        look: Look::Service(rollout::back),
    },
    Check {
        name: "parallelism",
        about: "an update does not replace all replicas at once",
        look: Look::Service(rollout::parallelism),
    },
    Check {
        name: "delay",
        about: "update_config.delay is Traefik's poll at least, where Traefik leads to it",
        look: Look::Service(traefik::delay),
    },
    Check {
        name: "pace",
        about: "no delay or parallelism is still overridden by `--fast`",
        look: Look::Service(rollout::pace),
    },
    Check {
        name: "grace",
        about: "stop_grace_period leaves time to finish, and for Traefik to notice",
        look: Look::Service(traefik::grace),
    },
    Check {
        name: "replicas",
        about: "each has two replicas at least",
        look: Look::Service(rollout::replicas),
    },
    Check {
        name: "autolock",
        about: "the managers' disks do not open without the unlock key",
        look: Look::Swarm(swarm::autolock),
    },
    Check {
        name: "managers",
        about: "there are three managers, or five, or seven",
        look: Look::Swarm(swarm::managers),
    },
    Check {
        name: "clocks",
        about: "each node's clock is within the skew of the leader's, as far as its tasks tell",
        look: Look::Swarm(clocks::nodes),
    },
    Check {
        name: "clock",
        about: "this machine's clock is within the skew of the engine's that was asked",
        look: Look::Swarm(clocks::own),
    },
];

/// Something that is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// A word for it.
    pub name: &'static str,
    /// What has to be so.
    pub about: &'static str,
    look: Look,
}

/// What a check looks at.
#[derive(Clone, Copy, Debug)]
enum Look {
    /// Each service that mounts the ring or ought to.
    Service(fn(&Facts, &ServiceView<'_>) -> Option<Finding>),
    /// What there is once.
    Swarm(fn(&Facts) -> Vec<Finding>),
}

/// Something that is not as it ought to be.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The [name](Check::name) of the check that found it.
    pub check: &'static str,
    /// Whether visitors are at risk.
    pub weight: Weight,
    /// The service that it is about, `None` for the swarm.
    pub service: Option<String>,
    /// What was found.
    pub what: String,
    /// What comes of it.
    pub why: &'static str,
    /// What to do about it.
    pub fix: String,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Visitors will be logged out or refused, or keys are in danger, in the course of ordinary
    /// events.
    Hurts,
    /// It may be meant so, or it cannot be told from here.
    Note,
}

impl Finding {
    pub(crate) fn hurts(
        what: impl Into<String>,
        why: &'static str,
        fix: impl Into<String>,
    ) -> Self {
        Self::new(Weight::Hurts, what.into(), why, fix.into())
    }

    pub(crate) fn note(what: impl Into<String>, why: &'static str, fix: impl Into<String>) -> Self {
        Self::new(Weight::Note, what.into(), why, fix.into())
    }

    const fn new(weight: Weight, what: String, why: &'static str, fix: String) -> Self {
        Self {
            check: "",
            weight,
            service: None,
            what,
            why,
            fix,
        }
    }

    pub(crate) fn of(mut self, service: &str) -> Self {
        self.service = Some(service.into());
        self
    }
}

impl Check {
    /// Looks, and returns what is not as it ought to be.
    #[must_use]
    pub fn run(&self, facts: &Facts) -> Vec<Finding> {
        let mut findings = match self.look {
            Look::Service(look) => {
                let look = |it: ServiceView<'_>| look(facts, &it).map(|found| found.of(it.name()));
                facts.examined().filter_map(look).collect()
            }
            Look::Swarm(look) => look(facts),
        };
        for finding in &mut findings {
            finding.check = self.name;
        }
        findings
    }
}

#[cfg(test)]
mod tests;
