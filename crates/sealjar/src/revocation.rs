//! What is revoked before it expires.
//!
//! Every comparison uses `born`, never `sealed_at`: sealing a session again must not bring it back.

mod edit;
mod memo;
mod subjects;

use std::fmt;

use zeroize::Zeroizing;

use crate::aead::{self, RandomError, SubjectHasher};
use crate::clock::Timestamp;
use crate::error::ContextError;

pub use edit::{merge, prune, pull_back};
pub(crate) use memo::SubjectMemo;
pub(crate) use subjects::{AppSubjects, SubjectEntry};

/// What the ring revokes: everything before a time, people, single sessions.
///
/// # Examples
/// ```
/// use sealjar::{Revocations, Timestamp};
///
/// let now = Timestamp::now()?;
/// let mut list = Revocations::generate(604_800)?;
/// list.revoke_subject("shop-prod", "ada", now)?;
///
/// // What she had before is refused, and what she begins now is not.
/// assert!(list.covers_subject("shop-prod", "ada", now.saturating_sub(1)));
/// assert!(!list.covers_subject("shop-prod", "ada", now));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Revocations {
    pepper: Zeroizing<[u8; 32]>,
    /// How long an entry is kept, in seconds. No jar's absolute lifetime may exceed it.
    pub horizon: u32,
    /// Tokens born before this time are refused.
    pub floor: Option<Timestamp>,
    /// Sorted by app.
    subjects: Vec<AppSubjects>,
    sessions: Vec<SessionEntry>,
}

/// A session that is refused, and since when.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct SessionEntry {
    pub(crate) id: [u8; 8],
    pub(crate) revoked_at: Timestamp,
}

impl Revocations {
    /// The greatest number of entries, subjects and sessions together.
    pub const MAX_ENTRIES: usize = 8192;

    /// Makes an empty list with a new pepper for subject hashes.
    ///
    /// # Errors
    /// [`RandomError`] when the operating system gives no random bytes.
    pub fn generate(horizon: u32) -> Result<Self, RandomError> {
        Ok(Self::new(Zeroizing::new(aead::random()?), horizon))
    }

    pub(crate) fn new(pepper: Zeroizing<[u8; 32]>, horizon: u32) -> Self {
        Self {
            pepper,
            horizon,
            floor: None,
            subjects: Vec::new(),
            sessions: Vec::new(),
        }
    }

    /// Refuses the subject's sessions in `app` that were born before `born_before`.
    ///
    /// There is one entry for each subject and app; the later time wins.
    ///
    /// # Errors
    /// [`ContextError::TooLong`] for an app or a subject of more than 65 535 bytes: no session has
    /// one.
    pub fn revoke_subject(
        &mut self,
        app: &str,
        subject: &str,
        born_before: Timestamp,
    ) -> Result<(), ContextError> {
        let hash = self.subject_hash(app, subject)?;
        self.insert_subject(app, SubjectEntry { hash, born_before });
        Ok(())
    }

    /// Refuses one session for good. `revoked_at` determines when its entry may be forgotten.
    pub fn revoke_session(&mut self, id: [u8; 8], revoked_at: Timestamp) {
        self.insert_session(SessionEntry { id, revoked_at });
    }

    /// Returns the applications that have an entry for a subject, in order.
    pub fn apps(&self) -> impl Iterator<Item = &str> {
        self.subjects.iter().map(AppSubjects::app)
    }

    /// Returns the number of subjects in the list.
    #[must_use]
    pub fn subject_entries(&self) -> usize {
        self.subjects.iter().map(|it| it.entries().len()).sum()
    }

    /// Returns the number of sessions in the list.
    #[must_use]
    pub fn session_entries(&self) -> usize {
        self.sessions.len()
    }

