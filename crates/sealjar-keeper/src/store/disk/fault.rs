//! The system calls of `system`, in tests that ask what is left when one of them fails.
//!
//! A test says on its own thread how the disk fails. Production does not contain this.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Gid, Mode, OFlags, Uid};

#[path = "system.rs"]
mod real;

/// How a disk fails.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// After so many calls none works any more, cleaning up included: the machine has died.
    Dies(usize),
    /// After so many calls one fails, and those after it do not.
    Fails(usize),
}

thread_local! {
    static FAULT: Cell<Option<Fault>> = const { Cell::new(None) };
}

impl Fault {
    /// Lets the disk fail from now on, for this thread.
    pub(crate) fn set(fault: Option<Self>) {
        FAULT.set(fault);
    }

    /// Returns what is yet to fail.
    pub(crate) fn left() -> Option<Self> {
        FAULT.get()
    }

    fn meet() -> io::Result<()> {
        match FAULT.get() {
            None => return Ok(()),
            Some(Self::Dies(0)) => {}
            Some(Self::Fails(0)) => FAULT.set(None),
            Some(Self::Dies(left)) => {
                FAULT.set(Some(Self::Dies(left - 1)));
                return Ok(());
            }
            Some(Self::Fails(left)) => {
                FAULT.set(Some(Self::Fails(left - 1)));
                return Ok(());
            }
        }
        Err(io::Error::other("a disk in trouble"))
    }
}

pub(super) fn make_directory(directory: impl AsFd, name: &OsStr) -> io::Result<()> {
    Fault::meet()?;
    real::make_directory(directory, name)
}

pub(super) fn create(directory: impl AsFd, name: &OsStr, flags: OFlags) -> io::Result<OwnedFd> {
    Fault::meet()?;
    real::create(directory, name, flags)
}

pub(super) fn write_all(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    Fault::meet()?;
    real::write_all(file, bytes)
}

pub(super) fn change_owner(
    file: impl AsFd,
    user: Option<Uid>,
    group: Option<Gid>,
) -> io::Result<()> {
    Fault::meet()?;
    real::change_owner(file, user, group)
}

pub(super) fn change_mode(file: impl AsFd, mode: Mode) -> io::Result<()> {
    Fault::meet()?;
    real::change_mode(file, mode)
}

pub(super) fn sync_file(file: &File) -> io::Result<()> {
    Fault::meet()?;
    real::sync_file(file)
}

pub(super) fn sync_directory(directory: impl AsFd) -> io::Result<()> {
    Fault::meet()?;
    real::sync_directory(directory)
}

pub(super) fn rename(from: impl AsFd, name: &OsStr, to: impl AsFd, new: &OsStr) -> io::Result<()> {
    Fault::meet()?;
    real::rename(from, name, to, new)
}

pub(super) fn remove(directory: impl AsFd, name: &OsStr) -> io::Result<()> {
    Fault::meet()?;
    real::remove(directory, name)
}
