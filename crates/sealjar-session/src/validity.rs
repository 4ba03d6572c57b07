//! Whether a session is still valid, long after it was opened.

use sealjar::Timestamp;

use crate::refusal::Refusal;

/// Whether the incoming session is still valid: the result of
/// [`Session::recheck`](crate::Session::recheck).
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use = "a handler has to act on a session that has ended"]
#[non_exhaustive]
pub enum Validity {
    /// No session came: the visitor was anonymous from the start.
    Anonymous,
    /// The session has ended, and why: its cookie would be refused now.
    Ended(Refusal),
    /// The session's cookie would still be opened.
    #[non_exhaustive]
    Valid {
        /// The first second in which it no longer opens, unless a later response has extended it.
        expires_at: Timestamp,
    },
}

impl Validity {
    /// Returns whether a session came and has not ended.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        matches!(self, Self::Valid { .. })
    }
}
