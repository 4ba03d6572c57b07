//! Rotates a key ring, so that sessions sealed under it never notice.
//!
//! This crate knows when keys change and where rings are kept. It must never know what a session
//! holds, and it never seals one.
//!
//! * [`Keeper`] takes one turn over a [store](store::RingStore), and makes the changes that a
//!   person asks for.
//! * [`Daemon`] takes turns until the process is asked to stop, serves health and metrics, and
//!   answers replicas that follow the ring.
//! * [`store::FileStore`] keeps a ring in files; `sealjar-swarm` keeps one in a Docker Swarm.
//! * [`export`] gives programs that seal by themselves, such as Django, secrets of the same ring.
//! * [`policy`] says how often keys change.
//!
//! # Features
//! It has none. It runs on Unix, with tokio.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod daemon;
#[doc(hidden)]
pub mod delivery;
mod error;
mod escape;
pub mod export;
#[cfg(test)]
mod fixture;
#[doc(hidden)]
pub mod followed;
mod human_duration;
mod keeper;
#[doc(hidden)]
pub mod plan;
pub mod policy;
mod refusal;
mod step;
pub mod store;

pub use daemon::{Daemon, DaemonError};
pub use error::KeeperError;
pub use human_duration::{HumanDuration, HumanDurationError};
pub use keeper::{Decide, Keeper, ListReport, Listed, Report, Turn};
pub use plan::{Change, Situation};
pub use refusal::Refused;
#[doc(hidden)]
pub use refusal::Witness;
pub use step::Step;

/// What the program `sealjar` shares with the keeper. No part of the public interface, and nor are
/// [`delivery`], [`followed`], [`plan`] and what [`store`] hides: they are for the program, for
/// `sealjar-swarm` and for the simulated fleets of the repository's tests, and change without
/// notice.
#[doc(hidden)]
pub mod __program {
    pub use crate::daemon::{FORGET, HINT};
    pub use crate::escape::escaped;
    pub use crate::store::{read_file, write_file};
}
