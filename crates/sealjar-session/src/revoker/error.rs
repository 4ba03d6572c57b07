//! Why copies of a session may go on.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use sealjar::ClockError;

use crate::refusal::Refusal;

/// Why copies of a session may still work. There are two cases, and there will be no third.
#[derive(Clone)]
pub enum RevokeError {
    /// No keeper has committed the revocation: the copies work as before.
    NotCommitted {
        /// Why.
        cause: Arc<dyn Error + Send + Sync>,
        /// What to do about it.
        hint: &'static str,
    },
    /// The revocation was sent and no keeper answered, so it may be committed or not. Sending it
    /// again is harmless.
    NotKnown {
        /// Why.
        cause: Arc<dyn Error + Send + Sync>,
        /// What to do about it.
        hint: &'static str,
    },
}

impl RevokeError {
    /// Says that no keeper has committed it.
    ///
    /// # Examples
    /// ```
    /// use sealjar_session::RevokeError;
    ///
    /// let error = RevokeError::not_committed("no keeper is there", "start one");
    /// assert_eq!(error.to_string(), "the revocation is not committed");
    /// assert_eq!(error.hint(), "start one");
    /// ```
    pub fn not_committed(
        cause: impl Into<Box<dyn Error + Send + Sync>>,
        hint: &'static str,
    ) -> Self {
        let cause = cause.into().into();
        Self::NotCommitted { cause, hint }
    }

    /// Says that nobody knows whether it is committed.
    ///
    /// # Examples
    /// ```
    /// use sealjar_session::RevokeError;
    ///
    /// let error = RevokeError::not_known("the connection broke", "send it again");
    /// assert!(matches!(error, RevokeError::NotKnown { .. }));
    /// ```
    pub fn not_known(cause: impl Into<Box<dyn Error + Send + Sync>>, hint: &'static str) -> Self {
        let cause = cause.into().into();
        Self::NotKnown { cause, hint }
    }

    pub(super) fn of_clock(error: ClockError) -> Self {
        Self::not_committed(error, CLOCK)
    }

    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotCommitted { hint, .. } | Self::NotKnown { hint, .. } => hint,
        }
    }
}

impl fmt::Display for RevokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotCommitted { .. } => "the revocation is not committed",
            Self::NotKnown { .. } => "it is not known whether the revocation is committed",
        })
    }
}

sealjar::__debug_as_report!(RevokeError, hint);

impl Error for RevokeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotCommitted { cause, .. } | Self::NotKnown { cause, .. } => Some(&**cause),
        }
    }
}

/// Why a replica cannot say what to revoke.
#[derive(Debug)]
pub(super) enum Unnamed {
    NoSubject,
    Unopened(Refusal),
}

impl From<Unnamed> for RevokeError {
    fn from(unnamed: Unnamed) -> Self {
        let hint = match unnamed {
            Unnamed::NoSubject => NO_SUBJECT,
            Unnamed::Unopened(_) => UNOPENED,
        };
        Self::not_committed(unnamed, hint)
    }
}

impl fmt::Display for Unnamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSubject => "the session has no subject",
            Self::Unopened(_) => "the cookie that came does not open here, so it names no session",
        })
    }
}

impl Error for Unnamed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoSubject => None,
            Self::Unopened(refusal) => Some(refusal),
        }
    }
}

const CLOCK: &str = "set this machine's clock";
const NO_SUBJECT: &str = "call it for a visitor who is logged in, and let SessionData::subject of the \
    session type say who that is";
const UNOPENED: &str = "let the visitor try again, perhaps on another replica; see why the cookie was \
    refused";
