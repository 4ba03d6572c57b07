//! Which types of tower-sessions does a request meet? The layer, its service and the store, for one version.
//!
//! `tower_sessions.rs` and `tower_sessions_0_14.rs` each mount this file, with the version that they import
//! as `tower`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use http::{Request, Response};
use sealjar_session::{ConfigError, Jar, SessionData};
use serde::{Deserialize, Serialize};
use tower_layer::Layer;
use tower_service::Service;

use super::tower::session::{self, Id};
use super::tower::session_store::{self, SessionStore};
use super::tower::{Expiry, Session};
use crate::drop_in::values::{Ends, Values};
use crate::drop_in::{Failure, Sealed, Subject};
use crate::{SessionService, future, session_of};

/// Gives handlers a tower-sessions `Session` that lives sealed in the visitor's cookie.
///
/// It takes the place of the layer of the same name in tower-sessions. What that one says of the
/// cookie, the [`Jar`] says here: name, path, domain, `SameSite`, `Secure`.
///
/// A `Session` is made with its id, so the cookie of every request that brings one is opened. It
/// counts as used, for its idle time and for caches, when a handler loads it.
#[derive(Clone, Debug)]
pub struct SessionManagerLayer {
    jar: Jar<Record>,
    config: Config,
}

impl SessionManagerLayer {
    /// Makes a layer for a jar.
    #[must_use]
    pub const fn new(jar: Jar<Record>) -> Self {
        Self {
            jar,
            config: Config {
                expiry: None,
                always_save: false,
                subject: None,
            },
        }
    }

    /// Says how sessions end unless a handler says it with `set_expiry`. By default as the jar
    /// says. No session outlives the jar's idle timeout and lifetime: what asks for more gets
    /// these, and a warning is logged.
    #[must_use]
    pub const fn with_expiry(mut self, expiry: Expiry) -> Self {
        self.config.expiry = Some(expiry);
        self
    }

    /// Lets every request extend a session's idle time, even one in which no handler reads it, or
    /// that does not load a page. Off by default.
    ///
    /// The cookie is sealed again when a quarter of that time is over, and not each time.
    #[must_use]
    pub const fn with_always_save(mut self, always_save: bool) -> Self {
        self.config.always_save = always_save;
        self
    }

    /// Says where in the session it stands who the visitor is, as a JSON pointer (RFC 6901):
    /// `/user_id`, or `/axum-login.data/user_id` for axum-login. With it, "log this person out
    /// everywhere" works, and a login renews the session even where `cycle_id` was forgotten.
    ///
    /// The subject to revoke is the text that stands there; what is no text, as JSON. It is sealed
    /// with each save, so a session from before this was said has none until its next.
    ///
    /// Without it the layer warns once when the ring revokes people.
    ///
    /// # Errors
    /// [`ConfigError::Impossible`] when it is no pointer to a value.
    pub fn with_subject(mut self, pointer: &str) -> Result<Self, ConfigError> {
        self.config.subject = Some(Arc::new(Subject::at(pointer)?));
        Ok(self)
    }
}

impl<S> Layer<S> for SessionManagerLayer {
    type Service = SessionService<Record, SessionManager<S>>;

    fn layer(&self, inner: S) -> Self::Service {
        let config = self.config.clone();
        SessionService::new(self.jar.clone(), SessionManager { inner, config })
    }
}

/// What is sealed: a session's values as JSON, its id, when it ends and whose it is. Only a
/// [`Jar`] sees it; handlers have the `Session` of tower-sessions.
#[derive(Clone, Default, Deserialize, Serialize)]
pub struct Record(Values);

impl SessionData for Record {
    /// Not 0, so that a type of the application's own under the same cookie is told apart.
    const SCHEMA: u16 = 116;

    fn subject(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.0.subject()
    }

    fn expiry(&self) -> sealjar_session::Expiry {
        self.0.ends.into()
    }

    /// The same for each version of tower-sessions: an application may have both while it moves.
    fn __shares_cookies_as() -> std::any::TypeId {
        std::any::TypeId::of::<Values>()
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").finish_non_exhaustive()
    }
}

impl AsRef<Values> for Record {
    fn as_ref(&self) -> &Values {
        &self.0
    }
}

impl From<Values> for Record {
    fn from(values: Values) -> Self {
        Self(values)
    }
}

