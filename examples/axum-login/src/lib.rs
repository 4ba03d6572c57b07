//! A library with a reading room for its members, rendered on the server, with logins by
//! axum-login.
//!
//! Read it in this order:
//! * [`app`]: the one layer that brings sealjar in;
//! * [`members`]: who may log in, in axum-login's terms;
//! * `handlers.rs`: the pages and forms, which know only axum-login;
//! * `main.rs`: the process around it, which follows the key ring while it runs.

pub mod app;
pub mod members;

mod handlers;
mod pages;
