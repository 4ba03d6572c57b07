//! What can go wrong with a session, and what is each called?

use std::fmt;

use sealjar::{__hazmat as hazmat, KeyId, OpenError, RefusalKind, SealError};

use crate::cookie::chunk::TooLarge;

/// Why a cookie that came was not taken for a session. The visitor is anonymous then.
///
/// For logs, counters and the application. Never show it to the client: every refusal has to look the
/// same from outside.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// More than four cookies of the name came, or several that open to different sessions.
    Ambiguous,
    /// This browser has logged out of the session, and a slower response set the cookie again.
    LoggedOut,
    /// The session type is of a newer schema, and `migrate` does not read it.
    NewerSchema,
    /// The session is of an older schema that `migrate` does not read, or of this schema in another layout:
    /// a build wrote it whose type has other fields, variants or names.
    OldSchema,
    /// The ring revokes this session.
    RevokedSession,
    /// The ring revokes what this subject had before.
    RevokedSubject,
    /// The token was refused.
    Token(OpenError),
    /// Its absolute lifetime is over.
    TooOld,
    /// The parts of the cookie are not all there, or not of one session.
    TornChunks,
    /// The token is authentic and its payload is no session of this type.
    Undecodable,
}

impl Refusal {
    /// Returns the word for this refusal, such as `unknown_key` or `too_old`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.counted_as().as_str()
    }

    pub(crate) const fn counted_as(&self) -> RefusalKind {
        match self {
            Self::Ambiguous => RefusalKind::Ambiguous,
            Self::LoggedOut => RefusalKind::LoggedOut,
            Self::NewerSchema => RefusalKind::NewerSchema,
            Self::OldSchema => RefusalKind::OldSchema,
            Self::RevokedSession => RefusalKind::RevokedSession,
            Self::RevokedSubject => RefusalKind::RevokedSubject,
            Self::Token(error) => hazmat::counted_as(error),
            Self::TooOld => RefusalKind::TooOld,
            Self::TornChunks => RefusalKind::TornChunks,
            Self::Undecodable => RefusalKind::Undecodable,
        }
    }

    /// Returns the id of the key the refusal is about, where it is about one.
    #[must_use]
    pub const fn key_id(&self) -> Option<KeyId> {
        match self {
            Self::Token(error) => error.key_id(),
            _ => None,
        }
    }

    /// Returns whether another replica, with a newer ring, another build or a better clock, may open
    /// this cookie.
    ///
    /// What writes in passing, such as a counter or a form token, should hold back then: its write
    /// would replace a session that is alive.
    #[must_use]
    pub const fn may_open_elsewhere(&self) -> bool {
        match self {
            Self::NewerSchema | Self::OldSchema | Self::Undecodable => true,
            Self::Token(error) => matches!(
                error,
                OpenError::BadTime
                    | OpenError::Clock(_)
                    | OpenError::UnknownKey(_)
                    | OpenError::UnknownVersion
            ),
            _ => false,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ambiguous => "several cookies claim to be the session",
            Self::LoggedOut => "the visitor has logged out of the session",
            Self::NewerSchema => "the session type is of a newer schema",
            Self::OldSchema => "the session type is of an older schema or has another layout",
            Self::RevokedSession => "the session is revoked",
            Self::RevokedSubject => "the subject's sessions are revoked",
            Self::Token(error) => return fmt::Display::fmt(error, f),
            Self::TooOld => "the session's absolute lifetime is over",
            Self::TornChunks => "the parts of the cookie do not belong together",
            Self::Undecodable => "the payload is no session of this type",
        })
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Token(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl From<OpenError> for Refusal {
    fn from(error: OpenError) -> Self {
        Self::Token(error)
    }
}

/// Why a change to a session was not taken. The session is as it was before.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum UpdateError {
    /// The response's head is out, and no cookie can be sent any more.
    Closed,
    /// `update` was called inside the closure of another `update` of this session.
    Nested,
    /// Nothing can be sealed now.
    Seal(SealError),
    /// The session would not fit into its cookie.
    TooLarge {
        /// The size it would have, in bytes.
        size: usize,
        /// The limit it breaks, in bytes.
        limit: usize,
    },
    /// The value would not come back as it was written.
    Unencodable {
        /// What happens to it, and to which field or variant.
        reason: String,
    },
}

impl fmt::Display for UpdateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => {
                f.write_str("the response's head is out, change the session before answering")
            }
            Self::Nested => f.write_str("update was called inside update"),
            Self::Seal(_) => f.write_str("the session cannot be sealed"),
            Self::TooLarge { size, limit } => {
                write!(
                    f,
                    "the session would take {size} bytes, the limit is {limit}"
                )
            }
            Self::Unencodable { reason } => {
                write!(f, "the session would come back as another: {reason}")
            }
        }
    }
}

impl std::error::Error for UpdateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Seal(error) => Some(error),
            _ => None,
        }
    }
}

impl From<SealError> for UpdateError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

/// Why a changed session could not be sent.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CloseError {
    /// Nothing can be sealed now.
    Seal(SealError),
    /// The session does not fit into its cookie.
    TooLarge {
        /// The size it has, in bytes.
        size: usize,
        /// The limit it breaks, in bytes.
        limit: usize,
    },
    /// The value cannot be encoded, or would not come back as it was written.
    Unencodable {
        /// What happens to it, and to which field or variant.
        reason: String,
    },
}

impl fmt::Display for CloseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seal(_) => f.write_str("the session cannot be sealed"),
            Self::TooLarge { size, limit } => {
                write!(f, "the session takes {size} bytes, the limit is {limit}")
            }
            Self::Unencodable { reason } => write!(f, "the session cannot be encoded: {reason}"),
        }
    }
}

impl std::error::Error for CloseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Seal(error) => Some(error),
            _ => None,
        }
    }
}

impl From<SealError> for CloseError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

impl From<TooLarge> for CloseError {
    fn from(TooLarge { size, limit }: TooLarge) -> Self {
        Self::TooLarge { size, limit }
    }
}

impl From<TooLarge> for UpdateError {
    fn from(TooLarge { size, limit }: TooLarge) -> Self {
        Self::TooLarge { size, limit }
    }
}
