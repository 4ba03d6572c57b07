//! How is a file put in its place whole, or not at all?

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sealjar::KeyRing;
use zeroize::Zeroizing;

use crate::store::StoreError;

/// The one door to the file system. Everything it writes is readable for its owner alone.
#[derive(Debug, Default)]
pub(super) struct Disk {
    #[cfg(test)]
    pub(super) trouble: std::sync::Mutex<Option<Trouble>>,
}

/// What goes wrong, in tests that ask what is left then.
#[cfg(test)]
#[derive(Clone, Copy, Debug)]
pub(super) enum Trouble {
    /// After so many operations nothing works any more, cleaning up included: the machine has died.
    Dies(usize),
    /// After so many operations one fails, and what comes after it does not.
    Fails(usize),
}

impl Disk {
    /// Reads a file of at most a ring's size. `None`: there is none.
    pub(super) fn read(&self, path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let read = || {
            let file = File::open(path)?;
            // A file is only ever replaced whole, so it does not grow meanwhile.
            let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
            // One byte more than a ring may have, so that a longer file is seen to be longer. The buffer
            // never grows: growing would leave copies of the secrets behind.
            let limit = length.min(KeyRing::MAX_DOCUMENT) + 1;
            let mut bytes = Zeroizing::new(Vec::with_capacity(limit));
            file.take(limit as u64).read_to_end(&mut bytes)?;
            Ok::<_, io::Error>(bytes)
        };
        match read() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", path)(error)),
        }
    }

    /// Puts a file in its place: written beside it, on the disk before it is renamed, and the renaming
    /// too. Whoever reads sees the old one or the new one, whole.
    ///
    /// Whatever root writes belongs to whom it belonged to, or to whom the directory belongs to. A file
    /// that is `shared` keeps the group it has, and lets that group read if it did.
    pub(super) fn put(&self, path: &Path, bytes: &[u8], shared: bool) -> Result<(), StoreError> {
        let beside = beside(path);
        let write = || {
            self.operation()?;
            match fs::remove_file(&beside) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            self.operation()?;
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&beside)?;
            self.operation()?;
            file.write_all(bytes)?;
            give_to_owner(&file, path)?;
            if shared && let Ok(standing) = fs::metadata(path) {
                take_group(&file, path)?;
                file.set_permissions(narrowed(standing.permissions().mode()))?;
            }
            self.operation()?;
            file.sync_all()?;
            self.operation()?;
            fs::rename(&beside, path)
        };
        if let Err(error) = write() {
            // What is left beside is as secret as the ring. Nothing better can be done if this fails.
            if self.is_alive() {
                _ = fs::remove_file(&beside);
            }
            return Err(failed("write", path)(error));
        }
        self.sync_directory(path)
    }

    /// Tries whether a file of ours can be given the group of a shared one.
    pub(super) fn try_sharing(&self, ours: &File, shared: &Path) -> Result<(), StoreError> {
        self.operation()
            .and_then(|()| take_group(ours, shared))
            .map_err(failed("keep the group of", shared))
    }

    /// Removes a file. One that is gone already is as good.
    pub(super) fn remove(&self, path: &Path) -> Result<(), StoreError> {
        let removed = self.operation().and_then(|()| fs::remove_file(path));
        match removed {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", path)(error)),
            _ => Ok(()),
        }
    }

    /// Makes a directory, open to its owner alone, if it is not there.
    pub(super) fn make_directory(&self, path: &Path) -> Result<(), StoreError> {
        let made = self.operation().and_then(|()| {
            fs::DirBuilder::new().mode(0o700).create(path)?;
            give_to_owner(&File::open(path)?, path)
        });
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(failed("make the directory", path)(error)),
            Ok(()) => self.sync_directory(path),
        }
    }

    /// Lists the files of a directory, none if there is no directory.
    pub(super) fn list(&self, directory: &Path) -> Result<Vec<PathBuf>, StoreError> {
        let list = || {
            let mut files = Vec::new();
            for entry in fs::read_dir(directory)? {
                let entry = entry?;
                if !entry.file_type()?.is_dir() {
                    files.push(entry.path());
                }
            }
            Ok::<_, io::Error>(files)
        };
        match list() {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            listed => listed.map_err(failed("list", directory)),
        }
    }

    /// Takes away from a file what is more than its owner and a group that reads.
    pub(super) fn narrow(&self, path: &Path) -> Result<(), StoreError> {
        let narrow = || {
            let mode = fs::metadata(path)?.permissions().mode() & 0o777;
            if mode & !0o640 == 0 {
                return Ok(());
            }
            self.operation()?;
            fs::set_permissions(path, narrowed(mode))
        };
        narrow().map_err(failed("narrow the mode of", path))
    }

    /// Sees to it that the directory is there in which a file has or will have its place.
    pub(super) fn find_directory_of(&self, path: &Path) -> Result<(), StoreError> {
        let directory = directory_of(path);
        match fs::metadata(directory) {
            Ok(_) => Ok(()),
            Err(error) => Err(failed("find the directory", directory)(error)),
        }
    }

    /// Tells when a file was last written. `None`: there is none.
    pub(super) fn modified(&self, path: &Path) -> Result<Option<SystemTime>, StoreError> {
        match fs::symlink_metadata(path).and_then(|found| found.modified()) {
            Ok(modified) => Ok(Some(modified)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("look at", path)(error)),
        }
    }

    pub(super) fn exists(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok()
    }

    pub(super) fn open_lock(&self, path: &Path) -> Result<File, StoreError> {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .and_then(|file| give_to_owner(&file, path).map(|()| file))
            .map_err(failed("open the lock", path))
    }

    pub(super) fn is_link(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_symlink())
    }

    /// Sees to it that what was renamed in a file's directory is on the disk.
    pub(super) fn sync_directory(&self, path: &Path) -> Result<(), StoreError> {
        let directory = directory_of(path);
        self.operation()
            .and_then(|()| File::open(directory)?.sync_all())
            .map_err(failed("sync the directory", directory))
    }

    #[cfg(not(test))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "tests count here"
    )]
    fn operation(&self) -> io::Result<()> {
        Ok(())
    }

    #[cfg(test)]
    fn operation(&self) -> io::Result<()> {
        let mut trouble = self.trouble.lock().unwrap();
        match &mut *trouble {
            None => return Ok(()),
            Some(Trouble::Dies(0)) => {}
            Some(Trouble::Fails(0)) => *trouble = None,
            Some(Trouble::Dies(left) | Trouble::Fails(left)) => {
                *left -= 1;
                return Ok(());
            }
        }
        Err(io::Error::other("a disk in trouble"))
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests ask here")]
    const fn is_alive(&self) -> bool {
        true
    }

    #[cfg(test)]
    fn is_alive(&self) -> bool {
        !matches!(*self.trouble.lock().unwrap(), Some(Trouble::Dies(0)))
    }
}

/// The name that a file has while it is written.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    name.into()
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

fn narrowed(mode: u32) -> fs::Permissions {
    fs::Permissions::from_mode(0o600 | (mode & 0o640))
}

/// A command that root gives by hand must not shut out the user that the store belongs to.
fn give_to_owner(file: &File, path: &Path) -> io::Result<()> {
    let made = file.metadata()?;
    if made.uid() != ROOT {
        return Ok(());
    }
    let owner = match fs::metadata(path) {
        Ok(standing) if standing.ino() != made.ino() => standing,
        _ => fs::metadata(directory_of(path))?,
    };
    if (owner.uid(), owner.gid()) == (made.uid(), made.gid()) {
        return Ok(());
    }
    fchown(file, Some(owner.uid()), Some(owner.gid()))
}

/// Gives a file the group of another, if that is there.
fn take_group(file: &File, other: &Path) -> io::Result<()> {
    match fs::metadata(other) {
        Ok(other) if other.gid() != file.metadata()?.gid() => fchown(file, None, Some(other.gid())),
        _ => Ok(()),
    }
}

const ROOT: u32 = 0;

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |error| StoreError::Io { doing, path, error }
}
