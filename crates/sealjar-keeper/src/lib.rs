//! Rotates a key ring, so that sessions sealed under it never notice.
//!
//! This crate knows when keys change and where rings are kept. It must never know what a session holds,
//! and it never seals one.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod daemon;
pub mod delivery;
mod error;
mod escape;
#[cfg(test)]
mod fixture;
mod human_duration;
mod keeper;
pub mod plan;
pub mod policy;
mod refusal;
mod step;
pub mod store;

pub use daemon::{Daemon, DaemonError};
pub use error::KeeperError;
pub use human_duration::{HumanDuration, HumanDurationError};
pub use keeper::{Decide, Keeper, Report, Turn};
pub use refusal::{Refused, Witness};
pub use step::Step;

/// What the program `sealjar` shares with the keeper. No part of the public interface.
#[doc(hidden)]
pub mod __program {
    pub use crate::daemon::HINT;
    pub use crate::escape::escaped;
    pub use crate::store::read_file;
}
