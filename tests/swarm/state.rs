//! What has a swarm of a ring, and what is wrong with that? Read from the engine, with no code of
//! the store.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::api;
use crate::ring::Ring;

/// All that a swarm has of a ring, and of the service of its name.
pub(crate) struct State {
    prefix: String,
    configs: Vec<Value>,
    secrets: Vec<Value>,
    pub(crate) service: Option<Value>,
    tasks: Vec<Value>,
}

impl State {
    pub(crate) fn of(ring: &str) -> Self {
        let prefix = format!("sealjar.{ring}.");
        let ours = |path: &str| {
            let mut listed: Vec<Value> = serde_json::from_value(api::get(path)).unwrap_or_default();
            listed.retain(|it| name(it).starts_with(&prefix));
            listed
        };
        let services = api::get("/services");
        let mut services = services.as_array().into_iter().flatten();
        let service = services.find(|it| name(it) == ring).cloned();
        let mut tasks: Vec<Value> = serde_json::from_value(api::get("/tasks")).unwrap_or_default();
        tasks.retain(|it| {
            let service = service.as_ref();
            service.is_some_and(|service| it["ServiceID"] == service["ID"]) && is_live(it)
        });
        Self {
            configs: ours("/configs"),
            secrets: ours("/secrets"),
            prefix,
            service,
            tasks,
        }
    }

    /// Returns what is wrong, nothing where all is as it should be when a turn is over.
    pub(crate) fn objections(ring: &Ring<'_>) -> Vec<String> {
        let state = ring.state();
        let mut wrong = Vec::new();
        let mut object = |is_wrong: bool, what: String| {
            if is_wrong {
                wrong.push(what);
            }
        };
        let heads = state
            .configs
            .iter()
            .filter(|it| name(it).ends_with(".head"));
        let heads = heads.count();
        object(heads != 1, format!("{heads} heads"));
        let (secret, epoch) = (state.label("secret"), state.epoch());
        match ring.document() {
            Err(error) => object(true, format!("the head does not open: {error}")),
            Ok(ring) => object(ring.epoch() != epoch, "another epoch is in the blob".into()),
        }
        let chain = state.chain();
        for blob in state.blobs() {
            let follows =
                blob.epoch > epoch && chain.first() == Some(&(epoch, blob.previous.clone()));
            let is_ours = chain.iter().any(|(_, digest)| *digest == blob.digest);
            object(
                !follows && !is_ours,
                format!("{} belongs to nobody", blob.name),
            );
        }
        let revoked_in: u64 = state.label("revoked-in").parse().unwrap_or(0);
        let delivered: Vec<&str> = state.ring_secrets().collect();
        object(!delivered.contains(&&*secret), format!("{secret} is gone"));
        for old in delivered.iter().filter(|it| **it != secret) {
            let is_revoked = state.epoch_in(old) < revoked_in;
            object(is_revoked, format!("{old} is there, after a revocation"));
            object(!state.is_named(old), format!("nobody needs {old}"));
        }
        if let Some(service) = &state.service {
            let mounted = mounted(&service["Spec"]["TaskTemplate"]).next();
            object(
                mounted != Some(&*secret),
                format!("the service has {mounted:?}"),
            );
            for old in mounted_before(service) {
                let is_revoked = (1..revoked_in).contains(&state.epoch_in(old));
                object(is_revoked, format!("there is a way back to {old}"));
            }
        }
        for task in &state.tasks {
            let held = mounted(&task["Spec"]).next();
            object(held != Some(&*secret), format!("a replica has {held:?}"));
        }
        let status = ring.prepare(&["status", "--json"]).output().unwrap();
        let said: Value = serde_json::from_slice(&status.stdout).unwrap_or_default();
        let delivery = &said["delivery"];
        let is_told = delivery["held"] == true && delivery["published_at"].is_string();
        object(!is_told, format!("status says {status:?}"));
        wrong
    }

    /// Returns a label of the head.
    pub(crate) fn label(&self, label: &str) -> String {
        let label = self.head().map(|it| &it["Spec"]["Labels"][label]);
        label.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    pub(crate) fn head(&self) -> Option<&Value> {
        self.configs.iter().find(|it| name(it).ends_with(".head"))
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.label("epoch").parse().unwrap_or(0)
    }

    pub(crate) fn head_blob(&self) -> Option<Vec<u8>> {
        let named = self.label("blob");
        self.configs.iter().find(|it| name(it) == named).map(data)
    }

    /// Returns epoch and digest of the head's blob, of the one before it, and so on, as far as they
    /// are kept.
    pub(crate) fn chain(&self) -> Vec<(u64, String)> {
        let mut chain = Vec::new();
        let mut next = self.label("sha256");
        while let Some(blob) = self.blobs().find(|it| it.digest == next) {
            next = blob.previous;
            chain.push((blob.epoch, blob.digest));
        }
        chain
    }

    /// Returns the SHA-256 of a blob, as the head has it.
    pub(crate) fn digest_of(&self, blob: &str) -> String {
        self.blobs().find(|it| it.name == blob).unwrap().digest
    }

    /// Returns the secrets that replicas get, or got.
    pub(crate) fn ring_secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets
            .iter()
            .map(name)
            .filter(|it| self.epoch_in(it) > 0)
    }

