//! Why did a keeper not do what was due or asked?

use std::fmt;

use sealjar::ClockError;

use crate::refusal::Refused;
use crate::store::{Damage, StoreError};

/// Why a keeper could not do what was due or asked.
#[non_exhaustive]
pub enum KeeperError {
    /// The clock shows a time that no ring can hold.
    Clock(ClockError),
    /// The store is damaged, or its key is not at hand. It needs a person.
    Damaged(Damage),
    /// There is a ring already.
    Exists {
        /// Its name.
        name: String,
        /// Its epoch.
        epoch: u64,
    },
    /// The store holds no ring.
    NoRing,
    /// It must not be done.
    Refused(Refused),
    /// The store could not do it.
    Store(StoreError),
    /// It is committed, and what follows from that is not done.
    Unfinished {
        /// The epoch that was committed.
        epoch: u64,
        /// Why the rest could not be done.
        cause: Box<Self>,
    },
}

impl KeeperError {
    /// The words for what can go wrong, which [`kind`](Self::kind) gives.
    pub const KINDS: [&str; 8] = [
        "clock",
        "damaged",
        "exists",
        "lost_race",
        "no_ring",
        "refused",
        "store",
        "unfinished",
    ];

    /// Returns a stable word for logs and counters.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Clock(_) => "clock",
            Self::Damaged(_) => "damaged",
            Self::Exists { .. } => "exists",
            Self::NoRing => "no_ring",
            Self::Refused(_) => "refused",
            Self::Store(StoreError::LostRace) => "lost_race",
            Self::Store(_) => "store",
            Self::Unfinished { .. } => "unfinished",
        }
    }

    /// Returns whether another keeper was faster, so that there is nothing wrong but the time.
    #[must_use]
    pub const fn is_lost_race(&self) -> bool {
        matches!(self, Self::Store(StoreError::LostRace))
    }

    /// Returns whether the keeper itself can do all it should, so that it need not be started anew.
    pub(crate) const fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Store(
                StoreError::LostRace | StoreError::NotOurs { .. } | StoreError::RollOut { .. }
            )
        )
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Clock(_) => "set this machine's clock",
            Self::Damaged(damage) => damage.hint(),
            Self::Exists { .. } => "`sealjar status` shows it; a second ring needs another store",
            Self::NoRing => "`sealjar init` begins one",
            Self::Refused(refused) => refused.hint(),
            Self::Store(error) => error.hint(),
            Self::Unfinished { .. } => {
                "do not repeat it: see to the cause, and `sealjar run --once` does the rest"
            }
        }
    }
}

impl fmt::Display for KeeperError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clock(error) => error.fmt(f),
            Self::Damaged(damage) => damage.fmt(f),
            Self::Exists { name, epoch } => {
                write!(
                    f,
                    "the store holds the ring \"{name}\" already, at epoch {epoch}"
                )
            }
            Self::NoRing => f.write_str("the store holds no ring"),
            Self::Refused(refused) => refused.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Unfinished { epoch, cause } => {
                write!(
                    f,
                    "epoch {epoch} is committed, and not everywhere yet: {cause}"
                )
            }
        }
    }
}

sealjar::__debug_as_report!(KeeperError, hint);

/// The message has the cause, so that it is printed once.
impl std::error::Error for KeeperError {}

impl From<ClockError> for KeeperError {
    fn from(error: ClockError) -> Self {
        Self::Clock(error)
    }
}

impl From<Refused> for KeeperError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<StoreError> for KeeperError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
