//! Rings that are followed: real files in real directories, and decisions under a virtual clock.
//!
//! One binary, because linking costs more than running. Where a test waits for a file system, it
//! waits for a condition, with a generous limit; elsewhere time is simulated.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod bad_input;
mod delivery;
mod flood;
mod hanging;
mod logs;
mod readiness;
mod running;
mod schedule;
mod support;
mod watch;
