//! The tower layer and axum's extractor, with real routers and with plain services.
//!
//! What every adapter does is tested in `tests/conformance`; these tests cover what only axum and
//! tower do. One binary, because linking costs more than running.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[path = "../shared/account.rs"]
mod account;
mod authenticated;
mod bodies;
mod delivery;
mod extractor;
#[path = "../shared/logs.rs"]
mod logs;
mod plain;
mod routing;
mod support;
mod wire;
