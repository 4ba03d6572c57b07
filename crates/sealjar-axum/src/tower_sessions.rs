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
//! async fn visit(session: Session) -> Result<String, tower_sessions::session::Error> {
//!     let count = session.get::<u32>("count").await?.unwrap_or(0) + 1;
//!     session.insert("count", count).await?;
//!     Ok(format!("visit {count}"))
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let key = sealjar_axum::Key::generate(sealjar_axum::Suite::Xaes256Gcm)?;
//! let sessions = SessionManagerLayer::new(Jar::new(key, "shop-prod")?);
//! let app: Router = Router::new().route("/", get(visit)).layer(sessions);
//! # Ok(())
//! # }
//! ```

crate::drop_in::sessions_of!(tower_sessions_core);
