//! Files that are read whole, and put in their place whole or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use rustix::fs::{self, AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use sealjar::KeyRing;
use zeroize::Zeroizing;

use crate::store::StoreError;
use crate::store::disk::check::{Owner, Ownership, kind_of, mode_of};
use crate::store::disk::{Directory, expect, failed, give, system};

impl Directory {
    /// Reads a regular file of at most a ring's size. `None`: there is none.
    pub(in crate::store) fn read(
        &self,
        name: &OsStr,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        self.read_up_to(name, KeyRing::MAX_DOCUMENT)
    }

    /// Reads a regular file of at most so many bytes. `None`: there is none.
    pub(in crate::store) fn read_up_to(
        &self,
        name: &OsStr,
        limit: usize,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let flags = OFlags::RDONLY | NEVER_WAIT;
        let opened = fs::openat(&self.descriptor, name, flags, Mode::empty());
        match self.regular(name, opened)? {
            None => Ok(None),
            Some(file) => read_to_limit(file, limit)
                .map(Some)
                .map_err(failed("read", &self.path_of(name))),
        }
    }

    /// Puts a file in its place: written under a name that this directory keeps for it, on the disk
    /// before it is renamed, and the renaming too. A reader sees the old one or the new one,
    /// whole. It is open to its owner alone, and root gives it to the owner of this directory.
    pub(in crate::store) fn put(&self, name: &OsStr, bytes: &[u8]) -> Result<(), StoreError> {
        self.put_into(self, name, bytes, self.owner(), 0)
    }

    /// Puts the document in its place in another directory. It is written here, where others cannot
    /// see or hinder it. It keeps the owner and the group of the one that is there, and lets
    /// that group read if it did.
    pub(in crate::store) fn put_document(
        &self,
        place: &Self,
        name: &OsStr,
        bytes: &[u8],
        document: Option<Ownership>,
    ) -> Result<(), StoreError> {
        let (owner, mode) = document.map_or((self.owner(), 0), |it| (it.owner, it.mode));
        self.put_into(place, name, bytes, owner, mode)
    }

    fn put_into(
        &self,
        place: &Self,
        name: &OsStr,
        bytes: &[u8],
        owner: Owner,
        mode: u32,
    ) -> Result<(), StoreError> {
        let beside = beside(name);
        let write = || {
            let mut file = self.create(&beside)?;
            system::write_all(&mut file, bytes)?;
            share(&file, owner)?;
            system::change_mode(&file, narrowed(mode))?;
            system::sync_file(&file)?;
            system::rename(&self.descriptor, &beside, &place.descriptor, name)
        };
        self.cleaning_up(&beside, write())
            .map_err(failed("write", &place.path_of(name)))?;
        if !std::ptr::eq(self, place) {
            self.sync()?;
        }
        place.sync()
    }

    /// Tries whether a file of ours can be given the group of the document.
    pub(in crate::store) fn try_sharing(
        &self,
        document: &Path,
        owner: Owner,
    ) -> Result<(), StoreError> {
        let beside = beside(SHARING.as_ref());
        let shared = self.create(&beside).and_then(|file| {
            share(&file, owner)?;
            system::remove(&self.descriptor, &beside)
        });
        self.cleaning_up(&beside, shared)
            .map_err(failed("keep the owner and the group of", document))
    }

    fn create(&self, beside: &OsStr) -> io::Result<File> {
        system::remove(&self.descriptor, beside)?;
        let flags = OFlags::WRONLY | NEVER_WAIT;
        Ok(system::create(&self.descriptor, beside, flags)?.into())
    }

    /// What is left of a failure is as secret as the ring. Nothing better can be done if removing
    /// it fails.
    fn cleaning_up<T>(&self, beside: &OsStr, done: io::Result<T>) -> io::Result<T> {
        if done.is_err() {
            _ = system::remove(&self.descriptor, beside);
        }
        done
    }

    /// Removes a file. One that is gone already is as good.
    pub(in crate::store) fn remove(&self, name: &OsStr) -> Result<(), StoreError> {
        system::remove(&self.descriptor, name).map_err(failed("remove", &self.path_of(name)))
    }

