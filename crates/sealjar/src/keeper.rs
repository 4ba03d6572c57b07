//! What only the program that writes a ring needs. Replicas read rings, and need none of it.
//!
//! [`RingDraft`] is a ring open to change, and makes the next epoch of it. The functions edit its
//! [`Revocations`](crate::Revocations).

pub use crate::draft::{NextKey, RingDraft, is_ring_name};
pub use crate::revocation::{merge, prune, pull_back};
