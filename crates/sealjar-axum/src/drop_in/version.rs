//! The layer and its service, for one version of tower-sessions.
//!
//! `tower_sessions.rs` and `tower_sessions_0_14.rs` each mount this file, with the version that
//! they import as `tower`. `store.rs` is a part of it.

mod store;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use sealjar_session::adapter::end_copies;
use sealjar_session::{ConfigError, Jar, Revoker, SessionData};
use serde::{Deserialize, Serialize};
use tower_layer::Layer;
use tower_service::Service;

use self::store::Store;
use super::tower::session::Id;
use super::tower::{Expiry, Session};
use crate::drop_in::values::{Map, Values};
use crate::drop_in::{Sealed, Subject};
use crate::{SessionService, future, session_of};

/// Gives handlers a tower-sessions `Session` that is sealed in the visitor's cookie.
///
/// It replaces the layer of the same name in tower-sessions. Set the cookie's name, path, domain,
/// `SameSite` and `Secure` on the [`Jar`].
///
/// tower-sessions needs the id to make a `Session`, so the cookie is opened on every request that
/// has one. For its idle time and for caches, the session counts as used when a handler loads it.
///
/// # Examples
/// ```
/// # use sealjar_axum::Jar;
/// # use sealjar_axum::tower_sessions::SessionManagerLayer;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let jar = Jar::new(sealjar_axum::testing::ring(), "shop-prod")?;
/// let sessions = SessionManagerLayer::new(jar).with_subject("/user_id")?;
/// let app: axum::Router = axum::Router::new().layer(sessions);
/// # Ok(())
/// # }
/// ```
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
                revoker: None,
            },
        }
    }

    /// Sets how sessions end unless a handler calls `set_expiry`. By default the jar's timeouts
    /// apply. No session outlives them: a longer expiry is cut, and a warning is logged.
    ///
    /// # Examples
    /// ```
    /// use tower_sessions::Expiry;
    ///
    /// # use sealjar_axum::Jar;
    /// # use sealjar_axum::tower_sessions::SessionManagerLayer;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let jar = Jar::new(sealjar_axum::testing::ring(), "shop-prod")?;
    /// let sessions = SessionManagerLayer::new(jar)
    ///     .with_expiry(Expiry::OnInactivity(time::Duration::hours(1)));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub const fn with_expiry(mut self, expiry: Expiry) -> Self {
        self.config.expiry = Some(expiry);
        self
    }

    /// Lets every request extend a session's idle time, even one whose handler does not read it, or
    /// that does not load a page. Off by default.
    ///
    /// The cookie is sealed again when a quarter of the idle time is over, not each time.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_axum::Jar;
    /// # use sealjar_axum::tower_sessions::SessionManagerLayer;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let jar = Jar::new(sealjar_axum::testing::ring(), "shop-prod")?;
    /// let sessions = SessionManagerLayer::new(jar).with_always_save(true);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub const fn with_always_save(mut self, always_save: bool) -> Self {
        self.config.always_save = always_save;
        self
    }

    /// Names the value in the session that says who the visitor is, as a JSON pointer (RFC 6901):
    /// `/user_id`, or `/axum-login.data/user_id` for axum-login. With it, "log this person out
    /// everywhere" works, and a login renews the session even if a handler forgets `cycle_id`.
    ///
    /// The subject to revoke is that value: a text as it is, anything else as JSON. It is sealed at
    /// each save, so a session that was saved before this setting has no subject until its next
    /// save.
    ///
    /// Without it, the layer warns once when the ring revokes people, and a login keeps the birth
    /// of the guest session, and with it the absolute lifetime.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_axum::Jar;
    /// # use sealjar_axum::tower_sessions::SessionManagerLayer;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let jar = Jar::new(sealjar_axum::testing::ring(), "shop-prod")?;
    /// let sessions = SessionManagerLayer::new(jar).with_subject("/axum-login.data/user_id")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ConfigError::Impossible`] when it is not a pointer to a value.
    pub fn with_subject(mut self, pointer: &str) -> Result<Self, ConfigError> {
        self.config.subject = Some(Arc::new(Subject::at(pointer)?));
        Ok(self)
    }

    /// Lets `flush` and `delete` end every copy of the session's cookie, on every replica that
    /// follows the ring. Off by default: then a copy of the cookie works until its lifetime is
    /// over.
    ///
    /// The response waits for a keeper, usually less than a second. tower-sessions has no way to
    /// tell the handler what came of it. If a keeper did not commit it, the log says so, and the
    /// visitor is logged out of this browser alone. To know the result, call
    /// [`Revoker::revoke_subject`] in the handler.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_axum::{Jar, Revoker};
    /// # use sealjar_axum::tower_sessions::SessionManagerLayer;
    /// # fn sessions(revoker: Revoker) -> Result<(), Box<dyn std::error::Error>> {
    /// # let jar = Jar::new(sealjar_axum::testing::ring(), "shop-prod")?;
    /// let sessions = SessionManagerLayer::new(jar).with_revoker(revoker);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_revoker(mut self, revoker: Revoker) -> Self {
        self.config.revoker = Some(revoker);
        self
    }
}

