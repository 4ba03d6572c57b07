//! Is this file a ring, and is it closed to others?

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;
use sealjar::{KeyRing, RingError};
use zeroize::Zeroizing;

use crate::output::exit::{CommandError, Exit, warn};
use crate::stdin;

/// Reads a ring document that a person names, or pipes into the command: in a container no file may
/// be at hand.
pub(crate) fn read_given(path: &Path) -> Result<KeyRing, CommandError> {
    if path == Path::new("-") || path == Path::new("/dev/stdin") {
        parse(
            path,
            &stdin::read("the ring document", KeyRing::MAX_DOCUMENT)?,
        )
    } else {
        read(path)
    }
}

/// Reads a ring document that a person names.
pub(crate) fn read(path: &Path) -> Result<KeyRing, CommandError> {
    // One byte more than a ring may have, so that a longer file is seen to be longer. The buffer
    // never grows: growing would leave copies of the secrets behind.
    let limit = KeyRing::MAX_DOCUMENT + 1;
    let mut text = Zeroizing::new(Vec::with_capacity(limit));
    open(path)
        .and_then(|file| {
            warn_of_wide_mode(path, &file.metadata()?);
            file.take(limit as u64).read_to_end(&mut text)
        })
        .map_err(|error| {
            failed(path, &error.to_string()).hint(match error.kind() {
                ErrorKind::IsADirectory => "name the file in it",
                ErrorKind::InvalidInput => "write the ring to a file first, and name that",
                ErrorKind::PermissionDenied => "run as a user that may read it",
                _ => "check the path",
            })
        })?;
    parse(path, &text)
}

fn parse(path: &Path, text: &[u8]) -> Result<KeyRing, CommandError> {
    if text.is_empty() {
        return Err(failed(path, "the file is empty").hint("take another copy of the ring"));
    }
    KeyRing::from_json(text).map_err(|error| {
        failed(path, &error.to_string()).hint(match error {
            RingError::UnsupportedFormat { .. } => {
                "upgrade sealjar: a newer keeper wrote this ring"
            }
            _ => "take another copy of the ring, nothing of this one was used",
        })
    })
}

fn failed(path: &Path, reason: &str) -> CommandError {
    let message = format!("{}: {reason}", path.display());
    CommandError::new(Exit::Store, "ring_file", message)
}

/// Opens a regular file, and does not wait if there is a pipe or a device in its place.
fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(NONBLOCK)
        .open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_dir() {
        return Err(io::Error::new(ErrorKind::IsADirectory, "it is a directory"));
    }
    if !kind.is_file() {
        let what = "it is a pipe or a device, and no file";
        return Err(io::Error::new(ErrorKind::InvalidInput, what));
    }
    Ok(file)
}

/// Warns of the ring that replicas read if more users may read it than its owner and a group.
pub(crate) fn warn_of_wide_document(path: &Path) {
    if let Ok(found) = path.symlink_metadata() {
        warn_of_wide_mode(path, &found);
    }
}

fn warn_of_wide_mode(path: &Path, found: &Metadata) {
    let mode = found.permissions().mode() & 0o777;
    // Container engines decide the mode of what they mount there, and who is in the container.
    if mode & !0o640 != 0 && !path.starts_with("/run/secrets") {
        let path = path.display();
        warn(
            &format!("{path} is open to more users than it should be: its mode is {mode:04o}"),
            &format!(
                "chmod 0640 {path}, or narrower; anyone who has read it can forge every session"
            ),
        );
    }
}

const NONBLOCK: i32 = OFlags::NONBLOCK.bits() as i32;
