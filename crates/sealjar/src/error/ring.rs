//! Why a ring is refused.

use std::fmt;

use crate::ring_id::RingId;

/// Why a ring was refused, alone or as a replacement for the one in use.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum RingError {
    /// The epoch lies more than a day ahead of this machine's clock, or beyond what any clock can
    /// show.
    Ahead {
        /// The epoch.
        epoch: u64,
        /// The greatest epoch that a ring can have now.
        latest: u64,
    },
    /// The ring has the name of the one in use, but neither its id nor any of its keys: it belongs
    /// to another application, or somebody created it anew.
    Another {
        /// The name of both.
        name: String,
        /// The id of the ring in use.
        current: RingId,
        /// The id of the new ring.
        found: RingId,
    },
    /// The epoch is the one in use, but the content differs: there are two writers, or somebody
    /// edited the ring by hand.
    Conflict {
        /// The epoch both have.
        epoch: u64,
    },
    /// A field is missing, malformed or contradicts another.
    Document {
        /// The place, such as `keys[1].secret`.
        place: String,
        /// What is wrong there, without any value from the document.
        reason: String,
    },
    /// The ring has another name than the one in use.
    Foreign {
        /// The name of the ring in use.
        expected: String,
        /// The name of the new ring.
        found: String,
    },
    /// The epoch is older than the one in use.
    Older {
        /// The epoch in use.
        current: u64,
        /// The epoch of the new ring.
        found: u64,
    },
    /// The text is not one JSON value, or has a member twice.
    Syntax {
        /// What is wrong, with line and column.
        reason: String,
    },
    /// The document is longer than 500 000 bytes.
    TooLarge {
        /// Its length in bytes.
        size: usize,
    },
    /// The document has a format that this build does not know, or names a field under `critical`
    /// that it does not know. Upgrade the replicas before the keeper uses anything new.
    UnsupportedFormat {
        /// The format or field that is not known.
        reason: String,
    },
}

impl RingError {
    /// Returns what to do about it, on a replica.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::UnsupportedFormat { .. } => "upgrade this application before the ring",
            Self::Ahead { .. } => {
                "set this machine's clock; if it is right, the ring was written under a clock that was \
                 ahead (`sealjar run --once --clock-is-right` puts that right), or by somebody else"
            }
            Self::Older { .. } => "deliver the newest epoch, an older one is never taken",
            Self::Another { .. } => {
                "deliver the ring that this application started with; if this one is meant, start the \
                 application again"
            }
            Self::Foreign { .. } => "deliver the ring that this application started with",
            Self::Conflict { .. } => "raise the epoch with every change of the ring",
            Self::Document { place, .. } if matches!(place.as_bytes(), b"format") => {
                "a ring document begins with `{ \"format\": \"sealjar-ring/1\",`: `sealjar init` makes one"
            }
            Self::Document { .. } | Self::Syntax { .. } | Self::TooLarge { .. } => {
                "deliver the ring again, nothing of this document was used"
            }
        }
    }

    pub(crate) fn document(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Document {
            place: place.into(),
            reason: reason.into(),
        }
    }
}

impl fmt::Display for RingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ahead { epoch, latest } => write!(
                f,
                "epoch {epoch} lies ahead of this machine's clock, by which none is greater than {latest}"
            ),
            Self::Another {
                name,
                current,
                found,
            } => write!(
                f,
                "this is another ring of the name \"{name}\": its id is {found}, the id of the ring in use \
                 {current}, and they have no key in common"
            ),
            Self::Conflict { epoch } => {
                write!(f, "epoch {epoch} is in use with other content")
            }
            Self::Document { place, reason } => write!(f, "{place}: {reason}"),
            Self::Foreign { expected, found } => {
                write!(
                    f,
                    "the ring \"{found}\" is not the ring \"{expected}\" in use"
                )
            }
            Self::Older { current, found } => {
                write!(f, "epoch {found} is older than epoch {current} in use")
            }
            Self::Syntax { reason } => write!(f, "not a ring document: {reason}"),
            Self::TooLarge { size } => {
                write!(f, "the document is {size} bytes long, the limit is 500000")
            }
            Self::UnsupportedFormat { reason } => write!(f, "unsupported_format: {reason}"),
        }
    }
}

crate::__debug_as_report!(RingError, hint);

impl std::error::Error for RingError {}
