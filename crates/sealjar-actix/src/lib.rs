//! Gives actix-web handlers a session that lives sealed in the visitor's cookie.
//!
//! This crate knows actix-web's middleware and extractors. It must never know what a session or a
//! key is: it carries header bytes to `sealjar-session` and header values back.
//!
//! * [`SessionMiddleware`] wraps an `App`, a scope or a resource.
//! * [`Session<T>`] is the extractor; in a middleware, [`session_of`] finds it in the request.
//! * [`Authenticated<T>`] is the session of somebody who is logged in: others are redirected to the
//!   login page, or get 401.
//! * `Session<`[`Flash`]`>` has the messages for the next page.
//! * [`Revoker`] ends every copy of a session, on every replica: "log out on all devices".
//! * [`SessionError`] is the response to a failed change, so that handlers can use `?`.
//! * [`FileSource`] finds the key ring and [`Watcher`] follows it while the application runs;
//!   [`source`] has the rest.
//! * `actix_session` seals the sessions of handlers that were written for the crate of that name.
//!
//! # Examples
//! Build the middleware outside of `HttpServer::new`'s closure, and clone it inside: the closure
//! runs once for each worker, and all workers share the jar's counts and memory.
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
//! // A debug build makes a ring for development; a release build reads the ring that was deployed.
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
//! # Features
//! `source` is on by default.
//!
//! * `source`: [`FileSource`] finds the key ring in a file, and [`Watcher`] follows it while keys
//!   rotate. Turn it off if your application gets the ring in another way. It adds
//!   `sealjar-source`, with a file system watcher and one thread.
//! * `follow`: `source::Follow` asks keepers for the ring while the application runs, in place of a
//!   file, and `revoker` asks them to end sessions. It adds `sealjar-follow` with
//!   `ed25519-dalek`, and of `hyper` the client.
//! * `legacy-cookies`: [`LegacyCookie`]`::private` and `::signed`, for an application that moves
//!   from the `cookie` crate's jars, from actix-session or from tower-sessions-cookie-store without
//!   logging anyone out. It adds `base64` and the ciphers of the crate `cookie`.
//! * `metrics`: `Jar::record_metrics` gives the use counts to the recorder of the `metrics` facade.
//!   It adds the crate `metrics`.
//! * `ring`: AES-256-GCM by the crate `ring`, the same bytes for less time. It needs a C compiler,
//!   and Cargo turns it on for everything in the build that uses `sealjar`.
//! * `testing`: [`testing`], a ring of a fresh key. Turn it on under `[dev-dependencies]` only. It
//!   adds no dependency.
//! * `actix-session`: [`actix_session`](mod@actix_session), for handlers that were written for that
//!   crate. It adds `actix-session` and `serde_json`.
//!
//! # Deployment caveat
//! Middleware that turns a panic or an error into a response must be inside the session middleware:
//! call its `wrap` first. If it is outside, it does not know the session, and changes to it are
//! lost.
//!
//! If a session cannot be sealed when the handler has answered, outer middleware gets an error,
//! which actix-web answers with 500. Middleware that only looks at responses does not see it.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "actix-session")]
pub mod actix_session;
mod authenticated;
mod error;
mod extract;
mod future;
mod middleware;
#[cfg(feature = "follow")]
mod revoker;

pub use authenticated::{Authenticated, Unauthenticated};
pub use error::{MissingSessionMiddleware, SessionError};
pub use extract::{Session, session_of};
pub use future::ResponseFuture;
pub use middleware::{SessionMiddleware, SessionService};
#[cfg(feature = "follow")]
pub use revoker::revoker;

pub use sealjar::{
    ClockError, KeyId, KeyRing, KeyUses, LiveRing, OpenError, RefusalCounts, RefusalKind,
    RingError, SealError, Timestamp, Uses,
};
#[cfg(feature = "legacy-cookies")]
pub use sealjar_session::LegacyLayout;
#[cfg(feature = "testing")]
pub use sealjar_session::testing;
pub use sealjar_session::{
    CloseError, ConfigError, Expiry, FetchMetadata, Flash, FlashLevel, FlashMessage, Format, Jar,
    JarBuilder, LegacyCookie, LegacyUses, NoSessionId, Origin, Refusal, ReturnTo, RevokeError,
    Revoker, SameSite, SessionData, SessionId, SessionRefusalKind, UpdateError, Validity,
    assert_layout,
};
#[cfg(feature = "source")]
pub use sealjar_source::{self as source, FileSource, NotReady, Readiness, SourceError, Watcher};
