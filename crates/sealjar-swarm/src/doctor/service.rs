//! What does a service look like, behind the engine's JSON?

use serde_json::Value;

use crate::balancer::{self, labels};
use crate::store::pace;

/// A service as the engine describes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServiceView<'a>(&'a Value);

/// A secret that a service mounts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mount<'a>(&'a Value);

impl<'a> ServiceView<'a> {
    pub(crate) const fn new(described: &'a Value) -> Self {
        Self(described)
    }

    pub(crate) fn name(&self) -> &'a str {
        self.0["Spec"]["Name"].as_str().unwrap_or_default()
    }

    pub(crate) fn id(&self) -> &'a str {
        self.0["ID"].as_str().unwrap_or_default()
    }

    pub(crate) fn container(&self) -> &'a Value {
        &self.0["Spec"]["TaskTemplate"]["ContainerSpec"]
    }

    pub(crate) fn image(&self) -> &'a str {
        self.container()["Image"].as_str().unwrap_or_default()
    }

    /// Returns how it is updated, null where Swarm's defaults hold.
    pub(crate) fn update(&self) -> &'a Value {
        &self.0["Spec"]["UpdateConfig"]
    }

    /// Returns how an update is undone, null where Swarm's defaults hold.
    pub(crate) fn rollback(&self) -> &'a Value {
        &self.0["Spec"]["RollbackConfig"]
    }

    pub(crate) fn mounts(&self) -> impl Iterator<Item = Mount<'a>> + use<'a> {
        mounts(&self.0["Spec"])
    }

    /// Returns what it would mount after a rollback.
    pub(crate) fn previous_mounts(&self) -> impl Iterator<Item = Mount<'a>> + use<'a> {
        mounts(&self.0["PreviousSpec"])
    }

    /// Returns the labels of the service, which are those that Traefik reads.
    pub(crate) fn labels(&self) -> impl Iterator<Item = (String, &'a str)> + use<'a> {
        labels(&self.0["Spec"]["Labels"])
    }

    /// Returns the labels of its containers.
    pub(crate) fn container_labels(&self) -> impl Iterator<Item = (String, &'a str)> + use<'a> {
        labels(&self.container()["Labels"])
    }

    /// Returns the service as the engine describes it.
    pub(crate) const fn described(&self) -> &'a Value {
        self.0
    }

    /// Returns whether Traefik leads to it.
    pub(crate) fn behind_traefik(&self) -> bool {
        balancer::leads_to(self.0)
    }

    /// Returns whether Traefik sees one address, behind which Swarm spreads connections by itself.
    pub(crate) fn is_balanced_by_swarm(&self) -> bool {
        balancer::is_balanced_by_swarm(self.0)
    }

    /// Returns whether how it is updated is overridden for one epoch.
    pub(crate) fn is_hurried(&self) -> bool {
        pace::overridden(&self.0["Spec"]).is_some()
    }

    /// Returns how many tasks it asks for, `None` if it runs one on each suitable node.
    pub(crate) fn replicas(&self) -> Option<u64> {
        self.0["Spec"]["Mode"]["Replicated"]["Replicas"].as_u64()
    }

    /// Returns the user that its container runs as, `None` if the image decides.
    pub(crate) fn user(&self) -> Option<&'a str> {
        let user = self.container()["User"].as_str();
        user.filter(|user| !user.is_empty())
    }
}

impl<'a> Mount<'a> {
    pub(crate) fn secret(&self) -> &'a str {
        self.0["SecretName"].as_str().unwrap_or_default()
    }

    pub(crate) fn file(&self) -> &'a Value {
        &self.0["File"]
    }

    pub(crate) fn target(&self) -> &'a str {
        self.file()["Name"].as_str().unwrap_or_default()
    }
}

/// Reads a length of time, which the engine writes in nanoseconds.
pub(crate) fn seconds(value: &Value) -> Option<u64> {
    Some(value.as_u64()? / 1_000_000_000)
}

fn mounts(spec: &Value) -> impl Iterator<Item = Mount<'_>> {
    let mounts = spec["TaskTemplate"]["ContainerSpec"]["Secrets"].as_array();
    mounts.into_iter().flatten().map(Mount)
}
