//! Why could the demonstration not run, and what can be done about it?

use std::error::Error;
use std::fmt;

/// Ends the demonstration with a message and a hint.
#[derive(Debug)]
pub(crate) struct Failed {
    message: String,
    pub(crate) hint: &'static str,
}

impl Failed {
    pub(crate) fn new(message: impl Into<String>, hint: &'static str) -> Self {
        Self {
            message: message.into(),
            hint,
        }
    }

    /// For `map_err`: names what was tried and why it failed, down to the last cause.
    pub(crate) fn when<E: Error>(tried: &str, hint: &'static str) -> impl FnOnce(E) -> Self {
        move |error| {
            let mut message = format!("{tried}: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                let reason = error.to_string();
                // Some errors include their cause.
                if !message.ends_with(&reason) {
                    message = format!("{message}: {reason}");
                }
                cause = error.source();
            }
            Self::new(message, hint)
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failed {}
