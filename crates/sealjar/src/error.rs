//! What can go wrong with a token or a ring, and what is each called?

use std::fmt;

use crate::aead::RandomError;
use crate::clock::ClockError;
use crate::key::KeyId;
use crate::refusal::RefusalKind;
use crate::ring_id::RingId;

/// Why a token could not be opened.
///
/// [`kind`](Self::kind) gives the kind for logs and counters. Never show it to the client:
/// every refusal has to look the same from outside.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum OpenError {
    /// The times inside contradict each other, the key or the clock. Authentic all the same.
    BadTime,
    /// The clock shows a time that no token can hold.
    Clock(ClockError),
    /// The token's time is over.
    Expired,
    /// The token was changed, or made for another key, application, purpose, cookie or binding.
    Forged,
    /// The text is not canonical base64url, shorter than 94 or longer than 12 288 characters.
    Malformed,
    /// The plaintext has no padding mark where one must stand. Authentic all the same.
    MalformedInner,
    /// Sealed after its key had stopped sealing.
    OutsideKeyWindow,
    /// Born before the ring's floor.
    RevokedAll,
    /// Its key is revoked.
    RevokedKey(KeyId),
    /// Its key is past the time until which it opens.
    SpentKey(KeyId),
    /// The ring holds no such key, or the key belongs to the other suite.
    UnknownKey(KeyId),
    /// The version byte is neither 1 nor 2.
    UnknownVersion,
}

impl OpenError {
    /// Returns the kind of this refusal, which counts and logs go by.
    ///
    /// # Examples
    /// ```
    /// use sealjar::{RefusalKind, Token};
    ///
    /// let refused = Token::parse("no token").unwrap_err();
    /// assert_eq!(refused.kind(), RefusalKind::Malformed);
    /// assert_eq!(refused.kind().as_str(), "malformed");
    /// ```
    #[must_use]
    pub const fn kind(&self) -> RefusalKind {
        match self {
            Self::BadTime => RefusalKind::BadTime,
            Self::Clock(_) => RefusalKind::Clock,
            Self::Expired => RefusalKind::Expired,
            Self::Forged => RefusalKind::Forged,
            Self::Malformed => RefusalKind::Malformed,
            Self::MalformedInner => RefusalKind::MalformedInner,
            Self::OutsideKeyWindow => RefusalKind::OutsideKeyWindow,
            Self::RevokedAll => RefusalKind::RevokedAll,
            Self::RevokedKey(_) => RefusalKind::RevokedKey,
            Self::SpentKey(_) => RefusalKind::SpentKey,
            Self::UnknownKey(_) => RefusalKind::UnknownKey,
            Self::UnknownVersion => RefusalKind::UnknownVersion,
        }
    }

    /// Returns what has happened, or what an operator should look at.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        self.kind().hint()
    }

    /// Returns the id of the key the refusal is about, where it is about one.
    ///
    /// The bytes may come from whoever made the token; the text of a [`KeyId`] is ours.
    #[must_use]
    pub const fn key_id(&self) -> Option<KeyId> {
        match self {
            Self::RevokedKey(id) | Self::SpentKey(id) | Self::UnknownKey(id) => Some(*id),
            _ => None,
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadTime => f.write_str("the times in the token contradict its key or the clock"),
            Self::Clock(_) => f.write_str("the clock shows a time that no token can hold"),
            Self::Expired => f.write_str("the token has expired"),
            Self::Forged => f.write_str("the token does not authenticate"),
            Self::Malformed => f.write_str("the text is not a token"),
            Self::MalformedInner => f.write_str("the token's plaintext has no padding mark"),
            Self::OutsideKeyWindow => {
                f.write_str("the token was sealed after its key had stopped sealing")
            }
            Self::RevokedAll => f.write_str("the token was born before the ring's floor"),
            Self::RevokedKey(id) => write!(f, "key {id} is revoked"),
            Self::SpentKey(id) => write!(f, "key {id} no longer opens"),
            Self::UnknownKey(id) => write!(f, "the ring holds no key {id} of the token's suite"),
            Self::UnknownVersion => f.write_str("the token's version is not known"),
        }
    }
}

crate::__debug_as_report!(OpenError, hint);

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Clock(error) => Some(error),
            _ => None,
        }
    }
}

impl From<ClockError> for OpenError {
    fn from(error: ClockError) -> Self {
        Self::Clock(error)
    }
}