impl<S> Layer<S> for SessionManagerLayer {
    type Service = SessionService<Record, SessionManager<S>>;

    fn layer(&self, inner: S) -> Self::Service {
        let config = self.config.clone();
        SessionService::new(self.jar.clone(), SessionManager { inner, config })
    }
}

/// The sealed form of a session: its values as JSON, its id, its expiry and its subject. Only a
/// [`Jar`] uses it; handlers have the `Session` of tower-sessions.
#[derive(Clone, Default, Deserialize, Serialize)]
pub struct Record(Values);

impl Record {
    /// Takes the values of a session that another store has kept, as one JSON object. Returns
    /// `None` if they are none. `subject` is what [`SessionManagerLayer::with_subject`] gets, if it
    /// gets anything.
    ///
    /// For the function of a [`LegacyCookie`](crate::LegacyCookie), so that nobody is logged out by
    /// the move from tower-sessions-cookie-store.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_axum::tower_sessions::Record;
    /// let record = Record::from_json(r#"{"user_id":42}"#, Some("/user_id"));
    /// assert_eq!(record.expect("an object").to_json(), r#"{"user_id":42}"#);
    /// assert!(Record::from_json("42", None).is_none());
    /// ```
    #[must_use]
    pub fn from_json(values: &str, subject: Option<&str>) -> Option<Self> {
        let map: Map = serde_json::from_str(values).ok()?;
        let subject = subject.map(Subject::at).transpose().ok()?;
        Some(Self(Values {
            id: Id::default().0.to_le_bytes(),
            subject: subject.and_then(|subject| subject.of(&map)),
            json: Values::write(&map).ok()?,
            ..Values::default()
        }))
    }

    /// Returns the values of the session, as one JSON object: an empty one if there is no session.
    #[must_use]
    pub fn to_json(&self) -> String {
        if self.0.json.is_empty() {
            "{}".into()
        } else {
            self.0.json.clone()
        }
    }
}

impl SessionData for Record {
    /// Not 0, so that a type of the application's own in the same cookie is not mistaken for this.
    const SCHEMA: u16 = 116;

    fn subject(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.0.subject()
    }

    fn expiry(&self) -> sealjar_session::Expiry {
        self.0.ends.into()
    }

    /// The same for each version of tower-sessions: during a move an application may use both.
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

/// Puts a tower-sessions `Session` into each request's extensions, over the sealed session there.
/// [`SessionManagerLayer`] makes it.
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
    // Boxed, because tower-sessions saves in a future whose type has no name.
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let extensions = request.extensions_mut();
        let sealed = match session_of::<Record>(extensions) {
            Ok(sealed) => sealed,
            Err(missing) => {
                // Two layers conflict. The outer one's session is not the one that this handler
                // should get.
                extensions.remove::<Session>();
                tracing::error!(target: "sealjar", "SessionManagerLayer gives no Session: {missing}");
                return Box::pin(self.inner.call(request));
            }
        };
        if extensions.insert(Provided).is_some() {
            // If the layer is mounted twice, the outer one's session serves both.
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
            if let (Some(revoker), Some(ended)) = (&config.revoker, store.0.ended()) {
                end_copies(revoker, ended).await;
            }
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
    revoker: Option<Revoker>,
}

/// Marks a request that has its session.
#[derive(Clone)]
struct Provided;
