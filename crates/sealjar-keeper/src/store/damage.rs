//! What can be wrong with a store, and what can be done about it?

use std::fmt;

use sealjar::RingError;

/// Why a store needs a person before a keeper can continue.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Damage {
    /// Replicas have been given a later epoch than the store knows.
    HeadBehind {
        /// The epoch of the store.
        head: u64,
        /// The epoch that was delivered.
        delivered: u64,
    },
    /// What the head says does not hold.
    HeadDamaged {
        /// Where it is.
        place: String,
        /// What does not hold.
        reason: String,
    },
    /// There is no head, but something that was left by one.
    HeadMissing {
        /// What there is.
        found: String,
    },
    /// The head is no ring document.
    HeadUnreadable {
        /// Where it is.
        place: String,
        /// What is wrong with it.
        error: RingError,
    },
    /// The head is sealed under a key that is not at hand.
    Sealed {
        /// The epoch of the head.
        epoch: u64,
        /// The secret that holds the key.
        kek: String,
        /// The secrets whose keys are at hand.
        at_hand: Vec<String>,
    },
}

impl Damage {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::HeadBehind { .. } => {
                "if the store was put back from a backup, stop other keepers, then `sealjar restore FILE` with the \
                 newest ring a replica has: its keys are taken because you name it. If somebody else put it \
                 there, remove it, and ask who can write there: the next turn puts the ring back"
            }
            Self::HeadDamaged { .. } => {
                "`sealjar restore FILE` with the newest ring that a replica has mounted: it becomes a new \
                 epoch"
            }
            Self::HeadMissing { .. } => {
                "`sealjar import FILE` begins again with that ring, or with one that a replica has"
            }
            Self::HeadUnreadable { .. } => {
                "`sealjar restore FILE` with the newest ring a replica has, or one that was kept"
            }
            Self::Sealed { at_hand, .. } if at_hand.is_empty() => {
                "run it where that secret is mounted, in the keeper's container: `docker exec CONTAINER \
                 sealjar ...`; if the secret is lost, `sealjar import FILE` with a replica's ring makes a new one"
            }
            Self::Sealed { .. } => {
                "mount that secret too; if it is lost, `sealjar import FILE` with a replica's ring continues \
                 under the one that is mounted"
            }
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeadBehind { head, delivered } => write!(
                f,
                "head_behind: replicas were given epoch {delivered}, which this store has not written, and the \
                 store is at {head}"
            ),
            Self::HeadDamaged { place, reason } => write!(f, "{place}: {reason}"),
            Self::HeadMissing { found } => {
                write!(f, "the store has no head, and {found} is there")
            }
            Self::HeadUnreadable { place, error } => {
                write!(f, "{place}: {error}")
            }
            Self::Sealed { kek, at_hand, .. } => {
                write!(f, "the ring is sealed under the key in the secret {kek}, ")?;
                match at_hand.as_slice() {
                    [] => f.write_str("and no such key is here"),
                    at_hand => write!(f, "and here is that of {}", at_hand.join(", ")),
                }
            }
        }
    }
}