/// Why nothing could be sealed.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum SealError {
    /// The clock shows a time that no token can hold.
    Clock(ClockError),
    /// The ring names no key to seal with now, or one of a suite that this build does not know.
    NoSealingKey,
    /// The operating system gave no random bytes.
    Random(RandomError),
    /// The token would be longer than any reader takes.
    TooLarge {
        /// The length the token would have, in characters.
        size: usize,
        /// The greatest length, in characters.
        limit: usize,
    },
}

impl SealError {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Clock(_) => "set this machine's clock",
            Self::NoSealingKey => {
                "see that the ring is followed and its keeper runs; if the key's suite is new, upgrade this \
                 application"
            }
            Self::Random(_) => "see why the operating system gives no random bytes",
            Self::TooLarge { .. } => "seal less, such as an id, and keep the rest in a database",
        }
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clock(_) => f.write_str("the clock shows a time that no token can hold"),
            Self::NoSealingKey => f.write_str("the ring has no key to seal with now"),
            Self::Random(_) => f.write_str("no nonce could be drawn"),
            Self::TooLarge { size, limit } => {
                write!(
                    f,
                    "the token would be {size} characters long, the limit is {limit}"
                )
            }
        }
    }
}

crate::__debug_as_report!(SealError, hint);

impl std::error::Error for SealError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Clock(error) => Some(error),
            Self::Random(error) => Some(error),
            Self::NoSealingKey | Self::TooLarge { .. } => None,
        }
    }
}

impl From<ClockError> for SealError {
    fn from(error: ClockError) -> Self {
        Self::Clock(error)
    }
}

impl From<RandomError> for SealError {
    fn from(error: RandomError) -> Self {
        Self::Random(error)
    }
}

/// Why a [`Context`](crate::Context) cannot be used.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum ContextError {
    /// The padding bucket is 0.
    NoPaddingBucket,
    /// The purpose belongs to the library: `session`, `session/2`, `session-json`, `flash`,
    /// `csrf` or `ring-store`.
    ReservedPurpose(String),
    /// A part is longer than 65 535 bytes.
    TooLong {
        /// Which part: `app`, `purpose`, `cookie_name`, `binding` or `subject`.
        part: &'static str,
        /// Its length in bytes.
        length: usize,
    },
}

impl ContextError {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NoPaddingBucket => "pad to a multiple of 64, or leave the padding out",
            Self::ReservedPurpose(_) => "name what the token is for, such as password-reset",
            Self::TooLong { .. } => {
                "give a name and not a value: a digest of it if it has to be long"
            }
        }
    }
}

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPaddingBucket => f.write_str("a padding bucket is at least 1 byte"),
            Self::ReservedPurpose(purpose) => {
                write!(
                    f,
                    "the purpose \"{purpose}\" belongs to the library, choose another"
                )
            }
            Self::TooLong { part, length } => {
                write!(f, "{part} is {length} bytes long, the limit is 65535")
            }
        }
    }
}

crate::__debug_as_report!(ContextError, hint);

impl std::error::Error for ContextError {}

/// Why a ring was refused, or not taken in place of the one in use.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum RingError {
    /// The epoch lies more than a day ahead of this machine's clock, or of what any clock can show.
    Ahead {
        /// The epoch.
        epoch: u64,
        /// The greatest that a ring can have now.
        latest: u64,
    },
    /// The ring has the name of the one in use, and neither its id nor any of its keys: it is another
    /// application's, or was begun anew.
    Another {
        /// The name of both.
        name: String,
        /// The id of the ring in use.
        current: RingId,
        /// The id of the ring that came.
        found: RingId,
    },
    /// The epoch is the one in use and the content is another: two writers, or an edit by hand.
    Conflict {
        /// The epoch both have.
        epoch: u64,
    },
    /// A field is missing, malformed or contradicts another.
    Document {
        /// Where, such as `keys[1].secret`.
        place: String,
        /// What is wrong there. Never a value from the document.
        reason: String,
    },
    /// The ring has another name than the one in use.
    Foreign {
        /// The name of the ring in use.
        expected: String,
        /// The name of the ring that came.
        found: String,
    },
    /// The epoch is older than the one in use.
    Older {
        /// The epoch in use.
        current: u64,
        /// The epoch that came.
        found: u64,
    },
    /// The text is not one JSON value, or a member stands in it twice.
    Syntax {
        /// What is wrong, with line and column.
        reason: String,
    },
    /// The document is longer than 500 000 bytes.
    TooLarge {
        /// Its length in bytes.
        size: usize,
    },
    /// The document is of a format this build does not know, or names a field under `critical` that
    /// it does not know. Upgrade the replicas before the keeper uses anything new.
    UnsupportedFormat {
        /// What is not known.
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
