//! What applications revoke, in a list of its own beside the ring.
//!
//! A ring changes a few times a week, a list up to once a second. So a list is binary, has its own
//! number, and says itself which of its records are over.

mod bytes;
mod delta;
mod draft;
mod error;
mod records;

use std::fmt;

use crate::clock::Timestamp;
use crate::ring::KeyRing;

pub use delta::ListDelta;
pub use draft::{ListDraft, Room};
pub use error::ListError;
pub use records::{ListRecord, RecordKind, Revocation};

use records::{Records, SessionTimes, SubjectTimes};

/// Sessions and people that applications have revoked, and until when each record is kept.
///
/// Replicas that follow a keeper hold one beside their [`KeyRing`], and refuse what either of the
/// two revokes. A list never changes: the keeper makes the next one with a
/// [`keeper::ListDraft`](crate::keeper::ListDraft), and a replica reads it, or applies a
/// [`ListDelta`] to the one it has.
///
/// # Examples
/// ```
/// use sealjar::keeper::{ListDraft, ListRecord, Room};
/// use sealjar::{Key, KeyRing, RevocationList, Suite, Timestamp};
///
/// let now = Timestamp::now()?;
/// let ring = KeyRing::from(Key::generate(Suite::Xaes256Gcm)?);
/// let list = RevocationList::empty(&ring);
///
/// let mut draft = ListDraft::new(&list, list.seq() + 1, now);
/// let until = now.saturating_add(604_830);
/// draft.add(&[ListRecord::Session { id: [7; 8], until }], Room::Applications)?;
/// let next = draft.build();
///
/// assert!(next.covers_session([7; 8]));
/// assert_eq!(RevocationList::from_bytes(&next.to_bytes())?, next);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct RevocationList {
    seq: u64,
    forgotten_before: Timestamp,
    pepper_id: [u8; 8],
    sessions: Records<SessionTimes>,
    subjects: Records<SubjectTimes>,
    /// The latest time before which the sessions of a subject are refused.
    newest_subject: Timestamp,
}

impl RevocationList {
    /// The greatest number of sessions.
    pub const MAX_SESSIONS: usize = 131_072;
    /// The greatest number of subjects.
    pub const MAX_SUBJECTS: usize = 32_768;
    /// The greatest length of a list in bytes.
    pub const MAX_LEN: usize = bytes::MAX_LEN;
    /// The greatest number of a list, as of an epoch.
    const MAX_SEQ: u64 = KeyRing::MAX_EPOCH;

    /// Makes the empty list that a ring begins with. Its number is 0.
    #[must_use]
    pub fn empty(ring: &KeyRing) -> Self {
        let pepper_id = ring.revocations().pepper_id();
        Self::of_records(0, Timestamp::MIN, pepper_id, Records::new(), Records::new())
    }

    fn of_records(
        seq: u64,
        forgotten_before: Timestamp,
        pepper_id: [u8; 8],
        sessions: Records<SessionTimes>,
        subjects: Records<SubjectTimes>,
    ) -> Self {
        let births = subjects.times().iter().map(|times| times.born_before);
        Self {
            seq,
            forgotten_before,
            pepper_id,
            newest_subject: births.max().unwrap_or(Timestamp::MIN),
            sessions,
            subjects,
        }
    }

    /// Returns the number of the list, which rises with every change.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Checks that the number does not lie ahead of a clock, as [`KeyRing::check_epoch`] does for
    /// epochs.
    ///
    /// # Errors
    /// [`ListError::Ahead`] for a number greater than [`KeyRing::latest_epoch`].
    pub const fn check_seq(&self, now: Timestamp) -> Result<(), ListError> {
        let (seq, latest) = (self.seq, KeyRing::latest_epoch(now));
        if seq > latest {
            return Err(ListError::Ahead { seq, latest });
        }
        Ok(())
    }

    /// Returns the time before which every record has been dropped: a record is kept until its own
    /// time has come before this one.
    #[must_use]
    pub const fn forgotten_before(&self) -> Timestamp {
        self.forgotten_before
    }

    /// Returns whether the list names subjects as this ring does: with a hash under the same
    /// pepper. If it does not, the list refuses no subject of the ring.
    ///
    /// The pepper changes when a whole ring has leaked. Every key is revoked then.
    #[must_use]
    pub fn is_of(&self, ring: &KeyRing) -> bool {
        self.pepper_id == ring.revocations().pepper_id()
    }

    /// Returns the number of sessions in the list.
    #[must_use]
    pub fn session_records(&self) -> usize {
        self.sessions.len()
    }

    /// Returns the number of subjects in the list.
    #[must_use]
    pub fn subject_records(&self) -> usize {
        self.subjects.len()
    }

    /// Returns whether the session is in the list.
    #[must_use]
    pub fn covers_session(&self, id: [u8; 8]) -> bool {
        self.sessions.get(id).is_some()
    }

    /// Returns whether the list has this hash of a subject with a time after `born`.
    /// [`Revocations::subject_hash`](crate::Revocations::subject_hash) makes the hash.
    #[must_use]
    pub fn covers_subject(&self, hash: [u8; 8], born: Timestamp) -> bool {
        // Most sessions are younger than every entry.
        born < self.newest_subject
            && self
                .subject_born_before(hash)
                .is_some_and(|listed| born < listed)
    }

    /// Returns the time listed for this hash of a subject: its sessions that were born before are
    /// refused. `None` if it is not listed.
    #[must_use]
    pub fn subject_born_before(&self, hash: [u8; 8]) -> Option<Timestamp> {
        self.subjects.get(hash).map(|times| times.born_before)
    }

    /// Returns whether the other list refuses the same, and keeps it for as long, whatever the
    /// numbers of the two.
    #[must_use]
    pub fn has_same_records(&self, other: &Self) -> bool {
        self.pepper_id == other.pepper_id
            && self.sessions == other.sessions
            && self.subjects == other.subjects
    }

    /// Returns all records, the sessions first, each kind in the order of its ids or hashes.
    pub fn records(&self) -> impl Iterator<Item = ListRecord> {
        self.sessions.records().chain(self.subjects.records())
    }

    /// Applies what has changed since this list: the records that are over are dropped, and the
    /// others added. Of two records for one session or subject the later time counts, each time for
    /// itself.
    ///
    /// # Errors
    /// [`ListError::OtherBase`] if the delta begins after this list or leads to one that is not
    /// newer; [`ListError::OtherPepper`]; [`ListError::TooMany`].
    pub fn updated(&self, delta: &ListDelta) -> Result<Self, ListError> {
        delta.applied_to(self)
    }

    /// Returns the latest time before which the sessions of a subject are refused: no session that
    /// was born then or later is refused for its subject.
    pub(crate) const fn newest_subject(&self) -> Timestamp {
        self.newest_subject
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationList")
            .field("seq", &self.seq)
            .field("forgotten_before", &self.forgotten_before)
            .field("sessions", &self.sessions.len())
            .field("subjects", &self.subjects.len())
            .finish_non_exhaustive()
    }
}
