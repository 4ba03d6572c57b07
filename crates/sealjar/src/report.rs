//! What `main` prints for an error: its message, its causes and what to do. All crates use it.

use std::error::Error;
use std::fmt;

/// Implements `Debug` for an error as a report for people: `Error: ...`, then `hint: ...`. For the
/// crates of this project.
///
/// Each cause is shown once: the `source` of an error says only what its message does not.
#[doc(hidden)]
#[macro_export]
macro_rules! __debug_as_report {
    ($error:ty) => {
        $crate::__debug_as_report!(@ $error, |_| None);
    };
    ($error:ty, hint) => {
        $crate::__debug_as_report!(@ $error, |error: &$error| Some(error.hint()));
    };
    (@ $error:ty, $hint:expr) => {
        impl ::std::fmt::Debug for $error {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let hint: fn(&$error) -> Option<&'static str> = $hint;
                $crate::__report(self, hint(self), f)
            }
        }
    };
}

/// Writes the message of an error, those of its causes, and a hint.
///
/// # Errors
/// Those of the formatter.
pub fn report(error: &dyn Error, hint: Option<&str>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{error}")?;
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(f, ": {error}")?;
        cause = error.source();
    }
    hint.map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
}
