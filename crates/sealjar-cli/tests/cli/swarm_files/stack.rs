//! What does a stack file say?

use std::collections::BTreeMap;

use sealjar_keeper::HumanDuration;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// What of a stack file matters here, with its variables as they are written.
#[derive(Deserialize)]
pub(super) struct Stack {
    #[serde(default)]
    pub(super) configs: BTreeMap<String, Config>,
    pub(super) services: BTreeMap<String, Service>,
    pub(super) secrets: BTreeMap<String, Object>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct Service {
    pub(super) cap_drop: Vec<String>,
    pub(super) command: Vec<String>,
    pub(super) deploy: Deploy,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) healthcheck: HealthCheck,
    pub(super) ports: Vec<IgnoredAny>,
    pub(super) read_only: bool,
    pub(super) secrets: Vec<Mount>,
    pub(super) stop_grace_period: Option<HumanDuration>,
    pub(super) user: String,
    pub(super) volumes: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Deploy {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) mode: String,
    pub(super) placement: Placement,
    pub(super) replicas: u32,
    pub(super) rollback_config: Update,
    pub(super) update_config: Update,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct HealthCheck {
    pub(super) test: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Placement {
    pub(super) constraints: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Update {
    pub(super) delay: Option<HumanDuration>,
    pub(super) failure_action: String,
    pub(super) order: String,
    pub(super) parallelism: u32,
}

#[derive(Deserialize)]
pub(super) struct Mount {
    /// As it is written: with a leading zero, which is octal to Docker and not to YAML 1.2.
    pub(super) mode: String,
    pub(super) source: String,
    pub(super) target: String,
    pub(super) uid: String,
}

/// A config that is made of a file.
#[derive(Deserialize)]
pub(super) struct Config {
    pub(super) file: String,
}

/// A secret that exists already, by its name.
#[derive(Deserialize)]
pub(super) struct Object {
    pub(super) external: bool,
    pub(super) name: String,
}

impl Stack {
    pub(super) fn parse(text: &str) -> Self {
        serde_saphyr::from_str(text).unwrap()
    }

    pub(super) fn app(&self) -> &Service {
        &self.services["web"]
    }

    pub(super) fn keeper(&self) -> &Service {
        &self.services["keeper"]
    }

    /// How often Traefik looks which replicas there are.
    pub(super) fn poll(&self) -> HumanDuration {
        let option = "--providers.swarm.refreshSeconds=";
        let mut options = self.services["traefik"].command.iter();
        let seconds = options.find_map(|line| line.strip_prefix(option));
        HumanDuration::from_secs(seconds.unwrap().parse().unwrap())
    }

    pub(super) fn is_by_variable(&self, secret: &str, variable: &str) -> bool {
        let object = &self.secrets[secret];
        object.external && object.name.starts_with(&format!("${{{variable}:?"))
    }
}

impl Service {
    pub(super) fn has_few_rights(&self) -> bool {
        self.read_only && self.cap_drop == ["ALL"] && self.user.starts_with("65532:")
    }

    pub(super) fn holds_the_socket(&self) -> bool {
        let mut volumes = self.volumes.iter();
        volumes.any(|volume| volume.contains("docker.sock"))
    }
}
