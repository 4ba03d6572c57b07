//! For the program that writes a ring. Replicas only read rings and do not need this module.
//!
//! [`RingDraft`] is a ring that can change, and makes the next epoch. The functions edit its
//! [`Revocations`](crate::Revocations).

pub use crate::draft::{NextKey, RingDraft, is_ring_name};
pub use crate::revocation::{merge, prune, pull_back};
