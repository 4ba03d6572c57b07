//! Gives axum handlers a session that lives sealed in the visitor's cookie.
//!
//! This crate knows tower and axum's extractors. It must never know what a session or a key is: it
//! carries header bytes to `sealjar-session` and header values back.
//!
//! * [`SessionLayer`] goes around a router or any tower service.
//! * [`Session<T>`] is the extractor; in a plain tower service,
//!   [`session_of`] finds it in the request.
//! * [`Authenticated<T>`] is the session of somebody who is logged in: others are redirected to the
//!   login page, or get 401.
//! * `Session<`[`Flash`]`>` has the messages for the next page.
//! * [`Revoker`] ends every copy of a session, on every replica: "log out on all devices".
//! * [`SessionError`] is the response to a failed change, so that handlers can use `?`.
//! * [`FileSource`] finds the key ring and [`Watcher`] follows it while the application runs;
//!   [`source`] has the rest.
//! * [`tower_sessions`] seals the sessions of handlers that were written for tower-sessions.
//!
//! # Examples
//! ```no_run
//! use axum::{Router, routing::get};
//! use sealjar_axum::{FileSource, Jar, Session, SessionData, SessionError, SessionLayer};
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
//! let app: Router = Router::new().route("/", get(index)).layer(SessionLayer::new(jar));
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
//! * `tower-sessions`: [`tower_sessions`], for handlers that were written for tower-sessions 0.15.
//!   It adds `tower-sessions-core`, `async-trait`, `serde_json` and `time`.
//! * `tower-sessions-0_14`: [`tower_sessions_0_14`], the same for version 0.14, which axum-login
//!   0.18 uses.
//!
//! # Deployment caveat
//! In one `tower::ServiceBuilder`, put layers that change the body's type, such as `TraceLayer`,
//! above the session layer: when a session cannot be sealed, it answers with an empty body, so it
//! needs a body type that can be empty (`Default`).

#![cfg_attr(docsrs, feature(doc_cfg))]

mod authenticated;
#[cfg(feature = "_tower-sessions")]
mod drop_in;
mod error;
mod extract;
mod future;
mod layer;
#[cfg(feature = "follow")]
mod revoker;
mod service;
#[cfg(feature = "tower-sessions")]
pub mod tower_sessions;
#[cfg(feature = "tower-sessions-0_14")]
pub mod tower_sessions_0_14;

pub use authenticated::{Authenticated, Unauthenticated};
pub use error::{MissingSessionLayer, SessionError};
pub use extract::{Session, session_of};
pub use future::ResponseFuture;
pub use layer::SessionLayer;
#[cfg(feature = "follow")]
pub use revoker::revoker;
pub use service::SessionService;

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
