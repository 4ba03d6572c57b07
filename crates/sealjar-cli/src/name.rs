//! What names a person or an application? Anything but nothing.

use std::fmt;

/// Reads a name. An empty one is what a shell makes of a variable that is not set, and nobody's
/// sessions would be what was meant.
pub(crate) fn name(text: &str) -> Result<String, EmptyName> {
    match text {
        "" => Err(EmptyName),
        name => Ok(name.into()),
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct EmptyName;

impl fmt::Display for EmptyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name is not empty")
    }
}

impl std::error::Error for EmptyName {}
