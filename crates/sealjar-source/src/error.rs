//! Why is there no ring, and what can be done about it?

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fmt, io};

use sealjar::{ListError, RingError};

/// Escapes a path, so that no control character in it reaches a log or a terminal.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string().escape_debug().to_string()
}

/// Why a source gave no usable ring.
///
/// `Debug` prints the same as `Display`, message and hint, so that an error returned from `main`
/// can be read.
///
/// # Examples
/// ```
/// use sealjar_source::FileSource;
///
/// let error = FileSource::new("/nowhere/ring.json").fetch().unwrap_err();
/// assert!(error.to_string().starts_with("/nowhere/ring.json: "));
/// assert_eq!(error.hint(), "deliver the ring to this path, or set SEALJAR_RING");
/// ```
#[non_exhaustive]
pub enum SourceError {
    /// The development ring could not be made.
    Develop {
        /// Where it should have been.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// The document has no content.
    Empty {
        /// Where the ring comes from.
        place: String,
    },
    /// The list of revocations may not replace the one in use.
    List {
        /// Where it comes from.
        place: String,
        /// What is wrong with it.
        error: ListError,
    },
    /// There is a directory, a pipe or a device in place of the ring.
    NotAFile {
        /// Where the ring comes from.
        place: String,
    },
    /// There is no ring in any of the places.
    NotFound {
        /// The places, in the order in which they were checked.
        places: Vec<String>,
    },
    /// The document cannot be read.
    Read {
        /// Where the ring comes from.
        place: String,
        /// The error of the operating system.
        error: io::Error,
    },
    /// The document is not a ring, or a ring that may not replace the one in use.
    Ring {
        /// Where the ring comes from.
        place: String,
        /// What is wrong with it.
        error: RingError,
    },
    /// The source did not answer.
    TimedOut {
        /// Where the ring comes from.
        place: String,
        /// The time limit.
        limit: Duration,
    },
    /// No keeper answers, or none answers what it should.
    Unanswered {
        /// What was asked for, and where.
        place: String,
        /// What came of it.
        reason: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// Users other than its owner may write to the document.
    Writable {
        /// Where the ring comes from.
        place: String,
        /// The file's mode.
        mode: u32,
    },
}

impl SourceError {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Develop { .. } => {
                "give this user write access to that directory, or set SEALJAR_RING to a ring's path"
            }
            Self::Empty { .. } => {
                "deliver the ring again: its writer did not finish, or the disk was full"
            }
            Self::NotAFile { .. } => {
                "put the ring there as a file: a container engine makes a directory where the \
                 file to mount is missing"
            }
            Self::NotFound { .. } => {
                "mount the ring as the secret session-ring, or set SEALJAR_RING to its path; `sealjar init` \
                 makes a ring, and a debug build makes one for development by itself"
            }
            Self::Read { error, .. } => match error.kind() {
                io::ErrorKind::NotFound => "deliver the ring to this path, or set SEALJAR_RING",
                io::ErrorKind::PermissionDenied => {
                    "give the file to the user of this process, or to its group with mode 0640"
                }
                _ => "check the path, and that the user of this process may read it",
            },
            Self::List { error, .. } => error.hint(),
            Self::Ring { error, .. } => error.hint(),
            Self::TimedOut { .. } => {
                "check the disk or the network that holds the ring; it is looked at again by itself"
            }
            Self::Unanswered { hint, .. } => hint,
            Self::Writable { .. } => {
                "see that nobody has changed it, then `chmod 0640` it: only its owner, the keeper, writes to it. \
                 Where the volume sets the mode, set it there: `fsGroupChangePolicy: OnRootMismatch` beside an \
                 fsGroup of Kubernetes, `file_mode=0640` for a share (SMB)"
            }
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Develop { path, reason } => write!(
                f,
                "the development ring {} could not be made: {reason}",
                shown(path)
            ),
            Self::Empty { place } => write!(f, "{place}: the key ring is empty"),
            Self::List { place, error } => write!(f, "{place}: {error}"),
            Self::NotAFile { place } => write!(f, "{place}: not a regular file"),
            Self::NotFound { places } => {
                write!(f, "no key ring was found, looked at {}", places.join(", "))
            }
            Self::Read { place, error } => write!(f, "{place}: {error}"),
            Self::Ring { place, error } => write!(f, "{place}: {error}"),
            Self::TimedOut { place, limit } => {
                write!(f, "{place}: no answer within {} seconds", limit.as_secs())
            }
            Self::Unanswered { place, reason, .. } => {
                write!(f, "{place}: no keeper answers: {reason}")
            }
            Self::Writable { place, mode } => write!(
                f,
                "{place}: other users may write to the key ring, its mode is {mode:04o}"
            ),
        }
    }
}

sealjar::__debug_as_report!(SourceError, hint);

/// The message includes the cause, so that it is printed once.
impl std::error::Error for SourceError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise the name of a directory could control the terminal.
    #[test]
    fn every_path_in_a_message_or_the_log_is_spelt_out() {
        let door = [".disp", "lay()"].concat();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let (mut doors, mut files) = (0, Vec::new());
        let mut directories = vec![source];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        assert!(files.len() > 10, "{files:?}");
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            let found = text.matches(&door).count();
            assert!(found == 0 || path.ends_with("error.rs"), "{path:?}");
            doors += found;
        }
        assert_eq!(doors, 1, "it is `shown`");
    }
}