    /// Returns the number of subjects and sessions in the list.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.subject_entries() + self.session_entries()
    }

    /// Returns whether the session is in the list.
    #[must_use]
    pub fn covers_session(&self, id: [u8; 8]) -> bool {
        self.sessions
            .binary_search_by_key(&id, |entry| entry.id)
            .is_ok()
    }

    /// Returns whether the list has the subject in `app` with a time after `born`.
    ///
    /// [`Opened::is_subject_revoked`](crate::Opened::is_subject_revoked) answers faster.
    #[must_use]
    pub fn covers_subject(&self, app: &str, subject: &str, born: Timestamp) -> bool {
        self.subject_born_before(app, subject)
            .is_some_and(|listed| born < listed)
    }

    /// Returns the time listed for the subject in `app`: its sessions that were born before are
    /// refused. `None` if it is not listed.
    #[must_use]
    pub fn subject_born_before(&self, app: &str, subject: &str) -> Option<Timestamp> {
        if app.len() > MAX_NAME || subject.len() > MAX_NAME {
            return None;
        }
        let listed = self.subjects_of(app)?;
        let at = listed.position(self.hasher(app).hash(subject))?;
        Some(listed.entries()[at].born_before)
    }

    /// Returns the hash that stands for the subject in `app`, here and in a
    /// [`RevocationList`](crate::RevocationList). Without the pepper, nobody can find out whose it
    /// is.
    ///
    /// # Errors
    /// [`ContextError::TooLong`] for an app or a subject of more than 65 535 bytes: no session has
    /// one.
    pub fn subject_hash(&self, app: &str, subject: &str) -> Result<[u8; 8], ContextError> {
        for (part, length) in [("app", app.len()), ("subject", subject.len())] {
            if length > MAX_NAME {
                return Err(ContextError::TooLong { part, length });
            }
        }
        Ok(self.hasher(app).hash(subject))
    }

    /// Returns 8 bytes that tell this list's pepper from others.
    pub(crate) fn pepper_id(&self) -> [u8; 8] {
        aead::pepper_id(&self.pepper)
    }

    /// Returns the subjects listed in `app`, `None` if there are none.
    pub(crate) fn subjects_of(&self, app: &str) -> Option<&AppSubjects> {
        let at = self.app_position(app).ok()?;
        Some(&self.subjects[at])
    }

    fn hasher(&self, app: &str) -> SubjectHasher {
        SubjectHasher::new(&self.pepper, app)
    }

    pub(crate) fn insert_subject(&mut self, app: &str, entry: SubjectEntry) {
        match self.app_position(app) {
            Ok(at) => self.subjects[at].insert(entry),
            Err(at) => self.subjects.insert(at, AppSubjects::new(app, entry)),
        }
    }

    pub(crate) fn insert_session(&mut self, entry: SessionEntry) {
        match self
            .sessions
            .binary_search_by_key(&entry.id, |listed| listed.id)
        {
            Ok(at) => {
                let listed = &mut self.sessions[at].revoked_at;
                *listed = entry.revoked_at.max(*listed);
            }
            Err(at) => self.sessions.insert(at, entry),
        }
    }

    pub(crate) fn pepper(&self) -> &[u8; 32] {
        &self.pepper
    }

    /// Returns all listed subjects, each with its app.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = (&str, &SubjectEntry)> {
        self.subjects.iter().flat_map(|subjects| {
            let entries = subjects.entries().iter();
            entries.map(|entry| (subjects.app(), entry))
        })
    }

    pub(crate) fn sessions(&self) -> &[SessionEntry] {
        &self.sessions
    }

    pub(crate) fn same_content(&self, other: &Self) -> bool {
        self.pepper == other.pepper
            && self.horizon == other.horizon
            && self.floor == other.floor
            && self.subjects == other.subjects
            && self.sessions == other.sessions
    }

    fn app_position(&self, app: &str) -> Result<usize, usize> {
        self.subjects.binary_search_by(|it| it.app().cmp(app))
    }
}

impl fmt::Debug for Revocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocations")
            .field("horizon", &self.horizon)
            .field("floor", &self.floor)
            .field("subjects", &self.subject_entries())
            .field("sessions", &self.sessions.len())
            .finish_non_exhaustive()
    }
}

/// The greatest length of an app or a subject in bytes: lengths are hashed as 16 bits.
pub(crate) const MAX_NAME: usize = u16::MAX as usize;

#[cfg(test)]
mod tests;
