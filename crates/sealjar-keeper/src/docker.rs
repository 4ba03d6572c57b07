//! How is a Docker Engine asked, and what does its answer mean?
//!
//! The dozen endpoints that a ring in Swarm needs. Services are raw JSON: a typed client drops from
//! them what it does not know, a health check among it.

mod classify;
mod error;
mod host;
mod object;
mod version;
mod wire;

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::Method;
use serde_json::Value;

pub use crate::docker::error::EngineError;
pub use crate::docker::host::{Host, HostError, TcpHost};
pub(crate) use crate::docker::object::{Kind, Labels, Object};
use crate::docker::object::{creation, segment};
use crate::docker::version::ApiVersion;
use crate::docker::wire::{Asked, Question};

/// A Docker Engine. Each question has a connection of its own, and 25 seconds.
pub struct Engine {
    host: Host,
    /// What it is asked in, once it was asked that.
    version: Mutex<Option<ApiVersion>>,
    patience: Duration,
}

impl Engine {
    /// Makes a client of the engine at `host`. Nothing is asked yet.
    #[must_use]
    pub const fn new(host: Host) -> Self {
        Self {
            host,
            version: Mutex::new(None),
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
        self.read("/info", Asked::new("read", "the engine's state"))
            .await
    }

    /// Returns the swarm's settings.
    pub(crate) async fn swarm(&self) -> Result<Value, EngineError> {
        self.read("/swarm", Asked::new("read", "the swarm")).await
    }

    pub(crate) async fn nodes(&self) -> Result<Vec<Value>, EngineError> {
        self.read_list("/nodes", Asked::new("list", "the nodes"))
            .await
    }

    pub(crate) async fn services(&self) -> Result<Vec<Value>, EngineError> {
        self.read_list("/services", Asked::new("list", "the services"))
            .await
    }

    /// Returns a service, by its id or its name.
    pub(crate) async fn service(&self, id: &str) -> Result<Value, EngineError> {
        let path = format!("/services/{}", segment(id));
        self.read(&path, Asked::new("read", format!("service {id}")))
            .await
    }

    /// Gives a service a new spec, if it is still as it was at `version`.
    pub(crate) async fn update_service(
        &self,
        id: &str,
        version: u64,
        spec: &Value,
    ) -> Result<(), EngineError> {
        let path = format!("/services/{}/update?version={version}", segment(id));
        let question = Question::write(Method::POST, Asked::new("update", format!("service {id}")))
            .with(spec.to_string().into_bytes().into());
        self.ask(&path, question).await.map(drop)
    }

    /// Returns all tasks, those that have ended among them.
    pub(crate) async fn tasks(&self) -> Result<Vec<Value>, EngineError> {
        self.read_list("/tasks", Asked::new("list", "the tasks"))
            .await
    }

    /// Returns an image that this one engine has, `None` when it does not.
    pub(crate) async fn image(&self, name: &str) -> Result<Option<Value>, EngineError> {
        // The slashes of a name are part of the path.
        let path = name.split('/').map(|part| segment(part).to_string());
        let path = format!("/images/{}/json", path.collect::<Vec<_>>().join("/"));
        let asked = Asked::new("read", format!("image {name}"));
        match self.read(&path, asked).await {
            Ok(image) => Ok(Some(image)),
            Err(EngineError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the objects whose name begins with `prefix`.
    pub(crate) async fn list(&self, kind: Kind, prefix: &str) -> Result<Vec<Object>, EngineError> {
        let filters = serde_json::json!({ "name": [prefix] }).to_string();
        let path = format!("/{}?filters={}", kind.path(), segment(&filters));
        let asked = Asked::new("list", format!("the {} of {prefix}", kind.path()));
        let listed = self.read_list(&path, asked.clone()).await?;
        let objects: Result<Vec<Object>, _> = listed.into_iter().map(Object::read).collect();
        let mut objects = objects.map_err(|reason| asked.unavailable(reason))?;
        // The engine pays no regard to upper and lower case.
        objects.retain(|object| object.name.starts_with(prefix));
        Ok(objects)
    }

    /// Returns an object, by its id.
    pub(crate) async fn object(&self, kind: Kind, id: &str) -> Result<Object, EngineError> {
        let path = format!("/{}/{}", kind.path(), segment(id));
        let asked = Asked::new("read", format!("{kind} {id}"));
        let value = self.read(&path, asked.clone()).await?;
        Object::read(value).map_err(|reason| asked.unavailable(reason))
    }

    /// Makes an object, and returns its id.
    pub(crate) async fn create(
        &self,
        kind: Kind,
        name: &str,
        labels: &Labels,
        data: &[u8],
    ) -> Result<String, EngineError> {
        let path = format!("/{}/create", kind.path());
        let asked = Asked::new("create", format!("{kind} {name}"));
        let question =
            Question::write(Method::POST, asked.clone()).with(creation(name, labels, data));
        let answer = match self.ask(&path, question).await {
            Err(EngineError::Api { status: 409, .. }) => {
                return Err(EngineError::NameTaken { name: name.into() });
            }
            answer => answer?,
        };
        match answer["ID"].as_str() {
            Some(id) => Ok(id.into()),
            None => Err(asked.unanswered(true, "the answer has no ID")),
        }
    }

    /// Gives an object other labels, if it is still as it was when it was read.
    pub(crate) async fn relabel(
        &self,
        kind: Kind,
        object: &Object,
        labels: &Labels,
    ) -> Result<(), EngineError> {
        let (id, version) = (segment(&object.id), object.version);
        let path = format!("/{}/{id}/update?version={version}", kind.path());
        let asked = Asked::new("relabel", format!("{kind} {}", object.name));
        let question = Question::write(Method::POST, asked).with(object.relabelled(labels).into());
        self.ask(&path, question).await.map(drop)
    }

    pub(crate) async fn remove(&self, kind: Kind, id: &str) -> Result<(), EngineError> {
        let path = format!("/{}/{}", kind.path(), segment(id));
        let asked = Asked::new("remove", format!("{kind} {id}"));
        let question = Question::write(Method::DELETE, asked);
        self.ask(&path, question).await.map(drop)
    }

    async fn read(&self, path: &str, asked: Asked) -> Result<Value, EngineError> {
        self.ask(path, Question::read(asked)).await
    }

    async fn read_list(&self, path: &str, asked: Asked) -> Result<Vec<Value>, EngineError> {
        match self.read(path, asked.clone()).await? {
            Value::Array(list) => Ok(list),
            // Go's empty list.
            Value::Null => Ok(Vec::new()),
            _ => Err(asked.unavailable("the answer is no list")),
        }
    }

    /// Asks in the engine's own version, so that it strips nothing from what is read and written.
    async fn ask(&self, path: &str, question: Question) -> Result<Value, EngineError> {
        let version = match self.known_version() {
            Some(version) => version,
            None => self.negotiate().await?,
        };
        let path = format!("/v{version}{path}");
        let answer = wire::ask(&self.host, &path, question, self.patience).await?;
        // Another engine than before: it was upgraded, or put back.
        if answer.version.is_some_and(|spoken| spoken != version) {
            *self.version.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        answer.value
    }

    async fn negotiate(&self) -> Result<ApiVersion, EngineError> {
        let question = Question::read(Asked::new("read", "the engine's version"));
        let answer = wire::ask(&self.host, "/version", question, self.patience).await?;
        let version = version::negotiate(&answer.value?)?;
        *self.version.lock().unwrap_or_else(PoisonError::into_inner) = Some(version);
        Ok(version)
    }

    fn known_version(&self) -> Option<ApiVersion> {
        *self.version.lock().unwrap_or_else(PoisonError::into_inner)
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

/// A change of Swarm's leader was seen to take 20 seconds.
const PATIENCE: Duration = Duration::from_secs(25);
