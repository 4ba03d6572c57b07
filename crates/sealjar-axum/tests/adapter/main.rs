//! The tower layer and axum's extractor, with real routers and with plain services, and the drop-ins.
//!
//! One binary, because linking costs more than running. Time is simulated: nothing here waits.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod bodies;
mod composition;
mod extractor;
mod hostile;
mod plain;
mod responses;
mod support;
mod tower_sessions;
mod wire;
