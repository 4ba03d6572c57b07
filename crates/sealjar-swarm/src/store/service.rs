//! What does the engine say of a service, and what is changed in it?
//!
//! A service is kept as the engine tells it, and written back whole: what a newer engine knows of
//! it and this program does not is not lost.

use serde_json::{Value, json};

use crate::engine::Object;
use crate::store::SwarmStore;
use crate::store::names::{Name, Names};

/// A service, as the engine tells it.
#[derive(Debug)]
pub(super) struct Service(Value);

/// How far the last change of a service has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum RollOut {
    /// It is over, or there was none.
    Over,
    /// Replicas are being replaced.
    InProgress,
    Paused,
    RolledBack,
}

impl Service {
    pub(super) const fn new(told: Value) -> Self {
        Self(told)
    }

    pub(super) fn id(&self) -> &str {
        self.0["ID"].as_str().unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        self.0["Spec"]["Name"].as_str().unwrap_or_default()
    }

    /// Returns what a change of it has to be made over.
    pub(super) fn version(&self) -> u64 {
        self.0["Version"]["Index"].as_u64().unwrap_or_default()
    }

    /// Returns how a replica is described that starts now.
    pub(super) fn template(&self) -> &Value {
        &self.0["Spec"]["TaskTemplate"]
    }

    /// Returns the secrets that it has mounted, each after the name that replicas find it under.
    pub(super) fn mounts(&self) -> impl Iterator<Item = (&str, &str)> {
        mounts(self.template())
    }

    /// Returns the secrets that the service names, mounted or not.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        secrets(&self.0["Spec"]["TaskTemplate"])
    }

    /// Returns the secrets that it would name again if it was rolled back.
    pub(super) fn secrets_before(&self) -> impl Iterator<Item = &str> {
        secrets(&self.0["PreviousSpec"]["TaskTemplate"])
    }

    pub(super) fn roll_out(&self) -> RollOut {
        match self.state() {
            Some("updating" | "rollback_started") => RollOut::InProgress,
            Some("paused" | "rollback_paused") => RollOut::Paused,
            Some("rollback_completed") => RollOut::RolledBack,
            _ => RollOut::Over,
        }
    }

    /// Returns the state of its last change in the engine's word. A change that has just been
    /// accepted has none yet.
    pub(super) fn state(&self) -> Option<&str> {
        self.0["UpdateStatus"]["State"]
            .as_str()
            .filter(|it| !it.is_empty())
    }

    /// Returns what the engine says about the state.
    pub(super) fn message(&self) -> String {
        let message = self.0["UpdateStatus"]["Message"].as_str();
        message.or(self.state()).unwrap_or_default().into()
    }

    /// Returns when its last change began, as the engine writes it.
    pub(super) fn changed_at(&self) -> &str {
        self.0["UpdateStatus"]["StartedAt"]
            .as_str()
            .unwrap_or_default()
    }

    /// Returns the service as the engine tells it.
    pub(super) const fn told(&self) -> &Value {
        &self.0
    }

    pub(super) fn spec(&self) -> &Value {
        &self.0["Spec"]
    }

    /// Returns how many replicas it is to have, `None` where it has one on each node.
    pub(super) fn replicas(&self) -> Option<u64> {
        self.spec()["Mode"]["Replicated"]["Replicas"].as_u64()
    }

    /// Returns its spec with other secrets, under the names for which there is one.
    pub(super) fn with_secrets<'a>(&self, under: impl Fn(&str) -> Option<&'a Object>) -> Value {
        let mut spec = self.0["Spec"].clone();
        let mounted = spec["TaskTemplate"]["ContainerSpec"]["Secrets"].as_array_mut();
        for secret in mounted.into_iter().flatten() {
            if let Some(other) = secret["File"]["Name"].as_str().and_then(&under) {
                secret["SecretName"] = json!(other.name);
                secret["SecretID"] = json!(other.id);
            }
        }
        spec
    }

    /// Returns its spec with another label, which restarts nothing.
    pub(super) fn with_label(&self, label: &str, value: &str) -> Value {
        let mut spec = self.0["Spec"].clone();
        if !spec["Labels"].is_object() {
            spec["Labels"] = json!({});
        }
        spec["Labels"][label] = json!(value);
        spec
    }
}

/// Returns the secrets that a task has mounted, each after the name that it finds it under.
pub(super) fn mounts(template: &Value) -> impl Iterator<Item = (&str, &str)> {
    references(template)
        .filter_map(|it| Some((it["File"]["Name"].as_str()?, it["SecretName"].as_str()?)))
}

/// Returns the epoch that a task has: of the ring where replicas look, and of its exports. Of
/// several the earliest.
pub(super) fn epoch_of(template: &Value, names: &Names) -> Option<u64> {
    let given = mounts(template).filter_map(|(target, secret)| match names.read(secret)? {
        Name::Epoch(epoch) if target == SwarmStore::TARGET => Some(epoch),
        Name::Export(epoch) => Some(epoch),
        _ => None,
    });
    given.min()
}

/// Returns the secrets that a task names.
pub(super) fn secrets(template: &Value) -> impl Iterator<Item = &str> {
    references(template).filter_map(|it| it["SecretName"].as_str())
}

fn references(template: &Value) -> impl Iterator<Item = &Value> {
    let references = template["ContainerSpec"]["Secrets"].as_array();
    references.into_iter().flatten()
}
