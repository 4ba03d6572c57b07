//! Is this file a ring, and is it closed to others?

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use sealjar::{KeyRing, RingError};
use zeroize::Zeroizing;

use crate::cli::outcome::{Exit, Failure, warn};

/// Reads a ring document that a person names.
pub(crate) fn read(path: &Path) -> Result<KeyRing, Failure> {
    let failed = |reason: &str| {
        let message = format!("{}: {reason}", path.display());
        Failure::new(Exit::Store, "ring_file", message)
    };
    // One byte more than a ring may have, so that a longer file is seen to be longer. The buffer never
    // grows: growing would leave copies of the secrets behind.
    let limit = KeyRing::MAX_DOCUMENT + 1;
    let mut text = Zeroizing::new(Vec::with_capacity(limit));
    File::open(path)
        .and_then(|file| file.take(limit as u64).read_to_end(&mut text))
        .map_err(|error| {
            failed(&error.to_string()).hint(match error.kind() {
                ErrorKind::IsADirectory => "name the file in it",
                ErrorKind::PermissionDenied => "run as a user that may read it",
                _ => "check the path",
            })
        })?;
    if text.is_empty() {
        return Err(failed("the file is empty").hint("take another copy of the ring"));
    }
    warn_of_wide_mode(path);
    KeyRing::from_json(&text).map_err(|error| {
        failed(&error.to_string()).hint(match error {
            RingError::UnsupportedFormat { .. } => {
                "upgrade sealjar: a newer keeper wrote this ring"
            }
            _ => "take another copy of the ring, nothing of this one was used",
        })
    })
}

/// Warns of a ring that more users may read than its owner and a group.
pub(crate) fn warn_of_wide_mode(path: &Path) {
    // Container engines decide the mode of what they mount there, and who is in the container.
    let mode = match path.metadata() {
        Ok(found) if !path.starts_with("/run/secrets") => found.permissions().mode() & 0o777,
        _ => return,
    };
    if mode & !0o640 != 0 {
        let path = path.display();
        warn(
            &format!("{path} is open to more users than it should be: its mode is {mode:04o}"),
            &format!("chmod 0640 {path}, or narrower; whoever read it can forge every session"),
        );
    }
}
