//! Tests of what only actix-web does. What all adapters do alike is tested in the workspace's
//! `tests/conformance`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod authenticated;
mod delivery;
mod errors;
mod extractor;
mod inner_errors;
#[path = "../shared/logs.rs"]
mod logs;
mod support;
mod wire;
