//! Seals the sessions of handlers that were written for tower-sessions 0.15. One line of set-up
//! changes.
//!
//! [`SessionManagerLayer`] gives handlers the `Session` of tower-sessions, so handlers stay as they
//! are. `docs/coming-from-tower-sessions.md` says what is different.
//!
//! # Examples
//! ```
//! use axum::{Router, routing::get};
//! use sealjar_axum::{Jar, tower_sessions::SessionManagerLayer};
//! use tower_sessions::Session;
//!
//! async fn greet(session: Session) -> String {
//!     match session.get::<String>("name").await {
//!         Ok(name) => format!("Hello {}", name.unwrap_or("stranger".into())),
//!         Err(error) => error.to_string(),
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let ring = sealjar_axum::testing::ring();
//! let sessions = SessionManagerLayer::new(Jar::new(ring, "shop-prod")?);
//! let app: Router = Router::new().route("/", get(greet)).layer(sessions);
//! # Ok(())
//! # }
//! ```

#[cfg_attr(
    feature = "tower-sessions-0_14",
    expect(clippy::duplicate_mod, reason = "one file for each version")
)]
#[path = "drop_in/version.rs"]
mod version;

use tower_sessions_core as tower;

pub use version::{Record, SessionManager, SessionManagerLayer};
