//! The one door to the store's files: names in a directory that was checked, and files that are put
//! there whole.
//!
//! A store may lie in a directory that others can write to, and root may work on a store of another
//! user. A user who owns the store, or can write beside it, must not get at anything else by that.
//! So a directory is opened once and held by its descriptor, its owner and mode are checked on that
//! descriptor, and everything after that goes by bare names in it that are never followed. Root
//! gives away only what it has just created itself, and nothing is removed but names that the store
//! makes.
//!
//! The other way would be to take the place of the store's owner before anything is touched. A
//! process has one user for all its threads, that user may have no entry in any database to take
//! groups from, and could not read what root names on the command line. A descriptor needs none of
//! this.

mod check;
#[cfg(not(test))]
mod system;
#[cfg(test)]
#[path = "disk/fault.rs"]
mod system;
mod whole;

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::store::StoreError;
use crate::store::disk::check::{Around, is_open_to_all, kind_of};
pub(super) use crate::store::disk::check::{Owner, Ownership};
#[cfg(test)]
pub(crate) use crate::store::disk::system::Fault;
pub use crate::store::disk::whole::read_file;
pub(super) use crate::store::disk::whole::{SHARING, Stamp, beside};

/// A directory that is held open.
#[derive(Debug)]
pub(in crate::store) struct Directory {
    descriptor: OwnedFd,
    /// For messages: where it was found.
    path: PathBuf,
    ownership: Ownership,
}

impl Directory {
    /// Opens the directory in which a document has its place. It may be anybody's, unless everybody
    /// can replace the file there.
    pub(in crate::store) fn open(path: &Path) -> Result<Self, StoreError> {
        let directory = fs::openat(CWD, path, DIRECTORY, Mode::empty())
            .and_then(|descriptor| Self::new(descriptor, path.to_owned()))
            .map_err(|error| failed("find the directory", path)(error.into()))?;
        if is_open_to_all(directory.ownership.mode) {
            return Err(directory.writable());
        }
        Ok(directory)
    }

    fn new(descriptor: OwnedFd, path: PathBuf) -> rustix::io::Result<Self> {
        let ownership = Ownership::of(&fs::fstat(&descriptor)?);
        Ok(Self {
            descriptor,
            path,
            ownership,
        })
    }

    pub(in crate::store) fn path_of(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.path.join(name.as_ref())
    }

    pub(in crate::store) const fn owner(&self) -> Owner {
        self.ownership.owner
    }

    /// Opens a directory in it that must belong to the store: to nobody else, and closed to others.
    /// `None`: there is none. `document` is what is in the document's place.
    pub(in crate::store) fn store(
        &self,
        name: &OsStr,
        document: Option<Ownership>,
    ) -> Result<Option<Self>, StoreError> {
        let path = self.path_of(name);
        let failed = |doing| failed(doing, &path);
        let stat = match fs::statat(&self.descriptor, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(failed("look at")(error.into())),
        };
        // Of a directory that cannot be opened this says why.
        expect(path.clone(), &stat, FileType::Directory)?;
        self.check_owner(&path, Ownership::of(&stat), document)?;
        let found = fs::openat(&self.descriptor, name, INNER, Mode::empty())
            .and_then(|descriptor| Self::new(descriptor, path.clone()))
            .map_err(|error| failed("open")(error.into()))?;
        self.check_owner(&path, found.ownership, document)?;
        if found.ownership.mode & OTHERS_WRITE != 0 {
            return Err(found.writable());
        }
        Ok(Some(found))
    }

    fn check_owner(
        &self,
        path: &Path,
        found: Ownership,
        document: Option<Ownership>,
    ) -> Result<(), StoreError> {
        let user = geteuid().as_raw();
        let owner = found.owner.user;
        if self.around(user).may_own_store(owner, document) {
            Ok(())
        } else {
            Err(StoreError::Owner {
                path: path.to_owned(),
                owner,
                user,
            })
        }
    }

    /// Makes a directory in it, open to its owner alone, if it is not there. Root gives it to
    /// `owner`.
    pub(in crate::store) fn make(&self, name: &OsStr, owner: Owner) -> Result<(), StoreError> {
        let made = system::make_directory(&self.descriptor, name).and_then(|()| {
            if geteuid().is_root() && owner.user != ROOT {
                self.give_directory(name, owner)?;
            }
            Ok(())
        });
        match made {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(failed("make the directory", &self.path_of(name))(error)),
            Ok(()) => self.sync(),
        }
    }

