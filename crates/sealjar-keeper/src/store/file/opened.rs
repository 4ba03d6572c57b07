//! The directories of a store, opened and checked for one operation.
//!
//! They are opened anew each time: one that is held for long would still be used after its disk was
//! unmounted, or after it was replaced.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use sealjar::KeyRing;

use crate::export::ExportError;
use crate::store::StoreError;
use crate::store::disk::{Directory, Ownership, SHARING, beside, split};
use crate::store::file::{Document, FileStore, HEAD, KEPT, LIST, RECORD};

/// What an operation works in.
#[derive(Debug)]
pub(super) struct Opened<'a> {
    /// Where the document is, and maybe other people's files.
    place: Directory,
    name: &'a OsStr,
    /// The document, as it was there at first.
    standing: Option<Ownership>,
    /// The store's own directory beside it.
    keeper: Option<Directory>,
    keeper_name: &'a OsStr,
}

impl FileStore {
    /// Opens the directories.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the document's directory is not there: an unmounted disk must not
    /// look like an empty store. [`StoreError::Link`], [`StoreError::NotAFile`],
    /// [`StoreError::Owner`] and [`StoreError::Writable`] when something is not as the store made
    /// it.
    pub(super) fn open(&self) -> Result<Opened<'_>, StoreError> {
        let (Some((directory, name)), Some(keeper_name)) =
            (split(&self.document), self.directory.file_name())
        else {
            return Err(StoreError::NotAFile {
                path: self.document.clone(),
                found: "a directory",
            });
        };
        let place = Directory::open(directory)?;
        let standing = place.document(name)?;
        let keeper = place.store(keeper_name, standing)?;
        if let Some(standing) = standing {
            place.check_document(name, standing, keeper.as_ref().map(Directory::owner))?;
        }
        Ok(Opened {
            place,
            name,
            standing,
            keeper,
            keeper_name,
        })
    }
}

impl<'a> Opened<'a> {
    /// Makes the store's directories where they are not there.
    pub(super) fn make(&mut self) -> Result<(), StoreError> {
        if self.keeper.is_none() {
            self.place.make(self.keeper_name, self.place.owner())?;
            self.keeper = self.place.store(self.keeper_name, self.standing)?;
        }
        let keeper = self.keeper()?;
        keeper.make(KEPT.as_ref(), keeper.owner())
    }

    /// The store's own directory.
    pub(super) fn keeper(&self) -> Result<&Directory, StoreError> {
        self.keeper.as_ref().ok_or_else(|| StoreError::Io {
            doing: "find the directory",
            path: self.place.path_of(self.keeper_name),
            error: std::io::ErrorKind::NotFound.into(),
        })
    }

    /// The directory of earlier epochs, if there is one.
    pub(super) fn kept(&self) -> Result<Option<Directory>, StoreError> {
        match &self.keeper {
            Some(keeper) => keeper.store(KEPT.as_ref(), None),
            None => Ok(None),
        }
    }

    /// Reads a file of the store's own.
    pub(super) fn read(&self, name: &str) -> Result<Option<Document>, StoreError> {
        self.read_up_to(name, KeyRing::MAX_DOCUMENT)
    }

    /// Reads a file of the store's own that may have another size than a ring.
    pub(super) fn read_up_to(
        &self,
        name: &str,
        limit: usize,
    ) -> Result<Option<Document>, StoreError> {
        match &self.keeper {
            Some(keeper) => keeper.read_up_to(name.as_ref(), limit),
            None => Ok(None),
        }
    }

    /// Whether there is something of this name in the store's own directory.
    pub(super) fn holds(&self, name: &str) -> Result<bool, StoreError> {
        match &self.keeper {
            Some(keeper) => Ok(keeper.stamp(name.as_ref())?.is_some()),
            None => Ok(false),
        }
    }

    pub(super) fn read_document(&self) -> Result<Option<Document>, StoreError> {
        self.place.read(self.name)
    }

    /// Reads a file beside the document, an export.
    pub(super) fn read_beside(&self, name: &str) -> Result<Option<Document>, StoreError> {
        self.refuse_own(name)?;
        self.place.read(name.as_ref())
    }

    /// Puts an export beside the document. It keeps the owner and the group of the one that is
    /// there, and lets that group read if it did.
    pub(super) fn put_beside(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.refuse_own(name)?;
        let keeper = self.keeper()?;
        let standing = self.place.document(name.as_ref())?;
        if let Some(standing) = standing {
            let owner = Some(keeper.owner());
            self.place.check_document(name.as_ref(), standing, owner)?;
        }
        keeper.put_document(&self.place, name.as_ref(), bytes, standing)
    }

    /// Refuses an export in the place of the ring or of its store.
    fn refuse_own(&self, name: &str) -> Result<(), StoreError> {
        if name == self.name || name == self.keeper_name {
            return Err(StoreError::Export {
                name: name.into(),
                error: ExportError::Name,
            });
        }
        Ok(())
    }

    pub(super) const fn has_document(&self) -> bool {
        self.standing.is_some()
    }

    pub(super) fn put_document(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let keeper = self.keeper()?;
        keeper.put_document(&self.place, self.name, bytes, self.standing)
    }

    pub(super) fn narrow_document(&self) -> Result<(), StoreError> {
        self.place.narrow(self.name)
    }

    /// Tries whether the document could be put in its place as it has to be.
    pub(super) fn try_sharing(&self) -> Result<(), StoreError> {
        match self.standing {
            Some(standing) => self
                .keeper()?
                .try_sharing(&self.place.path_of(self.name), standing.owner),
            None => Ok(()),
        }
    }

    /// The names that files of the store's own directory have while they are written.
    pub(super) fn unfinished(&self) -> [OsString; 5] {
        let own = [HEAD, LIST, RECORD, SHARING].map(|it| beside(it.as_ref()));
        let [head, list, record, sharing] = own;
        [head, list, record, sharing, beside(self.name)]
    }

    pub(super) fn path_of(&self, name: &str) -> PathBuf {
        self.place.path_of(self.keeper_name).join(name)
    }
}
