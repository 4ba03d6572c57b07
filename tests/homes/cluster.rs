//! What of a cluster does a ring pass through? An API with one Secret in it, and the kubelets that
//! bring it to pods.
//!
//! The API answers what kubectl asks when it replaces a Secret, and refuses what the keeper's Role
//! does not allow. A kubelet writes as the real one does: a new directory, a link that is renamed
//! over the old one, and the old directory removed.

use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealjar_tests::server;
use serde_json::{Value, json};

/// The group that the pod's `fsGroup` names.
pub(crate) const GROUP: u32 = 65532;

#[derive(Clone)]
pub(crate) struct Cluster(Arc<Inner>);

struct Inner {
    secret: Mutex<Value>,
    /// What the keeper's Role allows.
    rules: Value,
    is_up: AtomicBool,
    is_over: AtomicBool,
}

impl Cluster {
    /// With an empty Secret `session-ring`.
    pub(crate) fn new(rules: Value) -> Self {
        let metadata = json!({ "name": NAME, "namespace": "default", "resourceVersion": "1" });
        let secret =
            json!({ "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata });
        Self(Arc::new(Inner {
            secret: Mutex::new(secret),
            rules,
            is_up: AtomicBool::new(true),
            is_over: AtomicBool::new(false),
        }))
    }

    /// Answers from now on, and returns where.
    pub(crate) fn serve(&self) -> SocketAddr {
        server::serve(Router::new().fallback(answer).with_state(self.clone()))
    }

    /// Lets the API answer, or lets it fail.
    pub(crate) fn set_up(&self, is_up: bool) {
        self.0.is_up.store(is_up, Ordering::Relaxed);
    }

    /// The ring in the Secret.
    pub(crate) fn ring(&self) -> Option<Vec<u8>> {
        let secret = self.0.secret.lock().unwrap();
        let data = secret["data"]["session-ring.json"].as_str()?;
        Some(STANDARD.decode(data).unwrap())
    }

    /// Ends what works on the cluster.
    pub(crate) fn end(&self) {
        self.0.is_over.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.is_over.load(Ordering::Relaxed)
    }

    /// Brings the Secret to the volume of a pod, so late.
    pub(crate) fn kubelet(&self, volume: PathBuf, late: Duration) -> JoinHandle<()> {
        fs::create_dir(&volume).unwrap();
        fs::set_permissions(&volume, Permissions::from_mode(0o1777)).unwrap();
        // The pod does not start before its volume is there.
        let mut brought = self
            .ring()
            .expect("the Secret has the key that the pod names");
        swap(&volume, &brought, 0);
        let cluster = self.clone();
        thread::spawn(move || {
            let mut number = 0;
            while !cluster.is_over() {
                let Some(ring) = cluster.ring().filter(|ring| *ring != brought) else {
                    thread::sleep(Duration::from_millis(50));
                    continue;
                };
                thread::sleep(late);
                number += 1;
                swap(&volume, &ring, number);
                brought = ring;
            }
        })
    }

    fn allows(&self, verb: &str, name: &str) -> bool {
        let has = |rule: &Value, member: &str, what: &str| {
            let members = rule[member].as_array();
            members.is_some_and(|members| members.iter().any(|it| it == what))
        };
        self.0.rules.as_array().unwrap().iter().any(|rule| {
            has(rule, "resources", "secrets")
                && has(rule, "verbs", verb)
                && has(rule, "resourceNames", name)
        })
    }
}

async fn answer(
    State(cluster): State<Cluster>,
    method: Method,
    uri: Uri,
    body: String,
) -> Response {
    let fails = |status: StatusCode, why: &str| {
        let body = json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": why,
                           "reason": why, "code": status.as_u16() });
        (status, Json(body)).into_response()
    };
    if !cluster.0.is_up.load(Ordering::Relaxed) {
        return fails(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable");
    }
    match uri.path() {
        "/api" => Json(json!({ "kind": "APIVersions", "versions": ["v1"] })).into_response(),
        "/apis" => Json(json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": [] }))
            .into_response(),
        "/api/v1" => {
            let secrets = json!({ "name": "secrets", "singularName": "secret", "namespaced": true,
                                  "kind": "Secret", "verbs": ["get", "update"] });
            Json(json!({ "kind": "APIResourceList", "groupVersion": "v1", "resources": [secrets] }))
                .into_response()
        }
        path => {
            let Some(name) = path.strip_prefix("/api/v1/namespaces/default/secrets/") else {
                return fails(StatusCode::NOT_FOUND, "NotFound");
            };
            let verb = match method {
                Method::GET => "get",
                Method::PUT => "update",
                _ => return fails(StatusCode::FORBIDDEN, "Forbidden"),
            };
            if !cluster.allows(verb, name) || name != NAME {
                return fails(StatusCode::FORBIDDEN, "Forbidden");
            }
            let mut secret = cluster.0.secret.lock().unwrap();
            if method == Method::PUT {
                let mut next: Value = serde_json::from_str(&body).unwrap();
                // Nobody may overwrite what they have not seen.
                let seen = &next["metadata"]["resourceVersion"];
                let version = &secret["metadata"]["resourceVersion"];
                if !seen.is_null() && seen != version {
                    return fails(StatusCode::CONFLICT, "Conflict");
                }
                let number: u64 = version.as_str().unwrap().parse().unwrap();
                next["metadata"]["resourceVersion"] = (number + 1).to_string().into();
                *secret = next;
            }
            Json(secret.clone()).into_response()
        }
    }
}

/// `session-ring.json` -> `..data/session-ring.json`, `..data` -> a directory named by the time.
fn swap(volume: &Path, ring: &[u8], number: u32) {
    let directory = format!("..2026_11_30_18_00_{:02}.{number:09}", number % 60);
    fs::create_dir(volume.join(&directory)).unwrap();
    let file = volume.join(&directory).join(FILE);
    fs::write(&file, ring).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o440)).unwrap();
    chown(&file, Some(0), Some(GROUP)).unwrap();
    let former = fs::read_link(volume.join("..data"));
    symlink(&directory, volume.join("..data_tmp")).unwrap();
    fs::rename(volume.join("..data_tmp"), volume.join("..data")).unwrap();
    match former {
        Ok(former) => fs::remove_dir_all(volume.join(former)).unwrap(),
        Err(_) => symlink(Path::new("..data").join(FILE), volume.join(FILE)).unwrap(),
    }
}

const NAME: &str = "session-ring";
const FILE: &str = "session-ring.json";