/// Puts a tower-sessions `Session` into each request's extensions, over the sealed one that is
/// there. Made by [`SessionManagerLayer`].
#[derive(Clone, Debug)]
pub struct SessionManager<S> {
    inner: S,
    config: Config,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for SessionManager<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    S::Future: Send + 'static,
    ResBody: Default + Send,
{
    type Response = S::Response;
    type Error = S::Error;
    // Boxed, because tower-sessions saves in a future that has no name.
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let extensions = request.extensions_mut();
        let sealed = match session_of::<Record>(extensions) {
            Ok(sealed) => sealed,
            Err(missing) => {
                // Two layers that cannot work together. What the outer one gave is not what
                // this handler was to have.
                extensions.remove::<Session>();
                tracing::error!(target: "sealjar", "SessionManagerLayer gives no Session: {missing}");
                return Box::pin(self.inner.call(request));
            }
        };
        if extensions.insert(Provided).is_some() {
            // Mounted twice, the outer layer's session serves both.
            return Box::pin(self.inner.call(request));
        }
        let config = self.config.clone();
        if config.subject.is_none() {
            sealjar_session::adapter::lacks_subject(
                &sealed,
                "say SessionManagerLayer::with_subject",
            );
        }
        let store = Sealed::new(sealed, config.subject, Id::default().0);
        let store = Arc::new(Store(store));
        let id = store.0.id().map(Id);
        let session = Session::new(id, Arc::clone(&store), config.expiry);
        extensions.insert(session.clone());

        let inner = self.inner.call(request);
        Box::pin(async move {
            let response = inner.await?;
            let answered = !response.status().is_server_error();
            let kept = store.keep(&session, answered, config.always_save).await;
            Ok(match kept {
                Ok(()) => response,
                Err(error) => {
                    tracing::error!(
                        target: "sealjar",
                        error = &error as &dyn std::error::Error,
                        "a tower-sessions Session could not be saved, answered 500"
                    );
                    future::internal_server_error()
                }
            })
        })
    }
}

#[derive(Clone, Debug)]
struct Config {
    expiry: Option<Expiry>,
    always_save: bool,
    subject: Option<Arc<Subject>>,
}

/// Stands in the extensions of a request that has its session.
#[derive(Clone)]
struct Provided;

/// A store of one session.
#[derive(Debug)]
struct Store(Sealed<Record>);

impl Store {
    /// Does what tower-sessions does when the handlers have answered.
    async fn keep(
        &self,
        session: &Session,
        answered: bool,
        always_save: bool,
    ) -> Result<(), session::Error> {
        let ends = match session.expiry() {
            Some(Expiry::OnSessionEnd) => Ends::OnBrowserClose,
            Some(Expiry::OnInactivity(duration)) => Ends::after(duration),
            Some(Expiry::AtDateTime(time)) => Ends::at(time),
            None => Ends::Jar,
        };
        self.0.answered(ends).map_err(session_store::Error::from)?;
        let modified = session.is_modified();
        if answered && (modified || always_save) && !session.is_empty().await {
            if modified {
                session.save().await?;
            }
            if modified || !self.0.is_speculative() {
                self.0.keep_alive();
            }
        }
        // With an id it was `delete`, which ends the session and needs no question.
        if session.id().is_none() && self.0.asks() {
            session.save().await?;
        }
        self.0.settle();
        Ok(())
    }
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut session::Record) -> session_store::Result<()> {
        // The default of an id is a random one.
        let given = std::mem::take(&mut record.id);
        Ok(self
            .0
            .create(given.0, record.id.0, &record.data, record.expiry_date)?)
    }

    async fn save(&self, record: &session::Record) -> session_store::Result<()> {
        Ok(self.0.save(record.id.0, &record.data, record.expiry_date)?)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<session::Record>> {
        let found = self.0.load(id.0)?;
        Ok(found.map(|data| session::Record {
            id: *id,
            data,
            // The jar has judged by the one that is sealed. This one nobody sees before a save
            // has replaced it.
            expiry_date: time::OffsetDateTime::UNIX_EPOCH,
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        Ok(self.0.delete(id.0)?)
    }
}

impl From<Failure> for session_store::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Backend(text) => Self::Backend(text),
            Failure::Decode(text) => Self::Decode(text),
            Failure::Encode(text) => Self::Encode(text),
        }
    }
}
