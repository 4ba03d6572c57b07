//! Why is there no ring, and what can be done about it?

use std::fmt;
use std::path::PathBuf;

use sealjar::RingError;

/// Why no ring could be had from a source.
///
/// `Debug` prints what `Display` does, message and hint, so that an error returned from `main` can be
/// read.
#[non_exhaustive]
pub enum SourceError {
    /// The development ring could not be made.
    Develop {
        /// Where it was to stand.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// No ring stands where one was looked for.
    NotFound {
        /// The places, in the order they were looked at.
        places: Vec<String>,
    },
    /// The file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        error: std::io::Error,
    },
    /// The file holds no ring that can be used.
    Ring {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: RingError,
    },
}

impl SourceError {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Develop { .. } => {
                "run where the working directory can be written, or set SEALJAR_RING"
            }
            Self::NotFound { .. } => {
                "mount the ring as the secret session-ring, or set SEALJAR_RING to its path"
            }
            Self::Read { .. } => "check the path, and that the user of this process may read it",
            Self::Ring { error, .. } => match error {
                RingError::UnsupportedFormat { .. } => "upgrade this application before the ring",
                RingError::Older { .. } => "deliver the newest epoch, an older one is never taken",
                RingError::Foreign { .. } => "deliver the ring that this application started with",
                RingError::Conflict { .. } => "raise the epoch with every change of the ring",
                _ => "deliver the ring again, nothing of this file was used",
            },
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Develop { path, reason } => write!(
                f,
                "the development ring {} could not be made: {reason}",
                path.display()
            ),
            Self::NotFound { places } => {
                write!(f, "no key ring was found, looked at {}", places.join(", "))
            }
            Self::Read { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Ring { path, error } => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl fmt::Debug for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}\nhint: {}", self.hint())
    }
}

/// The cause stands in the message, so that it is printed once.
impl std::error::Error for SourceError {}
