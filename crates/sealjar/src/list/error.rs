//! Why a list is refused.

use std::fmt;

use super::records::RecordKind;

/// Why a [`RevocationList`](super::RevocationList) or a [`ListDelta`](super::ListDelta) was
/// refused, or a record of one.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum ListError {
    /// The number lies more than a day ahead of this machine's clock, or beyond what any clock can
    /// show.
    Ahead {
        /// The number.
        seq: u64,
        /// The greatest number that a list can have now.
        latest: u64,
    },
    /// The number is the one in use, but the content differs: there are two writers.
    Conflict {
        /// The number both have.
        seq: u64,
    },
    /// A record was over before the list was written.
    Forgotten {
        /// The kind of the record.
        kind: RecordKind,
        /// Its position among those of its kind, from 0.
        at: usize,
    },
    /// There is no room for a new record.
    Full {
        /// The kind of the record.
        kind: RecordKind,
        /// The greatest number of records for whom it was asked.
        limit: usize,
    },
    /// The bytes are more or fewer than the counts in them say.
    Length {
        /// How many there should be, or how many at least.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The bytes do not begin as a list does, or as a delta does.
    NotAList,
    /// The number is lower than that of the list in use.
    Older {
        /// The number in use.
        current: u64,
        /// The number of the new list.
        found: u64,
    },
    /// The delta is not for the list that it was applied to.
    OtherBase {
        /// The number of the oldest list that it is for.
        since: u64,
        /// The number that it leads to.
        seq: u64,
        /// The number of the list that it was applied to.
        found: u64,
    },
    /// The delta has subjects under another pepper than the list.
    OtherPepper,
    /// There are more records than a list may have.
    TooMany {
        /// Their kind.
        kind: RecordKind,
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A record is not greater than the one before it: they are in disorder, or one is there twice.
    Unsorted {
        /// The kind of the record.
        kind: RecordKind,
        /// Its position among those of its kind, from 0.
        at: usize,
    },
}

impl ListError {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Ahead { .. } => {
                "set this machine's clock; if it is right, the list was written under a clock that was ahead"
            }
            Self::Conflict { .. } => "see whether two keepers write to two stores",
            Self::Full { .. } => {
                "records go when their sessions are over: see which application revokes so many, or raise \
                 the floor of the ring on purpose (`sealjar revoke --before now`), which logs everybody out"
            }
            Self::Older { .. } => "deliver the newest list, an older one is never taken",
            Self::OtherBase { .. } | Self::OtherPepper => "ask for the whole list",
            Self::Forgotten { .. }
            | Self::Length { .. }
            | Self::NotAList
            | Self::TooMany { .. }
            | Self::Unsorted { .. } => "deliver the list again, nothing of these bytes was used",
        }
    }
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ahead { seq, latest } => write!(
                f,
                "list {seq} lies ahead of this machine's clock, by which none is greater than {latest}"
            ),
            Self::Conflict { seq } => write!(f, "list {seq} is in use with other content"),
            Self::Forgotten { kind, at } => write!(
                f,
                "{}[{at}] was over before the list was written",
                kind.word()
            ),
            Self::Full { kind, limit } => {
                let kind = kind.word();
                write!(f, "the list is full: it holds {limit} {kind}")
            }
            Self::Length { expected, found } => write!(
                f,
                "the list is {found} bytes long, and should be {expected} by the counts in it"
            ),
            Self::NotAList => f.write_str("not a list of revocations: it begins with other bytes"),
            Self::Older { current, found } => {
                write!(f, "list {found} is older than list {current} in use")
            }
            Self::OtherBase { since, seq, found } => write!(
                f,
                "the delta leads from list {since} to list {seq}, and does not continue list {found}"
            ),
            Self::OtherPepper => f.write_str("the delta has subjects under another pepper"),
            Self::TooMany { kind, found, limit } => write!(
                f,
                "the list holds {found} {}, at most {limit} are allowed",
                kind.word()
            ),
            Self::Unsorted { kind, at } => write!(
                f,
                "{}[{at}] is not greater than the record before it",
                kind.word()
            ),
        }
    }
}

crate::__debug_as_report!(ListError, hint);

impl std::error::Error for ListError {}
