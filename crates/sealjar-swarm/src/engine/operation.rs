//! What is asked of an engine, in words, and may it have been done when no answer came?

use std::fmt;

use hyper::Method;

use crate::engine::error::EngineError;

/// A verb, and what it is done to: `remove secret 7f3c`.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    method: Method,
    verb: &'static str,
    changes: bool,
    what: String,
}

impl Operation {
    /// Asks for what something is, which changes nothing.
    pub(super) fn read(what: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            verb: "read",
            changes: false,
            what: what.into(),
        }
    }

    /// Asks to make or to change something.
    pub(super) fn write(verb: &'static str, what: impl Into<String>) -> Self {
        Self {
            method: Method::POST,
            verb,
            changes: true,
            what: what.into(),
        }
    }

    /// Asks for a change that is refused in any case, for the reason that is given.
    pub(super) fn compare(what: impl Into<String>) -> Self {
        Self {
            verb: "compare",
            changes: false,
            ..Self::write("", what)
        }
    }

    pub(super) fn remove(what: impl Into<String>) -> Self {
        Self {
            method: Method::DELETE,
            verb: "remove",
            changes: true,
            what: what.into(),
        }
    }

    pub(super) fn method(&self) -> Method {
        self.method.clone()
    }

    pub(super) fn what(&self) -> &str {
        &self.what
    }

    /// Says that it was certainly not done.
    pub(super) fn undone(&self, reason: impl Into<String>) -> EngineError {
        EngineError::Unavailable {
            operation: self.to_string(),
            reason: reason.into(),
        }
    }

    /// Says that no answer tells what was done. Where nothing is changed, nothing was.
    pub(super) fn unanswered(&self, reason: impl Into<String>) -> EngineError {
        if !self.changes {
            return self.undone(reason);
        }
        EngineError::Unknown {
            operation: self.to_string(),
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.what)
    }
}
