//! For the program that writes a ring. Replicas only read rings and do not need this module.
//!
//! [`RingDraft`] is a ring that can change, and makes the next epoch. [`export`] derives secrets
//! for programs that seal by themselves. [`ListDraft`] makes the next
//! [`RevocationList`](crate::RevocationList). The other functions edit the ring's
//! [`Revocations`](crate::Revocations).

pub use crate::draft::{NextKey, RingDraft, is_ring_name};
pub use crate::export::{ExportedSecret, export};
pub use crate::list::{ListDraft, ListRecord, Room};
pub use crate::revocation::{merge, prune, pull_back};
