//! What changes for an application that uses tower-sessions 0.15? One line.
//!
//! [`SessionManagerLayer`] gives handlers the `Session` of tower-sessions, and everything that takes one
//! goes on as it is. `docs/coming-from-tower-sessions.md` says what is different.
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

crate::drop_in::sessions_of!(tower_sessions_core);
