//! The system calls that change something on the disk, by bare names in directories that are held
//! open.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{self, AtFlags, Gid, Mode, OFlags, Uid};

pub(super) fn make_directory(directory: impl AsFd, name: &OsStr) -> io::Result<()> {
    Ok(fs::mkdirat(directory, name, Mode::RWXU)?)
}

/// Makes a file for its owner alone. Fails if there is one of that name.
pub(super) fn create(directory: impl AsFd, name: &OsStr, flags: OFlags) -> io::Result<OwnedFd> {
    let flags = flags | OFlags::CREATE | OFlags::EXCL;
    Ok(fs::openat(directory, name, flags, Mode::RUSR | Mode::WUSR)?)
}

pub(super) fn write_all(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)
}

pub(super) fn change_owner(
    file: impl AsFd,
    user: Option<Uid>,
    group: Option<Gid>,
) -> io::Result<()> {
    Ok(fs::fchown(file, user, group)?)
}

pub(super) fn change_mode(file: impl AsFd, mode: Mode) -> io::Result<()> {
    Ok(fs::fchmod(file, mode)?)
}

pub(super) fn sync_file(file: &File) -> io::Result<()> {
    file.sync_all()
}

pub(super) fn sync_directory(directory: impl AsFd) -> io::Result<()> {
    Ok(fs::fsync(directory)?)
}

pub(super) fn rename(from: impl AsFd, name: &OsStr, to: impl AsFd, new: &OsStr) -> io::Result<()> {
    Ok(fs::renameat(from, name, to, new)?)
}

/// Removes a file. One that is gone already is as good.
pub(super) fn remove(directory: impl AsFd, name: &OsStr) -> io::Result<()> {
    match fs::unlinkat(directory, name, AtFlags::empty()) {
        Err(rustix::io::Errno::NOENT) => Ok(()),
        removed => Ok(removed?),
    }
}