    /// A user who may write here can have put another directory of root's in the place of the one
    /// that was just made. One that is empty is as good: there is nothing in it to get.
    fn give_directory(&self, name: &OsStr, owner: Owner) -> io::Result<()> {
        let made = fs::openat(&self.descriptor, name, INNER, Mode::empty())?;
        let found = Ownership::of(&fs::fstat(&made)?);
        let is_empty = Dir::read_from(&made)?
            .all(|entry| entry.is_ok_and(|entry| [c".", c".."].contains(&entry.file_name())));
        if found.owner.user == ROOT && found.mode & 0o777 == 0o700 && is_empty {
            give(&made, found.owner, owner)?;
        }
        Ok(())
    }

    /// Looks at the regular file in the document's place, without opening it. `None`: there is
    /// none.
    pub(in crate::store) fn document(&self, name: &OsStr) -> Result<Option<Ownership>, StoreError> {
        let path = self.path_of(name);
        match fs::statat(&self.descriptor, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if kind_of(&stat) == FileType::Symlink => Err(StoreError::Link { path }),
            Ok(stat) => {
                expect(path, &stat, FileType::RegularFile)?;
                Ok(Some(Ownership::of(&stat)))
            }
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(failed("look at", &path)(error.into())),
        }
    }

    /// Refuses a document that somebody may have put there to be given what is published. `store`
    /// is the store's owner.
    pub(in crate::store) fn check_document(
        &self,
        name: &OsStr,
        document: Ownership,
        store: Option<Owner>,
    ) -> Result<(), StoreError> {
        let user = geteuid().as_raw();
        let owner = document.owner.user;
        if self.around(user).may_own_document(owner, store) {
            Ok(())
        } else {
            Err(StoreError::Owner {
                path: self.path_of(name),
                owner,
                user,
            })
        }
    }

    /// Sees to it that what was renamed in it is on the disk.
    pub(in crate::store) fn sync(&self) -> Result<(), StoreError> {
        system::sync_directory(&self.descriptor).map_err(failed("sync the directory", &self.path))
    }

    fn refuse_unless(&self, name: &OsStr, expected: FileType) -> Result<(), StoreError> {
        match fs::statat(&self.descriptor, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => expect(self.path_of(name), &stat, expected),
            Err(_) => Ok(()),
        }
    }

    fn around(&self, user: u32) -> Around {
        Around {
            user,
            directory: self.ownership,
        }
    }

    fn writable(&self) -> StoreError {
        StoreError::Writable {
            path: self.path.clone(),
            mode: self.ownership.mode,
        }
    }
}

/// Puts a file in its place whole, open to its owner alone, or to the group that could read the one
/// that was there.
///
/// # Errors
/// [`StoreError`], as a store's document would give it.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let Some((directory, name)) = split(path) else {
        return Err(StoreError::NotAFile {
            path: path.into(),
            found: "a directory",
        });
    };
    let place = Directory::open(directory)?;
    let standing = place.document(name)?;
    if let Some(standing) = standing {
        place.check_document(name, standing, None)?;
    }
    place.put_document(&place, name, bytes, standing)
}

/// Splits a path into its directory and a name in it. `None`: it names no file.
pub(in crate::store) fn split(path: &Path) -> Option<(&Path, &OsStr)> {
    let name = path.file_name()?;
    // `a/..` and `a/.` have a last component that is no name in `a`, and `a/` is spelt like the
    // file `a`.
    if !path.as_os_str().as_bytes().ends_with(name.as_bytes()) {
        return None;
    }
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    Some((directory, name))
}

fn expect(path: PathBuf, stat: &Stat, expected: FileType) -> Result<(), StoreError> {
    let found = kind_of(stat);
    if found == expected {
        return Ok(());
    }
    Err(StoreError::NotAFile {
        path,
        found: check::word(found),
    })
}

/// As root gives what was just created its owner, and as anybody its group.
fn give(file: impl AsFd, made: Owner, owner: Owner) -> io::Result<()> {
    let user = (geteuid().is_root() && made.user != owner.user).then(|| owner.uid());
    let group = (made.group != owner.group).then(|| owner.gid());
    if user.is_some() || group.is_some() {
        system::change_owner(file, user, group)?;
    }
    Ok(())
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError + use<> {
    let path = path.to_owned();
    move |error| StoreError::Io { doing, path, error }
}

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);
const INNER: OFlags = DIRECTORY.union(OFlags::NOFOLLOW);
const OTHERS_WRITE: u32 = 0o022;
const ROOT: u32 = 0;
