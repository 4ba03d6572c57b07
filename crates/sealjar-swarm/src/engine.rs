//! Asks a Docker Engine, and says what its answer means.
//!
//! The dozen endpoints that a ring in Swarm needs. Services are raw JSON: a typed client drops from
//! them what it does not know, a health check among it.

mod classify;
mod error;
mod host;
mod host_error;
mod object;
mod operation;
mod tcp;
#[cfg(test)]
pub(crate) mod tests;
mod version;
mod wire;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sealjar::Timestamp;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

pub use crate::engine::error::EngineError;
pub use crate::engine::host::Host;
pub use crate::engine::host_error::HostError;
pub(crate) use crate::engine::object::{Kind, Labels, Object};
use crate::engine::operation::Operation;
pub use crate::engine::tcp::TcpHost;
use crate::engine::version::ApiVersion;
use crate::engine::wire::segment;

/// Reads a time as an engine writes it: RFC 3339, to the nanosecond, without trailing zeros.
pub(crate) fn time(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// A Docker Engine. Each question has a connection of its own, and 25 seconds.
pub struct Engine {
    host: Host,
    /// What it is asked in, once it was asked that.
    version: Mutex<Option<ApiVersion>>,
    clock: Mutex<Option<Timestamp>>,
    patience: Duration,
}

impl Engine {
    /// Makes a client of the engine at `host`. Nothing is asked yet.
    #[must_use]
    pub const fn new(host: Host) -> Self {
        Self {
            host,
            version: Mutex::new(None),
            clock: Mutex::new(None),
            patience: PATIENCE,
        }
    }

    /// Makes a client of the engine that `DOCKER_HOST` and `DOCKER_CERT_PATH` name.
    ///
    /// # Errors
    /// [`HostError`] when they name none.
    pub fn from_env() -> Result<Self, HostError> {
        Host::from_env().map(Self::new)
    }

    /// Returns where it is.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// Returns what this one engine is, and whether it is a manager.
    pub(crate) async fn info(&self) -> Result<Value, EngineError> {
        self.read("/info", &Operation::read("the engine's state"))
            .await
    }

    pub(crate) async fn nodes(&self) -> Result<Vec<Value>, EngineError> {
        self.read_list("/nodes", &Operation::read("the nodes"))
            .await
    }

    pub(crate) async fn services(&self) -> Result<Vec<Value>, EngineError> {
        self.read_list("/services", &Operation::read("the services"))
            .await
    }

    /// Gives a service a new spec, if it is still as it was at `version`.
    pub(crate) async fn update_service(
        &self,
        id: &str,
        version: u64,
        spec: &Value,
    ) -> Result<(), EngineError> {
        let operation = Operation::write("update", format!("service {id}"));
        let path = format!("/services/{}/update?version={version}", segment(id));
        let spec = spec.to_string().into_bytes();
        self.ask(&path, &operation, spec.into()).await.map(drop)
    }

    /// Returns all tasks, those that have ended among them.
    pub(crate) async fn tasks(&self) -> Result<Vec<Value>, EngineError> {
        self.read_list("/tasks", &Operation::read("the tasks"))
            .await
    }

    /// Returns an image that this one engine has, `None` when it does not.
    pub(crate) async fn image(&self, name: &str) -> Result<Option<Value>, EngineError> {
        // The slashes of a name are part of the path.
        let name_in_path: Vec<String> = name.split('/').map(|it| segment(it).to_string()).collect();
        let path = format!("/images/{}/json", name_in_path.join("/"));
        match self
            .read(&path, &Operation::read(format!("image {name}")))
            .await
        {
            Ok(image) => Ok(Some(image)),
            Err(EngineError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the objects whose name begins with `prefix`.
    pub(crate) async fn list(&self, kind: Kind, prefix: &str) -> Result<Vec<Object>, EngineError> {
        let operation = Operation::read(format!("the {} of {prefix}", kind.path()));
        let filters = json!({ "name": [prefix] }).to_string();
        let path = format!("/{}?filters={}", kind.path(), segment(&filters));
        let listed = self.read_list(&path, &operation).await?;
        let objects: Result<Vec<_>, _> = listed.into_iter().map(Object::read).collect();
        let mut objects = objects.map_err(|reason| operation.undone(reason))?;
        // The engine pays no regard to upper and lower case.
        objects.retain(|object| object.name.starts_with(prefix));
        Ok(objects)
    }

    /// Makes an object, and returns its id.
    pub(crate) async fn create(
        &self,
        kind: Kind,
        name: &str,
        labels: &Labels,
        data: &[u8],
    ) -> Result<String, EngineError> {
        let operation = Operation::write("create", format!("{kind} {name}"));
        let path = format!("/{}/create", kind.path());
        let creation = object::creation(name, labels, data);
        match self.ask(&path, &operation, creation).await {
            Ok(made) => match made["ID"].as_str() {
                Some(id) => Ok(id.into()),
                None => Err(operation.unanswered("the answer has no ID")),
            },
            Err(EngineError::Api { status: 409, .. }) => {
                Err(EngineError::NameTaken { name: name.into() })
            }
            Err(error) => Err(error),
        }
    }

    /// Gives an object other labels, if it is still as it was when it was read.
    pub(crate) async fn relabel(
        &self,
        kind: Kind,
        object: &Object,
        labels: &Labels,
    ) -> Result<(), EngineError> {
        let operation = Operation::write("relabel", format!("{kind} {}", object.name));
        let (id, version) = (segment(&object.id), object.version);
        let path = format!("/{}/{id}/update?version={version}", kind.path());
        let spec = object.relabelled(labels);
        self.ask(&path, &operation, spec.into()).await.map(drop)
    }

    /// Returns whether a secret holds this data, which no client can read. `None`: this engine does
    /// not tell. Changes nothing.
    ///
    /// Only the labels of a secret can be changed. A change that brings other data is refused for
    /// that, and one that brings the secret's own because it is made over a version that no secret
    /// ever was at. An engine that compares versions first would say so of any data, and is found
    /// out with some that is certainly other.
    pub(crate) async fn holds(
        &self,
        secret: &Object,
        data: &[u8],
    ) -> Result<Option<bool>, EngineError> {
        let mut other = Zeroizing::new(data.to_vec());
        for byte in other.iter_mut().take(1) {
            *byte = !*byte;
        }
        if self.compare(secret, &other).await? {
            return Ok(None);
        }
        self.compare(secret, data).await.map(Some)
    }

    async fn compare(&self, secret: &Object, data: &[u8]) -> Result<bool, EngineError> {
        let operation = Operation::compare(format!("secret {}", secret.name));
        let path = format!("/secrets/{}/update?version=0", segment(&secret.id));
        let same = object::creation(&secret.name, &secret.labels, data);
        match self.ask(&path, &operation, same).await {
            Ok(_) | Err(EngineError::LostRace) => Ok(true),
            Err(EngineError::Api { message, .. }) if message == OTHER_DATA => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Returns what the engine's clock showed when it answered last.
    pub(crate) fn clock(&self) -> Option<Timestamp> {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn remove(&self, kind: Kind, id: &str) -> Result<(), EngineError> {
        let operation = Operation::remove(format!("{kind} {id}"));
        let path = format!("/{}/{}", kind.path(), segment(id));
        self.ask(&path, &operation, Vec::new().into())
            .await
            .map(drop)
    }

    async fn read(&self, path: &str, operation: &Operation) -> Result<Value, EngineError> {
        self.ask(path, operation, Vec::new().into()).await
    }

    async fn read_list(
        &self,
        path: &str,
        operation: &Operation,
    ) -> Result<Vec<Value>, EngineError> {
        match self.read(path, operation).await? {
            Value::Array(list) => Ok(list),
            // Go's empty list.
            Value::Null => Ok(Vec::new()),
            _ => Err(operation.undone("the answer is no list")),
        }
    }

    /// Asks in the engine's own version, so that it strips nothing from what is read and written.
    async fn ask(
        &self,
        path: &str,
        operation: &Operation,
        body: Zeroizing<Vec<u8>>,
    ) -> Result<Value, EngineError> {
        let known = *self.version();
        let version = match known {
            Some(version) => version,
            None => self.negotiate().await?,
        };
        let path = format!("/v{version}{path}");
        let answer = wire::ask(&self.host, &path, operation, body, self.patience).await?;
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = answer.date;
        // It is another engine than before: it was upgraded, or put back.
        if answer.version.is_some_and(|spoken| spoken != version) {
            *self.version() = None;
        }
        answer.value
    }

    async fn negotiate(&self) -> Result<ApiVersion, EngineError> {
        let operation = Operation::read("the engine's version");
        let nothing = Vec::new().into();
        let answer = wire::ask(&self.host, "/version", &operation, nothing, self.patience).await?;
        let version = version::negotiate(&answer.value?)?;
        *self.version() = Some(version);
        Ok(version)
    }

    fn version(&self) -> MutexGuard<'_, Option<ApiVersion>> {
        self.version.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = format_args!("{}", self.host);
        f.debug_struct("Engine")
            .field("host", &host)
            .finish_non_exhaustive()
    }
}

/// What an engine says to a change of a secret that brings other data than it holds. Docker 20.10
/// was heard.
const OTHER_DATA: &str = "only updates to Labels are allowed";

/// A change of Swarm's leader was seen to take 20 seconds.
const PATIENCE: Duration = Duration::from_secs(25);
