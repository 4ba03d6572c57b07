//! Whether this replica may serve.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sealjar::{ClockError, KeyId, LiveRing, Timestamp};

use crate::error::SourceError;

/// Answers whether a replica may serve, for a health check. Clones share its state.
///
/// A replica is ready while its ring has a key to seal with. A lost source or an overdue rotation
/// does not make it unready: both would affect all replicas at once, and the ring that they hold
/// keeps working. Show both to the operator, with the time of the last look: a watcher that no
/// longer runs reports nothing.
///
/// # Examples
/// ```
/// # use std::time::Duration;
/// # use sealjar::{Key, KeyRing, Suite, Timestamp};
/// # use sealjar_source::Follower;
/// # let ring = KeyRing::from(Key::generate(Suite::Xaes256Gcm)?);
/// # let readiness = Follower::new("the example", ring, Duration::ZERO).readiness();
/// // For a health check: 200 if it is ready, otherwise 503 with the reason.
/// let (status, body) = match readiness.check() {
///     Ok(()) => (200, "ready".to_owned()),
///     Err(reason) => (503, format!("{reason}; hint: {}", reason.hint())),
/// };
/// assert_eq!((status, body.as_str()), (200, "ready"));
/// // For the operator: what is wrong with the source, and since when a rotation is overdue.
/// assert!(readiness.failure().is_none());
/// assert!(readiness.concern().is_none());
/// let overdue = readiness.overdue_at(Timestamp::now()?);
/// # _ = overdue;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Readiness {
    ring: LiveRing,
    looked: Arc<Mutex<Looked>>,
}

/// The result of the last look.
#[derive(Debug, Default)]
struct Looked {
    at: Option<Timestamp>,
    failure: Option<SourceFailure>,
    concern: Option<Concern>,
}

impl Readiness {
    pub(crate) fn new(ring: LiveRing) -> Self {
        Self {
            ring,
            looked: Arc::default(),
        }
    }

    /// Checks at the present time.
    ///
    /// # Errors
    /// [`NotReady`] with the reason.
    pub fn check(&self) -> Result<(), NotReady> {
        self.check_at(Timestamp::now()?)
    }

    /// Checks at a given time.
    ///
    /// # Errors
    /// [`NotReady`] with the reason, except [`NotReady::Clock`].
    pub fn check_at(&self, now: Timestamp) -> Result<(), NotReady> {
        match self.ring.load().sealing_key(now) {
            Some(key) if key.is_usable() => Ok(()),
            Some(key) => Err(NotReady::UnknownSuite(key.id())),
            None => Err(NotReady::NoSealingKey),
        }
    }

    /// Returns why the source gives no usable ring, `None` while it does.
    #[must_use]
    pub fn failure(&self) -> Option<SourceFailure> {
        self.looked().failure.clone()
    }

    /// Returns a problem of a source that still gives a ring. The replica is ready.
    #[must_use]
    pub fn concern(&self) -> Option<Concern> {
        self.looked().concern
    }

    /// Returns when the last look at the source ended, whatever its result. `None` before the first
    /// look after the start, and if the clock showed a time that no token can hold.
    ///
    /// If this is much longer ago than the poll interval, the watcher no longer runs: it was
    /// dropped, or it panicked. A look takes 30 seconds at most.
    #[must_use]
    pub fn last_look(&self) -> Option<Timestamp> {
        self.looked().at
    }

    /// Returns the last second by which the ring should have been rotated, if that has passed at
    /// `now`.
    #[must_use]
    pub fn overdue_at(&self, now: Timestamp) -> Option<Timestamp> {
        let expected_by = self.ring.load().rotation_expected_by()?;
        (now > expected_by).then_some(expected_by)
    }

    pub(crate) const fn ring(&self) -> &LiveRing {
        &self.ring
    }

    pub(crate) fn set_looked(&self, at: Option<Timestamp>, failure: Option<SourceFailure>) {
        let mut looked = self.looked();
        looked.at = at;
        looked.failure = failure;
    }

    pub(crate) fn set_concern(&self, concern: Option<Concern>) {
        self.looked().concern = concern;
    }

    fn looked(&self) -> MutexGuard<'_, Looked> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The failure of a source that gives no usable ring.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SourceFailure {
    /// When the current run of failures began, `None` if the clock then showed a time that no token
    /// can hold.
    pub since: Option<Timestamp>,
    /// Why the last one failed.
    pub error: Arc<SourceError>,
}

/// A problem of a source that still gives a ring.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Concern {
    /// The file that is read no longer has a name, because another one replaced it where it is
    /// mounted from. A mount of a single file, such as Docker's `-v FILE:FILE` or `subPath` in
    /// Kubernetes, keeps the old file.
    CutOff,
    /// One of the keepers does not answer, and another does. The ring is current. The one that does
    /// not answer may take this replica for lost, and rotate without waiting for it.
    KeeperSilent,
    /// Every user of the machine can replace the file: its directory is writable for all, without
    /// the sticky bit, which would let only owners remove and rename their files. Files in
    /// `/run/secrets` are not checked.
    Replaceable,
}

impl Concern {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(self) -> &'static str {
        match self {
            Self::CutOff => {
                "mount the directory that holds the ring, not the file, and start this replica again"
            }
            Self::KeeperSilent => {
                "see whether that keeper runs with --serve, and whether this replica can reach it"
            }
            Self::Replaceable => {
                "give the ring a directory of its own that only the keeper writes to (`chmod 0755` it)"
            }
        }
    }
}

impl fmt::Display for Concern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CutOff => {
                "the ring's file was replaced where it is mounted from: rotations and revocations do not \
                 arrive"
            }
            Self::KeeperSilent => "one of the keepers does not answer",
            Self::Replaceable => {
                "every user can replace the ring's file: its directory is open to all for writing, without the \
                 sticky bit"
            }
        })
    }
}

/// Why a replica may not serve.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum NotReady {
    /// The clock shows a time that no token can hold.
    Clock(ClockError),
    /// No key of the ring seals now.
    NoSealingKey,
    /// The key to seal with has a suite that this build does not know.
    UnknownSuite(KeyId),
}

impl NotReady {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Clock(_) => "set the clock of this machine",
            Self::NoSealingKey => {
                "check the clock of this machine, then the times of the ring's keys: one must seal now"
            }
            Self::UnknownSuite(_) => "upgrade this application before the ring",
        }
    }
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clock(_) => f.write_str("the clock shows a time that no token can hold"),
            Self::NoSealingKey => f.write_str("the ring has no key to seal with now"),
            Self::UnknownSuite(id) => {
                write!(f, "the key to seal with now, {id}, is of an unknown suite")
            }
        }
    }
}

sealjar::__debug_as_report!(NotReady, hint);

impl std::error::Error for NotReady {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Clock(error) => Some(error),
            Self::NoSealingKey | Self::UnknownSuite(_) => None,
        }
    }
}

impl From<ClockError> for NotReady {
    fn from(error: ClockError) -> Self {
        Self::Clock(error)
    }
}
