//! A library with a reading room for its members, rendered on the server, with logins by
//! axum-login.
//!
//! Read it in this order:
//! * [`app`]: where sealjar comes in, one layer;
//! * [`members`]: who may log in, as axum-login asks for it;
//! * `handlers.rs`: the pages and forms, which know of axum-login alone;
//! * `main.rs`: the process around it, which follows the key ring while it runs.

pub mod app;
pub mod members;

mod handlers;
mod pages;