    /// Lists the regular files in it.
    pub(in crate::store) fn list(&self) -> Result<Vec<OsString>, StoreError> {
        let list = || {
            let mut names = Vec::new();
            for entry in Dir::read_from(&self.descriptor)? {
                let name = OsString::from_vec(entry?.file_name().to_bytes().to_vec());
                // Not every file system says in a listing what is a directory.
                match fs::statat(&self.descriptor, &name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) if kind_of(&stat) == FileType::RegularFile => names.push(name),
                    Ok(_) | Err(Errno::NOENT) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok::<_, io::Error>(names)
        };
        list().map_err(failed("list", &self.path))
    }

    /// Takes away from the document what is more than its owner and a group that reads.
    pub(in crate::store) fn narrow(&self, name: &OsStr) -> Result<(), StoreError> {
        let flags = OFlags::RDONLY | NEVER_WAIT;
        let opened = fs::openat(&self.descriptor, name, flags, Mode::empty());
        let Some(file) = self.regular(name, opened)? else {
            return Ok(());
        };
        let narrow = || {
            let mode = mode_of(&fs::fstat(&file)?);
            if mode & 0o777 & !0o640 == 0 {
                return Ok(());
            }
            system::change_mode(&file, narrowed(mode))
        };
        narrow().map_err(failed("narrow the mode of", &self.path_of(name)))
    }

    /// Tells one state of a file from another. `None`: there is none.
    pub(in crate::store) fn stamp(&self, name: &OsStr) -> Result<Option<Stamp>, StoreError> {
        match fs::statat(&self.descriptor, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(Stamp::of(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(failed("look at", &self.path_of(name))(error.into())),
        }
    }

    /// Opens the file that everybody locks who writes to the store, and makes it if it is not
    /// there.
    pub(in crate::store) fn open_lock(&self, name: &OsStr) -> Result<File, StoreError> {
        let flags = OFlags::RDWR | NEVER_WAIT;
        let open = || fs::openat(&self.descriptor, name, flags, Mode::empty());
        let failed = || failed("open the lock", &self.path_of(name));
        loop {
            if let Some(file) = self.regular(name, open())? {
                return Ok(file);
            }
            match system::create(&self.descriptor, name, flags) {
                Ok(made) => {
                    let made = File::from(made);
                    share(&made, self.owner()).map_err(failed())?;
                    return Ok(made);
                }
                // Another has made it meanwhile.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed()(error)),
            }
        }
    }

    /// Takes what was opened for a regular file. `None`: there is nothing of that name.
    fn regular(
        &self,
        name: &OsStr,
        opened: rustix::io::Result<OwnedFd>,
    ) -> Result<Option<File>, StoreError> {
        let failed = |error: Errno| failed("open", &self.path_of(name))(error.into());
        match opened {
            Ok(descriptor) => {
                let stat = fs::fstat(&descriptor).map_err(failed)?;
                expect(self.path_of(name), &stat, FileType::RegularFile)?;
                Ok(Some(descriptor.into()))
            }
            Err(Errno::NOENT) => Ok(None),
            Err(error) => {
                self.refuse_unless(name, FileType::RegularFile)?;
                Err(failed(error))
            }
        }
    }
}

/// Reads a regular file that somebody has named, without waiting if there is a pipe or a device in
/// its place: at most `limit` bytes and one more, by which a longer file is known.
///
/// # Errors
/// The operating system's, and `Other` for what is no regular file.
pub fn read_file(path: &Path, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(fs::openat(CWD, path, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    read_to_limit(file, limit)
}

/// Reads at most one byte more than the limit, so that a longer file is seen to be longer.
fn read_to_limit(file: File, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    // A file is only ever replaced whole, so it does not grow meanwhile. The buffer never grows
    // either: growing would leave copies of the secrets behind.
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let limit = length.min(limit) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit));
    file.take(limit as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The name that a file has while it is written.
pub(in crate::store) fn beside(name: &OsStr) -> OsString {
    let mut beside = name.to_owned();
    beside.push(".tmp");
    beside
}

/// Distinguishes the states of a file that is replaced whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::store) struct Stamp {
    file: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl Stamp {
    #[allow(
        clippy::unnecessary_cast,
        clippy::useless_conversion,
        reason = "types differ between systems"
    )]
    fn of(stat: &Stat) -> Self {
        Self {
            file: stat.st_ino as u64,
            seconds: stat.st_mtime as i64,
            nanoseconds: stat.st_mtime_nsec as i64,
        }
    }
}

/// Gives a file of ours, just created, the group that it should have, and as root the owner too: a
/// command that root gives by hand must not shut out the user that the store belongs to.
fn share(file: &File, owner: Owner) -> io::Result<()> {
    let made = Ownership::of(&fs::fstat(file)?).owner;
    give(file, made, owner)
}

fn narrowed(mode: u32) -> Mode {
    let mode = 0o600 | (mode & 0o640);
    // Nine bits fit everywhere.
    Mode::from_raw_mode(mode as _)
}

const NEVER_WAIT: OFlags = OFlags::NOFOLLOW
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);
/// The file by which it is tried whether one can be given to the document's group.
pub(in crate::store) const SHARING: &str = "sharing";
