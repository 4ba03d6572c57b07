//! Why was nothing revoked, or is it not known?

use std::fmt;

use sealjar_follow::{RevokeRefusal, RevokeRequest};

/// Why it is not certain that sessions and people were revoked.
///
/// [`Sent`](super::Sent) says whether they certainly were not.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum RevokeError {
    /// The request was sent, and there was no answer in time, or the keeper does not know itself.
    Late,
    /// The keeper keeps a ring of another name, or no list.
    NoSuchPage,
    /// The keeper does not take the delivery key.
    NotAdmitted,
    /// The ring is not followed, or not yet: no watcher has started.
    NotFollowing,
    /// There was nothing to revoke.
    Nothing,
    /// A keeper refuses.
    Refused(RevokeRefusal),
    /// What came is no answer that the keeper has signed.
    Signature,
    /// There are more than 256 records.
    TooLong {
        /// How many there are.
        records: usize,
    },
    /// No keeper was reached, or the connection broke off.
    Unreachable {
        /// What the operating system or the connection says.
        reason: String,
    },
}

impl RevokeError {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Late => "send it again; see the log of the keeper",
            Self::NoSuchPage => {
                "name the ring as `sealjar status` does, and see that the keeper is not older than \
                 this replica"
            }
            Self::NotAdmitted => {
                "mount the delivery key that belongs to the keeper's speaker key, and check the \
                 ring's name"
            }
            Self::NotFollowing => {
                "start a Watcher with this Follow; sessions of a ring that is only mounted end with \
                 `sealjar revoke`"
            }
            Self::Nothing => "send at least one revocation",
            Self::Refused(refusal) => refusal.hint(),
            Self::Signature => "see what stands between this replica and the keeper",
            Self::TooLong { .. } => "send fewer at once, or revoke the person and not each session",
            Self::Unreachable { .. } => {
                "check the address, and that the keeper runs with --serve; then send it again"
            }
        }
    }
}

impl fmt::Display for RevokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late => f.write_str("no keeper has said what came of it"),
            Self::NoSuchPage => {
                f.write_str("the keeper has no list of revocations for a ring of this name")
            }
            Self::NotAdmitted => f.write_str("the keeper does not take the delivery key"),
            Self::NotFollowing => f.write_str("this replica does not follow a keeper"),
            Self::Nothing => f.write_str("there is nothing to revoke"),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Signature => f.write_str("the answer is not signed by the keeper"),
            Self::TooLong { records } => write!(
                f,
                "these are {records} revocations, and a request has at most {}",
                RevokeRequest::MAX_RECORDS
            ),
            Self::Unreachable { reason } => write!(f, "no keeper answers: {reason}"),
        }
    }
}

sealjar::__debug_as_report!(RevokeError, hint);

/// The message has the cause, so that it is printed once.
impl std::error::Error for RevokeError {}
