//! Which user may a directory or a document belong to? Pure, so that a table of cases can say it.

use rustix::fs::{FileType, Gid, Stat, Uid};

/// The user and the group that a file belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::store) struct Owner {
    pub(in crate::store) user: u32,
    pub(in crate::store) group: u32,
}

impl Owner {
    pub(super) fn uid(self) -> Uid {
        Uid::from_raw(self.user)
    }

    pub(super) fn gid(self) -> Gid {
        Gid::from_raw(self.group)
    }
}

/// Whose something is, and what others may do with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::store) struct Ownership {
    pub(in crate::store) owner: Owner,
    pub(in crate::store) mode: u32,
}

impl Ownership {
    pub(super) fn of(stat: &Stat) -> Self {
        Self {
            owner: Owner {
                user: stat.st_uid,
                group: stat.st_gid,
            },
            mode: mode_of(stat),
        }
    }
}

/// Who asks, and about what lies in which directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around {
    pub(super) user: u32,
    pub(super) directory: Ownership,
}

impl Around {
    /// Whether the store's own directory may belong to `owner`, who gets every key.
    ///
    /// Ours may, and nobody else's. Root works on the stores of others: on that of the directory's
    /// owner, who could do everything there anyway, and on one whose document has the same owner.
    /// The last says nothing in a directory where everybody can make both.
    pub(super) fn may_own_store(self, owner: u32, document: Option<Ownership>) -> bool {
        let of_document =
            || !self.is_everybodys() && document.is_some_and(|it| it.owner.user == owner);
        owner == self.user
            || (self.user == ROOT && (owner == self.directory.owner.user || of_document()))
    }

    /// Whether the document may belong to `owner`, whose group gets what is published.
    ///
    /// Users who can write to its directory may have given it to anybody, unless others can write
    /// there as well.
    pub(super) fn may_own_document(self, owner: u32, store: Option<Owner>) -> bool {
        self.directory.mode & 0o022 == 0
            || [self.user, ROOT].contains(&owner)
            || store.is_some_and(|store| store.user == owner)
            || (self.user == ROOT && owner == self.directory.owner.user)
    }

    const fn is_everybodys(self) -> bool {
        self.directory.mode & 0o002 != 0
    }
}

/// Whether every user can replace the files in a directory of this mode, even those of others.
pub(super) const fn is_open_to_all(mode: u32) -> bool {
    mode & 0o002 != 0 && mode & STICKY == 0
}

pub(super) fn kind_of(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

#[allow(
    clippy::useless_conversion,
    reason = "the type differs between systems"
)]
pub(super) fn mode_of(stat: &Stat) -> u32 {
    u32::from(stat.st_mode) & 0o7777
}

pub(super) const fn word(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a file",
        FileType::Directory => "a directory",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Unknown => "something unknown",
    }
}

const ROOT: u32 = 0;
const STICKY: u32 = 0o1000;

#[cfg(test)]
mod tests {
    use super::*;

    const KEEPER: u32 = 1000;
    const STRANGER: u32 = 1001;
    const APP: u32 = 1002;

    fn of(user: u32, mode: u32) -> Ownership {
        let owner = Owner { user, group: user };
        Ownership { owner, mode }
    }

    #[test]
    fn a_store_is_its_users_and_root_takes_no_strangers_for_one() {
        for (user, directory, document, owner, may) in [
            // One's own, wherever it lies.
            (KEEPER, of(KEEPER, 0o755), None, KEEPER, true),
            (KEEPER, of(ROOT, 0o1777), None, KEEPER, true),
            (ROOT, of(ROOT, 0o1777), None, ROOT, true),
            // Nobody works on a store of another, root's included.
            (KEEPER, of(ROOT, 0o1777), None, STRANGER, false),
            (KEEPER, of(STRANGER, 0o777), Some(STRANGER), STRANGER, false),
            (KEEPER, of(ROOT, 0o755), Some(ROOT), ROOT, false),
            // Root does, where that user is known to be the store's.
            (ROOT, of(KEEPER, 0o755), None, KEEPER, true),
            (ROOT, of(KEEPER, 0o1777), None, KEEPER, true),
            (ROOT, of(ROOT, 0o775), Some(KEEPER), KEEPER, true),
            (ROOT, of(ROOT, 0o775), None, KEEPER, false),
            (ROOT, of(ROOT, 0o775), Some(KEEPER), STRANGER, false),
            // In a shared directory a stranger can make both beforehand.
            (ROOT, of(ROOT, 0o1777), None, STRANGER, false),
            (ROOT, of(ROOT, 0o1777), Some(STRANGER), STRANGER, false),
        ] {
            let around = Around { user, directory };
            let document = document.map(|user| of(user, 0o640));
            assert_eq!(
                around.may_own_store(owner, document),
                may,
                "{user} {directory:?} {document:?} {owner}"
            );
        }
    }

    #[test]
    fn a_document_is_anybodys_only_where_others_cannot_put_it() {
        for (user, directory, store, owner, may) in [
            (ROOT, of(ROOT, 0o755), Some(ROOT), APP, true),
            (KEEPER, of(KEEPER, 0o700), Some(KEEPER), APP, true),
            (KEEPER, of(ROOT, 0o775), Some(KEEPER), APP, false),
            (KEEPER, of(ROOT, 0o1777), Some(KEEPER), STRANGER, false),
            (KEEPER, of(ROOT, 0o1777), None, STRANGER, false),
            (ROOT, of(ROOT, 0o1777), Some(ROOT), STRANGER, false),
            (KEEPER, of(ROOT, 0o1777), Some(KEEPER), KEEPER, true),
            (KEEPER, of(ROOT, 0o1777), Some(KEEPER), ROOT, true),
            (ROOT, of(KEEPER, 0o1777), Some(KEEPER), KEEPER, true),
            (ROOT, of(ROOT, 0o775), Some(KEEPER), KEEPER, true),
        ] {
            let around = Around { user, directory };
            let store = store.map(|user| of(user, 0o700).owner);
            assert_eq!(
                around.may_own_document(owner, store),
                may,
                "{user} {directory:?} {store:?} {owner}"
            );
        }
    }

    #[test]
    fn a_directory_that_everybody_may_write_needs_the_sticky_bit() {
        for (mode, open) in [
            (0o777, true),
            (0o707, true),
            (0o1777, false),
            (0o2775, false),
            (0o755, false),
        ] {
            assert_eq!(is_open_to_all(mode), open, "{mode:o}");
        }
    }
}
