//! What can be wrong with a store, and what can be done about it?

use std::fmt;
use std::path::PathBuf;

use sealjar::RingError;

/// Why a store cannot go on by itself.
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
    /// There is no head, but something that was left by one.
    HeadMissing {
        /// What there is.
        found: PathBuf,
    },
    /// The head is no ring document.
    HeadUnreadable {
        /// Where it stands.
        place: PathBuf,
        /// What is wrong with it.
        error: RingError,
    },
}

impl Damage {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::HeadBehind { .. } => {
                "the store was put back from a backup, or somebody else writes the ring: stop other \
                 keepers, then `sealjar restore FILE` with the newest ring a replica has"
            }
            Self::HeadMissing { .. } => {
                "`sealjar import FILE` begins again with that ring, or with one that a replica has"
            }
            Self::HeadUnreadable { .. } => {
                "`sealjar restore FILE` with the newest ring a replica has, or one that was kept"
            }
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeadBehind { head, delivered } => write!(
                f,
                "head_behind: replicas were given epoch {delivered}, and the store is at {head}"
            ),
            Self::HeadMissing { found } => {
                write!(f, "the store has no head, and {} is there", found.display())
            }
            Self::HeadUnreadable { place, error } => {
                write!(f, "{}: {error}", place.display())
            }
        }
    }
}

/// Why a store could not do what was asked. The ring is as it was, unless a method says otherwise.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process holds the store's lock, and went on doing so.
    Busy {
        /// The lock.
        lock: PathBuf,
    },
    /// What stands where the ring is to be put is another ring.
    Foreign {
        /// Where.
        path: PathBuf,
        /// The other ring's name.
        found: String,
    },
    /// The operating system refused.
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What it says.
        error: std::io::Error,
    },
    /// The place is a symbolic link, which a new ring would replace.
    Link {
        /// The place.
        path: PathBuf,
    },
    /// Another keeper has committed meanwhile.
    LostRace,
}

impl StoreError {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "see which process holds it, and end that one if it hangs",
            Self::Foreign { .. } => "give each ring a file of its own",
            Self::Io { error, .. } => match error.kind() {
                std::io::ErrorKind::NotFound => {
                    "see that its directory is there and mounted, or name another store"
                }
                std::io::ErrorKind::PermissionDenied => {
                    "run as the user that owns the store, and make that user a member of the document's group"
                }
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::FileTooLarge => {
                    "make room, the ring is as it was"
                }
                _ => "see to the file system, the ring is as it was",
            },
            Self::Link { .. } => "name the file itself",
            Self::LostRace => "look at `sealjar status`, and repeat it if it is still wanted",
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy { lock } => write!(
                f,
                "another process holds the lock {} and does not let go",
                lock.display()
            ),
            Self::Foreign { path, found } => {
                write!(f, "{} holds the ring \"{found}\"", path.display())
            }
            Self::Io { doing, path, error } => {
                write!(f, "cannot {doing} {}: {error}", path.display())
            }
            Self::Link { path } => write!(f, "{} is a symbolic link", path.display()),
            Self::LostRace => f.write_str("lost the race: another keeper has committed meanwhile"),
        }
    }
}

/// The cause stands in the message, so that it is printed once.
impl std::error::Error for StoreError {}
