//! What is actix-web's alone. What all adapters do alike is in `tests/conformance` of the
//! workspace.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod delivery;
mod errors;
mod extractor;
mod inner_errors;
#[path = "../shared/logs.rs"]
mod logs;
mod support;
mod wire;
