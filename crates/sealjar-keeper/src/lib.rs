//! Rotates a key ring, so that sessions sealed under it never notice.
//!
//! This crate knows when keys change and where rings are kept. It must never know what a session holds,
//! and it never seals one.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod daemon;
pub mod delivery;
mod error;
pub mod escape;
#[cfg(test)]
mod fixture;
mod human_duration;
pub mod keeper;
pub mod plan;
pub mod policy;
mod refusal;
mod step;
pub mod store;

pub use error::KeeperError;
pub use human_duration::{HumanDuration, HumanDurationError};
pub use keeper::Keeper;
pub use refusal::{Refused, Witness};
pub use step::Step;
