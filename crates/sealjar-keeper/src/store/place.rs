//! Where do replicas look, and what do they find there?

use std::fmt;
use std::path::PathBuf;

use sealjar::RingId;

use crate::store::StoreError;

/// What replicas find where they look.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
#[doc(hidden)]
pub enum Found {
    /// The head.
    Head,
    /// Another ring of the same name. A replica that starts has that one.
    Another {
        /// Its id.
        id: RingId,
    },
    /// Nothing. A replica that starts has no ring.
    Missing,
    /// An earlier epoch.
    Older {
        /// Which.
        epoch: u64,
    },
    /// The head's epoch, changed by somebody.
    Changed,
    /// Something that no keeper made, or of which the engine does not tell. Nobody is given it.
    NotOurs {
        /// Whether the engine tells what it holds, if not what that is.
        compared: bool,
    },
    /// Something that is no ring: cut, empty or edited.
    Unreadable {
        /// Why it is none.
        reason: String,
    },
}

impl Found {
    /// Returns a stable word for it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Another { .. } => "another",
            Self::Missing => "missing",
            Self::Older { .. } => "older",
            Self::Changed => "changed",
            Self::NotOurs { .. } => "not_ours",
            Self::Unreadable { .. } => "unreadable",
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Head => "there is nothing to do",
            Self::NotOurs { compared } => StoreError::hint_of_not_ours(*compared),
            Self::Another { .. }
            | Self::Missing
            | Self::Older { .. }
            | Self::Changed
            | Self::Unreadable { .. } => {
                "`sealjar run --once` puts it right, and a keeper that runs does within 10 s"
            }
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head => f.write_str("it is as it was published"),
            Self::Another { id } => {
                write!(f, "it holds another ring of this name, with the id {id}")
            }
            Self::Missing => f.write_str("it is gone"),
            Self::Older { epoch } => write!(f, "it holds the earlier epoch {epoch}"),
            Self::Changed => f.write_str("somebody has changed it"),
            Self::NotOurs { compared: true } => {
                f.write_str("it holds something else than the ring: no keeper made it")
            }
            Self::NotOurs { compared: false } => {
                f.write_str("the engine does not tell whether it holds the ring")
            }
            Self::Unreadable { reason } => write!(f, "it holds no ring: {reason}"),
        }
    }
}

/// Where replicas find a ring.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
#[doc(hidden)]
pub enum Place {
    /// In a file.
    File(PathBuf),
    /// In a secret of a swarm.
    Secret {
        /// Its name.
        name: String,
        /// The secrets with the keys that keepers keep the ring under, as far as they are at hand.
        keks: Vec<String>,
    },
}
