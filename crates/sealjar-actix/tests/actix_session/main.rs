//! Handlers written for `actix-session` and `actix-identity`, over a sealed cookie.
//!
//! The handlers are plain functions over `actix_session::Session`. Where it matters, they also run
//! over that crate's own middleware.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod expiry;
mod handlers;
mod hostile;
mod identity;
mod lending;
#[path = "../shared/logs.rs"]
mod logs;
mod losses;
mod mounting;
mod revoking;
mod subjects;
mod support;
mod workflow;
