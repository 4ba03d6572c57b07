//! Keeps a typed web session in the browser's cookie, sealed, so that any replica can open it.
//!
//! This crate knows cookies and session types. It must never know a web framework, an async runtime
//! or where a key ring comes from: header bytes go in, header values come out, and nothing waits.
//!
//! * [`SessionData`] is the trait of the application's type. One line implements it.
//! * [`Jar`] is built once. It opens a [`Session`] for a request and closes it for the response.
//! * [`Session`] is what handlers work with: [`get`](Session::get), [`update`](Session::update),
//!   [`renew`](Session::renew), [`purge`](Session::purge).
//! * [`Revoker`] ends every copy of a session, on every replica.
//! * [`Flash`] is a session type of its own: messages for the next page.
//!
//! Applications use it through an adapter, `sealjar-axum` or `sealjar-actix`. A new adapter finds
//! what it needs in [`adapter`].
//!
//! # Features
//! None is on by default.
//!
//! * `legacy-cookies`: [`LegacyCookie`]`::private` and `::signed`, for an application that moves
//!   from the `cookie` crate's jars, from actix-session or from tower-sessions-cookie-store. Turn
//!   it off again when that is over: it adds `base64` and the ciphers of the crate `cookie`.
//! * `metrics`: `Jar::record_metrics` gives the use counts to the recorder of the `metrics` facade.
//!   Turn it on if the application has such a recorder. It adds the crate `metrics`, which has few
//!   dependencies.
//! * `ring`: AES-256-GCM by the crate `ring`, the same bytes for less time. Turn it on if sealing
//!   shows in a profile, and if a C compiler may be part of the build. Cargo unifies features: it
//!   is on for everything in the build that uses `sealjar`.
//! * `testing`: [`testing`]`::ring`, a ring of a fresh key; `jar`, a jar over one; `storage_state`,
//!   a browser that is logged in; `JarBuilder::in_another_process`. Turn it on under
//!   `[dev-dependencies]` only: replicas that each made their own ring would log everyone out. It
//!   adds no dependency.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "__bench")]
#[doc(hidden)]
pub mod __bench;
pub mod adapter;
mod builder;
mod cache;
mod candidates;
mod close;
mod codec;
mod config_error;
mod cookie;
mod csrf;
mod data;
mod delivery;
mod envelope;
mod error;
mod few;
mod flash;
mod id;
mod incoming;
mod inspect;
mod intent;
mod jar;
mod layout;
mod legacy;
mod loudness;
#[cfg(feature = "metrics")]
mod metrics;
mod open;
mod origin;
mod refusal;
mod registry;
mod request;
mod response;
mod return_to;
mod revoker;
mod seal;
mod second_look;
mod session;
mod shared;
mod state;
pub mod testing;
mod timeouts;
mod token;
mod unextended;
mod unsealed;
mod validity;

pub use builder::{DEFAULT_COOKIE_NAME, JarBuilder};
pub use config_error::ConfigError;
pub use cookie::attributes::SameSite;
pub use cookie::write::SetCookies;
pub use data::{Expiry, Format, SessionData};
pub use error::{CloseError, UpdateError};
pub use flash::{Flash, FlashLevel, FlashMessage};
pub use id::{NoSessionId, SessionId};
pub use inspect::{Candidate, Contents, Inspection, inspect};
pub use jar::Jar;
pub use layout::assert_layout;
#[cfg(feature = "legacy-cookies")]
pub use legacy::LegacyLayout;
pub use legacy::{LegacyCookie, LegacyUses};
pub use origin::Origin;
pub use refusal::{Refusal, SessionRefusalKind};
pub use request::FetchMetadata;
pub use response::Closing;
pub use return_to::ReturnTo;
pub use revoker::{RevokeError, Revoker};
pub use session::Session;
pub use validity::Validity;
