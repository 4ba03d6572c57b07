//! Gives handlers written for the crate `actix-session` their `actix_session::Session`, kept in a
//! sealed cookie.
//!
//! Two lines of set-up change, and no handler changes:
//! ```
//! # use actix_web::App;
//! # use sealjar_actix::Jar;
//! // before: use actix_session::{SessionMiddleware, storage::CookieSessionStore};
//! use sealjar_actix::actix_session::{Entries, SessionMiddleware};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let ring = sealjar_actix::testing::ring();
//! // before: SessionMiddleware::new(CookieSessionStore::default(), secret_key)
//! let sessions = SessionMiddleware::new(Jar::<Entries>::new(ring, "shop-prod")?);
//! let app = App::new().wrap(sessions.clone());
//! # Ok(())
//! # }
//! ```
//! The session's values are still JSON under text keys, and `actix_session::SessionExt` finds them
//! in inner guards and middlewares. `actix-identity` runs on it too.
//!
//! # What is different
//! * Every request inside the middleware opens the session, because `actix_session::Session` must
//!   be filled before a handler asks for it. So every response says `Vary: Cookie` and may not be
//!   stored by shared caches: wrap the scopes that need a session, not the static files.
//! * Only the final entries count. An `insert` of an equal value writes nothing; it extends the
//!   session when the jar's `refresh_after` is over.
//! * Changes made by `update` and `update_or` are kept. In actix-session 0.11 these methods do not
//!   mark the session as changed, and a change to a loaded session is lost.
//! * If a session does not fit, the response is 500 without a body, and the log has size and limit.
//! * actix-session's own middleware must not be around the same handlers: it would use this session
//!   as its own.
//!
//! # Why this is not a `SessionStore`
//! A store of actix-session keeps values under a key that the middleware puts into a cookie of its
//! own. It cannot do what a sealed session needs: `update_ttl` returns no new key, so a session
//! that is only read could not be sealed again and would expire while its visitor is active; the
//! middleware's own secret key cannot be rotated; and the store never sees the final cookie, whose
//! size decides whether the browser accepts it.

mod entries;
mod future;
mod lender;
mod service;

use std::future::Ready;
use std::sync::Arc;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use sealjar_session::{Jar, Revoker};

pub use entries::Entries;
pub use future::EntriesFuture;
pub use service::EntriesService;

use crate::middleware::{self, SessionService};

/// Provides `actix_session::Session`, and replaces that crate's middleware of the same name. Build
/// it once and clone it into each worker.
#[derive(Clone, Debug)]
pub struct SessionMiddleware {
    jar: Jar<Entries>,
    settings: Settings,
}

#[derive(Clone, Debug, Default)]
struct Settings {
    subject_key: Option<Arc<str>>,
    keep_alive: bool,
    revoker: Option<Revoker>,
}

impl SessionMiddleware {
    /// Makes a middleware for a jar, which has the cookie's name, attributes and timeouts.
    #[must_use]
    pub fn new(jar: Jar<Entries>) -> Self {
        Self {
            jar,
            settings: Settings::default(),
        }
    }

    /// Names the entry that says who is logged in, such as `user_id`, a text or a number, so that
    /// "log this person out everywhere" works. `actix-identity` keeps it under
    /// `actix_identity.user_id`. A session whose subject changes gets a new id by itself. A session
    /// from before this setting has no subject until its next change.
    ///
    /// Without it, a login keeps the birth of the guest session, and with it the absolute lifetime.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_actix::Jar;
    /// # use sealjar_actix::actix_session::{Entries, SessionMiddleware};
    /// # let jar = Jar::<Entries>::new(sealjar_actix::testing::ring(), "shop-prod")?;
    /// let sessions = SessionMiddleware::new(jar).subject_key("actix_identity.user_id");
    /// # Ok::<(), sealjar_actix::ConfigError>(())
    /// ```
    #[must_use]
    pub fn subject_key(mut self, key: impl Into<Arc<str>>) -> Self {
        self.settings.subject_key = Some(key.into());
        self
    }

    /// Lets every request extend the idle time, not only those that load a page, as
    /// `TtlExtensionPolicy::OnEveryRequest` does. Off by default. The cookie is sealed again when
    /// the jar's `refresh_after` is over, not each time.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_actix::Jar;
    /// # use sealjar_actix::actix_session::{Entries, SessionMiddleware};
    /// # let jar = Jar::<Entries>::new(sealjar_actix::testing::ring(), "shop-prod")?;
    /// let sessions = SessionMiddleware::new(jar).keep_alive(true);
    /// # Ok::<(), sealjar_actix::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn keep_alive(mut self, keep_alive: bool) -> Self {
        self.settings.keep_alive = keep_alive;
        self
    }

    /// Lets `purge` end every copy of the session's cookie, on every replica that follows the ring.
    /// Off by default: a copy of the cookie then works until its lifetime is over.
    ///
    /// The response waits for a keeper, usually less than a second. actix-session has no way to
    /// tell the handler what came of it. If a keeper did not commit it, the log says so, and the
    /// visitor is logged out of this browser alone. To know the result, call
    /// [`Revoker::revoke_subject`] in the handler.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_actix::{Jar, Revoker};
    /// # use sealjar_actix::actix_session::{Entries, SessionMiddleware};
    /// # fn sessions(revoker: Revoker) -> Result<(), sealjar_actix::ConfigError> {
    /// # let jar = Jar::<Entries>::new(sealjar_actix::testing::ring(), "shop-prod")?;
    /// let sessions = SessionMiddleware::new(jar).revoker(revoker);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn revoker(mut self, revoker: Revoker) -> Self {
        self.settings.revoker = Some(revoker);
        self
    }
}

impl<S, B> Transform<S, ServiceRequest> for SessionMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = S::Response;
    type Error = Error;
    type Transform = SessionService<Entries, EntriesService<S>>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let service = EntriesService::new(self.settings.clone(), inner);
        middleware::SessionMiddleware::new(self.jar.clone()).new_transform(service)
    }
}
