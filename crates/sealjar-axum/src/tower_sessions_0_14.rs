//! Seals the sessions of handlers that were written for tower-sessions 0.14, which axum-login 0.18
//! uses. One line of set-up changes.
//!
//! It does the same as the module `tower_sessions`, for the earlier version. Each opens what the
//! other has sealed, so an application can move on from 0.14 and log nobody out.

#[cfg_attr(
    feature = "tower-sessions",
    expect(clippy::duplicate_mod, reason = "one file for each version")
)]
#[path = "drop_in/version.rs"]
mod version;

use tower_sessions_core_0_14 as tower;

pub use version::{Record, SessionManager, SessionManagerLayer};
