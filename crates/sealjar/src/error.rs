//! What can go wrong with a token or a ring.

mod ring;

use std::fmt;

use crate::aead::RandomError;
use crate::clock::ClockError;
use crate::key::KeyId;
use crate::refusal::RefusalKind;

pub use ring::RingError;

/// Why a token could not be opened.
///
/// [`kind`](Self::kind) gives the kind for logs and counters. Never show it to the client: all
/// refusals must look the same from outside.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum OpenError {
    /// The token is authentic, but its times contradict each other, the key or the clock.
    BadTime,
    /// The clock shows a time that no token can hold.
    Clock(ClockError),
    /// The token has expired.
    Expired,
    /// The token was changed, or made for another key, application, purpose, cookie or binding.
    Forged,
    /// The text is not canonical base64url, shorter than 94 or longer than 12 288 characters.
    Malformed,
    /// The token is authentic, but its plaintext has no padding mark.
    MalformedInner,
    /// The token was sealed after its key had stopped sealing.
    OutsideKeyWindow,
    /// The token was born before the ring's floor.
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
    /// Returns the kind of this refusal, for counts and logs.
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

    /// Returns what has happened, or what an operator should check.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        self.kind().hint()
    }

    /// Returns the id of the key that the refusal is about, if it is about one.
    ///
    /// The maker of a forged token can choose these bytes; the text of a [`KeyId`] is always
    /// well-formed.
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

/// Why a token could not be sealed.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum SealError {
    /// The clock shows a time that no token can hold.
    Clock(ClockError),
    /// No key of the ring seals now, or the one that does has a suite that this build does not
    /// know.
    NoSealingKey,
    /// The operating system gave no random bytes.
    Random(RandomError),
    /// The token would be longer than any reader accepts.
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
    /// The purpose is reserved for the library: `session`, `session/2`, `session-json`, `flash`,
    /// `csrf` or `ring-store`.
    ReservedPurpose(String),
    /// A part is longer than 65 535 bytes.
    TooLong {
        /// The name of the part: `app`, `purpose`, `cookie_name`, `binding`, `subject` or `target`.
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
