//! Why can an export not be made, and what can be done about it?

use std::fmt;

/// Why an export cannot be made.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum ExportError {
    /// The application's name is empty, or longer than 65 535 bytes.
    App,
    /// The program does not read this format.
    Format {
        /// The name of the program.
        target: &'static str,
        /// The name of the format.
        format: &'static str,
    },
    /// The name is none that a file beside the ring may have.
    Name,
    /// The text is none of the form `TARGET:APP:NAME`.
    Spelling,
    /// The ring has more keys than the program takes secrets.
    TooMany {
        /// The name of the program.
        target: &'static str,
        /// How many secrets there are.
        found: usize,
        /// How many it takes.
        most: usize,
    },
    /// No program of this name is known.
    UnknownTarget,
}

impl ExportError {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::App => "name the application with its environment, such as shop-prod",
            Self::Format { .. } => "leave --format out, or export for the target `any`",
            Self::Name => {
                "name a file, with at most 64 of a-z, A-Z, 0-9, `.`, `_` and `-`, that does not begin with a dot"
            }
            Self::Spelling => "write TARGET:APP:NAME, such as django:shop-prod:django.json",
            Self::TooMany { .. } => {
                "rotate less often or shorten token-lifetime, so that fewer keys are in use at once; for \
                 auth.js, --format json has no such limit"
            }
            Self::UnknownTarget => "`sealjar export --help` lists the targets",
        }
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App => f.write_str("no application has this name"),
            Self::Format { target, format } => write!(f, "{target} does not read {format}"),
            Self::Name => f.write_str("no file beside the ring may have this name"),
            Self::Spelling => f.write_str("this is no export"),
            Self::TooMany {
                target,
                found,
                most,
            } => write!(
                f,
                "{target} takes at most {most} secrets, and the ring has {found} keys in use"
            ),
            Self::UnknownTarget => f.write_str("no such target is known"),
        }
    }
}

sealjar::__debug_as_report!(ExportError, hint);

impl std::error::Error for ExportError {}
