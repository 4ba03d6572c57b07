//! Which formats are there?

use std::fmt;
use std::str::FromStr;

use crate::export::ExportError;

/// A way to write secrets down.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// A line of base64 for each secret.
    Base64,
    /// Lines of `NAME=VALUE`.
    Env,
    /// A line of hex for each secret.
    Hex,
    /// One JSON value, on one line.
    Json,
}

impl Format {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 4] = [Self::Base64, Self::Env, Self::Hex, Self::Json];

    /// Returns its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Env => "env",
            Self::Hex => "hex",
            Self::Json => "json",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = ExportError;

    fn from_str(text: &str) -> Result<Self, ExportError> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.as_str() == text)
            .ok_or(ExportError::Spelling)
    }
}
