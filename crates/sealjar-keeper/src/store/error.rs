//! What can be wrong with a store, and what can be done about it?

use std::fmt;
use std::path::PathBuf;

use sealjar::{ListError, RandomError};

use crate::delivery::Trouble;
use crate::export::ExportError;
use crate::store::Version;

/// Why a store could not do what was asked. The ring is as it was, unless a method says otherwise.
#[non_exhaustive]
pub enum StoreError {
    /// Another process holds the store's lock, and kept it.
    Busy {
        /// The lock.
        lock: PathBuf,
    },
    /// What keeps the ring, such as a Docker Engine, could not be asked, or refused.
    Backend(BackendError),
    /// The secret that replicas would get is none that a keeper made, or the engine does not tell.
    NotOurs {
        /// Its name.
        secret: String,
        /// Whether the engine tells what it holds, if not what that is.
        compared: bool,
    },
    /// Something cannot be exported.
    Export {
        /// The file that it was for.
        name: String,
        /// Why.
        error: ExportError,
    },
    /// Another ring is where the ring is to be put.
    Foreign {
        /// Where.
        path: PathBuf,
        /// The other ring's name.
        found: String,
    },
    /// The operating system refused.
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What it says.
        error: std::io::Error,
    },
    /// A file holds no key that a ring can be sealed under.
    Kek {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The place is a symbolic link, which a new ring would replace.
    Link {
        /// The place.
        path: PathBuf,
    },
    /// What is in the place of the list of revocations is no list.
    List {
        /// The place.
        place: String,
        /// What is wrong with it.
        error: ListError,
        /// What a restore commits over.
        #[doc(hidden)]
        version: Version,
    },
    /// Another keeper has committed meanwhile.
    LostRace,
    /// The store keeps no list of revocations.
    NoList,
    /// Something that is no file or directory is where the store has one.
    NotAFile {
        /// Where.
        path: PathBuf,
        /// What is there.
        found: &'static str,
    },
    /// A file or a directory of the store belongs to somebody who must not have it.
    Owner {
        /// Where.
        path: PathBuf,
        /// The number of the user it belongs to.
        owner: u32,
        /// The number of the user who runs.
        user: u32,
    },
    /// The operating system gave no random bytes.
    Random(RandomError),
    /// A service does not get the ring. Rotations wait until it does.
    RollOut {
        /// The service.
        service: String,
        /// Why.
        trouble: Trouble,
    },
    /// Other users can change what is in a directory.
    Writable {
        /// The directory.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
}

impl StoreError {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "see which process holds it, and end that one if it hangs",
            Self::Backend(error) => error.hint,
            Self::Export { error, .. } => error.hint(),
            Self::Foreign { .. } => {
                "give each ring a file of its own; if another program put it there, take it away, and the \
                 keeper puts its own there"
            }
            Self::NotOurs { compared, .. } => Self::hint_of_not_ours(*compared),
            Self::Kek { .. } => {
                "mount the secret sealjar.RING.kek.* that `sealjar init` made, as it is, so that this user can \
                 read it"
            }
            Self::Random(_) => "see why the operating system gives no random bytes",
            Self::Io { error, .. } => match error.kind() {
                std::io::ErrorKind::NotFound => {
                    "see that its directory is there and mounted, or name another store"
                }
                std::io::ErrorKind::PermissionDenied => {
                    "run as the user that owns the store, and make that user a member of the document's group"
                }
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::FileTooLarge => {
                    "make room, the ring is as it was"
                }
                _ => "see to the file system, the ring is as it was",
            },
            Self::Link { .. } => "name the file itself",
            Self::List { .. } => {
                "put back the list that was there, or `sealjar restore FILE` with the newest ring that a \
                 replica has: it begins a new list, and ends all sessions, as the old list may have ended any"
            }
            Self::NoList => "keep the ring in a directory, which keeps a list too",
            Self::NotAFile { .. } => "see who has put it there, and take it away",
            Self::Owner { .. } => {
                "run as its owner, or give it to this user with `chown -R` if it is yours; if you do not know \
                 who made it, remove it: its owner could read every key"
            }
            Self::Writable { .. } => {
                "see that nothing in it was changed, then `chmod go-w` it; a directory that everybody may write \
                 to, such as /tmp, needs the sticky bit. Where a volume sets the modes: give the ring a directory of \
                 its own in it, and beside an fsGroup of Kubernetes set `fsGroupChangePolicy: OnRootMismatch`"
            }
            Self::LostRace => "look at `sealjar status`, and repeat it if it is still wanted",
            Self::RollOut { trouble, .. } => trouble.hint(),
        }
    }

    pub(super) const fn hint_of_not_ours(compared: bool) -> &'static str {
        if compared {
            "nobody was given it; find out who may create secrets, remove it with `docker secret rm`, and the \
                 next turn makes the right one"
        } else {
            "nobody was given it; an engine of Docker 20.10 or later tells, without a proxy that answers for it"
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy { lock } => write!(
                f,
                "another process holds the lock {} and does not let go",
                lock.display()
            ),
            Self::Backend(error) => error.error.fmt(f),
            Self::Export { name, error } => write!(f, "cannot export {name}: {error}"),
            Self::Foreign { path, found } => {
                write!(f, "{} holds the ring \"{found}\"", path.display())
            }
            Self::Io { doing, path, error } => {
                write!(f, "cannot {doing} {}: {error}", path.display())
            }
            Self::NotOurs {
                secret,
                compared: true,
            } => write!(
                f,
                "the secret {secret} holds something else than the ring: no keeper made it"
            ),
            Self::NotOurs { secret, .. } => {
                write!(
                    f,
                    "the engine does not tell whether the secret {secret} holds the ring"
                )
            }
            Self::Kek { file, reason } => write!(f, "{}: {reason}", file.display()),
            Self::Link { path } => write!(f, "{} is a symbolic link", path.display()),
            Self::List { place, error, .. } => write!(f, "{place}: {error}"),
            Self::NoList => f.write_str("this store keeps no list of revocations"),
            Self::NotAFile { path, found } => write!(f, "{} is {found}", path.display()),
            Self::Owner { path, owner, user } => write!(
                f,
                "{} belongs to user {owner}, and this is user {user}",
                path.display()
            ),
            Self::Writable { path, mode } => write!(
                f,
                "{} can be changed by other users, its mode is {mode:04o}",
                path.display()
            ),
            Self::LostRace => f.write_str("lost the race: another keeper has committed meanwhile"),
            Self::Random(error) => error.fmt(f),
            Self::RollOut { service, trouble } => {
                write!(f, "service {service} does not get the ring: {trouble}")
            }
        }
    }
}

sealjar::__debug_as_report!(StoreError, hint);

/// The message has the cause, so that it is printed once.
impl std::error::Error for StoreError {}

/// Why what keeps a ring could not be asked, and what to do about it.
#[derive(Debug)]
pub struct BackendError {
    error: Box<dyn std::error::Error + Send + Sync>,
    hint: &'static str,
}

impl BackendError {
    /// Takes a backend's own error, and what a person can do about it.
    pub fn new(error: impl std::error::Error + Send + Sync + 'static, hint: &'static str) -> Self {
        Self {
            error: Box::new(error),
            hint,
        }
    }

    /// Returns the backend's own error, if it is of this type.
    #[must_use]
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> Option<&E> {
        self.error.downcast_ref()
    }
}

impl From<RandomError> for StoreError {
    fn from(error: RandomError) -> Self {
        Self::Random(error)
    }
}
