//! Is what a swarm holds read for what it is? Tables over what an engine tells.
//!
//! What an engine does is tested with a real one, in the repository's `tests/swarm`.

mod blobs;
mod fast;
mod fleets;
mod forwarded;
mod keks;
mod planted;
mod services;

use sealjar::__hazmat::StoreKey;
use sealjar::KeyRing;
use serde_json::{Value, json};

use crate::engine::{Engine, Host, Object};
use crate::store::SwarmStore;
use crate::store::digest::Digest;
use crate::store::keks::Keks;
use crate::store::names::Names;
use crate::store::proof::Proofs;

/// A store of the ring `web` for the service `shop`, whose engine is never asked.
fn store() -> SwarmStore {
    SwarmStore {
        engine: Engine::new(Host::Unix("/nowhere".into())),
        names: Names::of("web"),
        services: vec!["shop".into()],
        keks: Keks::default(),
        proofs: Proofs::default(),
        is_fast: false,
        exports: Vec::new(),
    }
}

/// A config or secret as an engine tells it.
fn object(name: &str, labels: &Value, data: &[u8]) -> Object {
    use base64::Engine as _;
    let data = base64::engine::general_purpose::STANDARD.encode(data);
    let told = json!({
        "ID": format!("id of {name}"),
        "Version": { "Index": 7 },
        "CreatedAt": "2026-11-22T17:10:12.239101872Z",
        "Spec": { "Name": name, "Labels": labels, "Data": data },
    });
    Object::read(told).unwrap()
}

/// A service that has a secret mounted as the ring, and could go back to another.
fn service(name: &str, secret: &str, before: &str) -> Value {
    let spec = |secret: &str| {
        json!({
            "Name": name,
            "TaskTemplate": template(secret),
            "UpdateConfig": { "Order": "start-first", "OfANewerEngine": [1] },
        })
    };
    json!({
        "ID": format!("id of {name}"),
        "Version": { "Index": 9 },
        "Spec": spec(secret),
        "PreviousSpec": spec(before),
    })
}

fn template(secret: &str) -> Value {
    json!({ "ContainerSpec": {
        "Healthcheck": { "Test": ["CMD", "/app", "--health"] },
        "Secrets": [
            { "File": { "Name": "tls.key", "Mode": 256 }, "SecretID": "t", "SecretName": "tls" },
            {
                "File": { "Name": "session-ring", "UID": "0", "Mode": 292 },
                "SecretID": format!("id of {secret}"),
                "SecretName": secret,
            },
        ],
    }})
}

/// The blob of an epoch that follows on another, as a config.
fn blob(kek: &StoreKey, ring: &KeyRing, previous: Digest) -> (Object, Digest) {
    let sealed = kek.seal(ring, previous.bytes()).unwrap();
    let digest = Digest::of(&sealed);
    let keys: Vec<_> = ring.keys().iter().map(|key| key.id().to_string()).collect();
    let name = Names::of("web").epoch(ring.epoch(), digest);
    let labels = json!({ "keys": keys.join(","), "kek": "one" });
    (object(&name, &labels, &sealed), digest)
}