    /// Returns the secrets that rings are sealed under.
    pub(crate) fn keks(&self) -> impl Iterator<Item = &str> {
        self.secrets
            .iter()
            .map(name)
            .filter(|it| it.contains(".kek."))
    }

    /// Returns an object of this name.
    pub(crate) fn object(&self, wanted: &str) -> &Value {
        let mut all = self.configs.iter().chain(&self.secrets);
        all.find(|it| name(it) == wanted).unwrap()
    }

    /// Returns what the service has, and each of its replicas.
    pub(crate) fn held(&self) -> Vec<&str> {
        let service = self.service.iter();
        let service = service.flat_map(|it| mounted(&it["Spec"]["TaskTemplate"]));
        let replicas = self.tasks.iter().flat_map(|it| mounted(&it["Spec"]));
        service.chain(replicas).collect()
    }

    /// Returns how many replicas run.
    pub(crate) fn running(&self) -> usize {
        let running = |it: &&Value| it["Status"]["State"] == "running";
        self.tasks.iter().filter(running).count()
    }

    /// Returns what changes with any write to what a ring has.
    pub(crate) fn versions(&self) -> Vec<(String, u64)> {
        let all = self
            .configs
            .iter()
            .chain(&self.secrets)
            .chain(&self.service);
        let version = |it: &Value| it["Version"]["Index"].as_u64().unwrap();
        all.map(|it| (name(it).to_owned(), version(it))).collect()
    }

    /// Whether a service, its way back or a replica names a secret.
    fn is_named(&self, secret: &str) -> bool {
        let services = self.service.iter().flat_map(|service| {
            mounted(&service["Spec"]["TaskTemplate"]).chain(mounted_before(service))
        });
        let tasks = self.tasks.iter().flat_map(|task| mounted(&task["Spec"]));
        services.chain(tasks).any(|it| it == secret)
    }

    /// Returns the epoch in a name, 0 where there is none.
    fn epoch_in(&self, name: &str) -> u64 {
        let rest = name.strip_prefix(&self.prefix).unwrap_or_default();
        let epoch = rest.strip_prefix('e').and_then(|it| it.split('.').next());
        epoch.and_then(|it| it.parse().ok()).unwrap_or(0)
    }

    fn blobs(&self) -> impl Iterator<Item = Blob> {
        let blobs = self.configs.iter().filter(|it| self.epoch_in(name(it)) > 0);
        blobs.map(|it| {
            let data = data(it);
            let previous = data.get(PREVIOUS).unwrap_or_default();
            Blob {
                name: name(it).to_owned(),
                epoch: self.epoch_in(name(it)),
                digest: hex(&Sha256::digest(&data)),
                previous: hex(previous),
            }
        })
    }
}

/// Shows what tells one state from another, and no data.
impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labelled = |it: &Value| format!("{} {}", name(it), it["Spec"]["Labels"]);
        let configs: Vec<String> = self.configs.iter().map(labelled).collect();
        let secrets: Vec<&str> = self.secrets.iter().map(name).collect();
        let update = self.service.as_ref().map(|it| &it["UpdateStatus"]);
        let task = |it: &Value| format!("{} {}", it["Status"]["State"], it["DesiredState"]);
        let tasks: Vec<String> = self.tasks.iter().map(task).collect();
        f.debug_struct("State")
            .field("configs", &configs)
            .field("secrets", &secrets)
            .field("update", &update)
            .field("held", &self.held())
            .field("tasks", &tasks)
            .finish_non_exhaustive()
    }
}

struct Blob {
    name: String,
    epoch: u64,
    digest: String,
    previous: String,
}

pub(crate) fn name(object: &Value) -> &str {
    object["Spec"]["Name"].as_str().unwrap()
}

fn data(config: &Value) -> Vec<u8> {
    let data = config["Spec"]["Data"].as_str().unwrap();
    STANDARD.decode(data).unwrap()
}

/// Returns the secrets of a spec that are rings.
fn mounted(template: &Value) -> impl Iterator<Item = &str> {
    let secrets = template["ContainerSpec"]["Secrets"].as_array();
    let rings = secrets.into_iter().flatten();
    let rings = rings.filter(|it| it["File"]["Name"] == "session-ring");
    rings.filter_map(|it| it["SecretName"].as_str())
}

fn mounted_before(service: &Value) -> impl Iterator<Item = &str> {
    mounted(&service["PreviousSpec"]["TaskTemplate"])
}

fn is_live(task: &Value) -> bool {
    let state = task["Status"]["State"].as_str().unwrap();
    !["complete", "failed", "rejected", "remove", "shutdown"].contains(&state)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

/// Where a blob names the one before it, after `sealjar-blob-1` and the id of the KEK.
const PREVIOUS: std::ops::Range<usize> = 30..62;
