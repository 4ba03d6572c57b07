//! What the benchmarks and the race share.
//!
//! * [`data`]: the session of all measurements;
//! * [`server`]: an application in a process of its own, seen from both sides;
//! * [`browser`]: a visitor, [`load`]: several visitors while the server's CPU time is counted;
//! * [`redis`]: a Redis for applications that need one;
//! * [`numbers`]: what the results are computed with.
//!
//! This crate names no peer and counts no allocations, so that it does not disturb a measurement.

pub mod browser;
pub mod data;
pub mod load;
pub mod numbers;
pub mod redis;
pub mod server;
