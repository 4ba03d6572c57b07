//! Gives handlers written for the crate `actix-session` their `actix_session::Session`, kept in a
//! sealed cookie.
//!
//! Two lines of set-up change, and no handler:
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
//! The session's values stay what they were, JSON under text keys, and `actix_session::SessionExt`
//! finds them in guards and middlewares further in. `actix-identity` runs on it too.
//!
//! # What is different
//! * Every request below the middleware opens the session, for `actix_session::Session` has to be
//!   filled before a handler asks. So every response says `Vary: Cookie` and may not be cached by
//!   others: wrap the scopes that need a session, and not the static files.
//! * What counts is whether the entries are other ones in the end. An `insert` of an equal value
//!   writes nothing; it extends the session, once the jar's `refresh_after` is over.
//! * What `update` and `update_or` change is kept. In actix-session 0.11 they forget to say so, and
//!   a change to a session that was loaded is lost.
//! * A session that does not fit is answered with 500 and no body, and the log names size and
//!   limit.
//! * actix-session's own middleware may not be around the same handlers: it would take the session
//!   for its own.
//!
//! # Why this is no `SessionStore`
//! A store of actix-session keeps values under a key that the middleware puts into a cookie of its
//! own. It cannot do what a sealed session needs: `update_ttl` returns no new key, so that a
//! session which is only read could not be sealed again and would die under its visitor; the
//! middleware's own secret key cannot be rotated; and the store never sees the final cookie, whose
//! size decides whether the browser takes it.

mod entries;
mod future;
mod lender;
mod service;

use std::future::Ready;
use std::sync::Arc;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use sealjar_session::Jar;

pub use entries::Entries;
pub use future::EntriesFuture;
pub use service::EntriesService;

use crate::middleware::{self, SessionService};

/// Provides `actix_session::Session`, in place of that crate's middleware of the same name. Built
/// once and cloned into each worker.
#[derive(Clone, Debug)]
pub struct SessionMiddleware {
    jar: Jar<Entries>,
    settings: Settings,
}

#[derive(Clone, Debug, Default)]
struct Settings {
    subject_key: Option<Arc<str>>,
    keep_alive: bool,
}

impl SessionMiddleware {
    /// Makes a middleware for a jar. Name, attributes and timeouts of the cookie are the jar's.
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
    /// Without it a login keeps the birth of the guest session, and with it the absolute lifetime.
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

    /// Lets every request extend the idle time, and not only those that load a page, as
    /// `TtlExtensionPolicy::OnEveryRequest` does. Off by default. The cookie is sealed again once
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
