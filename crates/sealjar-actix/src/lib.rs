//! Gives actix-web handlers a session that lives sealed in the visitor's cookie.
//!
//! This crate knows actix-web's middleware and extractors. It must never know what a session or a key
//! is: it carries header bytes to `sealjar-session` and header values back.
//!
//! * [`SessionMiddleware`] goes around an `App`, a scope or a resource.
//! * [`Session<T>`] is the extractor; in a middleware, [`session_of`] finds it in the request.
//! * [`SessionError`] answers for a failed change, so that handlers can use `?`.
//! * With the feature `source`, which is on by default, [`FileSource`] finds the key ring and
//!   [`Watcher`] follows it while the application runs; [`source`] has all of it.
//! * With the feature `actix-session`, handlers written for that crate keep theirs: `actix_session`.
//!
//! # Examples
//! Build the middleware once, outside of `HttpServer::new`'s closure, and clone it in: the closure
//! runs once for each worker, and all of them share what the jar counts and remembers.
//! ```no_run
//! use actix_web::{App, HttpServer, web};
//! use sealjar_actix::{FileSource, Jar, Session, SessionData, SessionError, SessionMiddleware};
//!
//! #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
//! struct Visits { count: u32 }
//! impl SessionData for Visits {}
//!
//! async fn index(session: Session<Visits>) -> Result<String, SessionError> {
//!     let count = session.update(|v| { v.count += 1; v.count })?;
//!     Ok(format!("visit {count}"))
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A debug build makes a ring for development; a release build reads the one that it was given.
//! let ring = FileSource::find("session-ring")?.fetch()?;
//! let jar = Jar::<Visits>::new(ring, "shop-prod")?;
//! let sessions = SessionMiddleware::new(jar);
//! let server = HttpServer::new(move || {
//!     App::new().wrap(sessions.clone()).route("/", web::get().to(index))
//! });
//! # Ok(())
//! # }
//! ```
//!
//! # Deployment caveat
//! What makes a response of something else goes inside the session middleware (its `wrap` comes before):
//! a middleware that catches a panic, or that answers an error with a response of its own. Further out
//! it knows nothing of the session, and what was updated is lost.
//!
//! A session that cannot be sealed once the handler has answered is an error further out, which actix-web
//! answers with 500: middlewares that look at responses alone do not see it.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "actix-session")]
pub mod actix_session;
mod error;
mod extract;
mod future;
mod middleware;

pub use error::{MissingSessionMiddleware, SessionError};
pub use extract::{Session, session_of};
pub use future::ResponseFuture;
pub use middleware::{SessionMiddleware, SessionService};

pub use sealjar::{
    ClockError, KeyId, KeyRing, KeyUses, LiveRing, OpenError, RefusalCounts, RefusalKind,
    RingError, SealError, Timestamp, Uses,
};
#[cfg(feature = "testing")]
pub use sealjar_session::testing;
pub use sealjar_session::{
    CloseError, ConfigError, Expiry, FetchMetadata, Jar, JarBuilder, Origin, Refusal, SameSite,
    SessionData, SessionId, SessionRefusalKind, UpdateError, Validity, assert_layout,
};
#[cfg(feature = "source")]
pub use sealjar_source::{self as source, FileSource, NotReady, Readiness, SourceError, Watcher};
