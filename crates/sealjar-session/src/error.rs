//! Why a change to a session is not taken or not sent.

use std::fmt;

use sealjar::SealError;

use crate::cookie::chunk::TooLarge;

/// Why a change to a session was not accepted. The session is as it was before.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum UpdateError {
    /// The response's head has been sent, so no cookie can be set any more.
    Closed,
    /// `update` was called inside the closure of another `update` of this session.
    Nested,
    /// No key can seal now.
    Seal(SealError),
    /// The session would not fit into its cookie.
    TooLarge {
        /// The size it would have, in bytes.
        size: usize,
        /// The limit it breaks, in bytes.
        limit: usize,
    },
    /// The value would come back changed.
    Unencodable {
        /// What would happen to it, and to which field or variant.
        reason: String,
    },
}

impl UpdateError {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Closed => "call update before the handler returns its response",
            Self::Nested => "end one update before the next begins",
            Self::Seal(error) => error.hint(),
            Self::TooLarge { .. } => TOO_LARGE,
            Self::Unencodable { .. } => UNENCODABLE,
        }
    }
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

sealjar::__debug_as_report!(UpdateError, hint);

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
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum CloseError {
    /// No key can seal now.
    Seal(SealError),
    /// The session does not fit into its cookie.
    TooLarge {
        /// The size it has, in bytes.
        size: usize,
        /// The limit it breaks, in bytes.
        limit: usize,
    },
    /// The value cannot be encoded, or would come back changed.
    Unencodable {
        /// What would happen to it, and to which field or variant.
        reason: String,
    },
}

impl CloseError {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Seal(error) => error.hint(),
            Self::TooLarge { .. } => TOO_LARGE,
            Self::Unencodable { .. } => UNENCODABLE,
        }
    }
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

sealjar::__debug_as_report!(CloseError, hint);

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

impl From<CloseError> for UpdateError {
    fn from(error: CloseError) -> Self {
        match error {
            CloseError::Seal(error) => Self::Seal(error),
            CloseError::TooLarge { size, limit } => Self::TooLarge { size, limit },
            CloseError::Unencodable { reason } => Self::Unencodable { reason },
        }
    }
}

const TOO_LARGE: &str =
    "keep less in the session, such as ids of what a database holds, or raise max_size";
const UNENCODABLE: &str = "change that field of the session type: skip no field, put enum variants with \
    #[serde(skip)] last, and use no untagged enum and no serde_json::Value";
