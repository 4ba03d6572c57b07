//! What has been put out of use before its time?
//!
//! Every comparison is with `born`, never with `sealed_at`: sealing a session again must not bring
//! it back.

mod check;
mod subjects;

use std::fmt;

use zeroize::Zeroizing;

use crate::aead::{self, RandomError, SubjectHasher};
use crate::clock::Timestamp;
use crate::error::ContextError;

pub(crate) use check::SubjectCheck;
pub(crate) use subjects::{AppSubjects, SubjectEntry};

/// Lists what the ring revokes: everything before a time, people, single sessions.
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
    /// [`ContextError::TooLong`] for an app or a subject of more than 65 535 bytes: no session has one.
    pub fn revoke_subject(
        &mut self,
        app: &str,
        subject: &str,
        born_before: Timestamp,
    ) -> Result<(), ContextError> {
        for (part, length) in [("app", app.len()), ("subject", subject.len())] {
            if length > MAX_NAME {
                return Err(ContextError::TooLong { part, length });
            }
        }
        let hash = self.hasher(app).hash(subject);
        self.insert_subject(app, SubjectEntry { hash, born_before });
        Ok(())
    }

    /// Refuses one session for good. `revoked_at` says when its entry may be forgotten.
    pub fn revoke_session(&mut self, id: [u8; 8], revoked_at: Timestamp) {
        self.insert_session(SessionEntry { id, revoked_at });
    }

    /// Forgets what nothing alive can be refused by any more: entries and a floor whose time plus
    /// `horizon` and `skew` is over, and entries that the floor covers. Returns how many entries
    /// went.
    ///
    /// `skew` is how far apart any two clocks may be, in seconds.
    pub fn prune(&mut self, now: Timestamp, skew: u32) -> usize {
        let before = self.entries();
        let (horizon, floor) = (self.horizon, self.floor);
        let is_over = |time: Timestamp| time.saturating_add(horizon).saturating_add(skew) < now;
        let is_needed = |time: Timestamp| !is_over(time) && floor.is_none_or(|floor| floor < time);
        self.subjects.retain_mut(|subjects| {
            subjects.prune(is_needed);
            !subjects.entries().is_empty()
        });
        self.sessions.retain(|entry| is_needed(entry.revoked_at));
        self.floor = floor.filter(|floor| !is_over(*floor));
        before - self.entries()
    }

    /// Adds what another list refuses, so that this one refuses all of it too.
    ///
    /// Subjects that were hashed with another pepper cannot be carried over. The floor rises to the
    /// latest time of one of them instead, which refuses more than they did.
    pub fn merge(&mut self, other: &Self) {
        self.horizon = self.horizon.max(other.horizon);
        self.floor = self.floor.max(other.floor);
        for entry in &other.sessions {
            self.insert_session(*entry);
        }
        if self.pepper == other.pepper {
            for (app, entry) in other.subjects() {
                self.insert_subject(app, *entry);
            }
        } else {
            let latest = other.subjects.iter().map(AppSubjects::newest).max();
            self.floor = self.floor.max(latest);
        }
    }

    /// Returns the number of subjects listed.
    #[must_use]
    pub fn subject_entries(&self) -> usize {
        self.subjects.iter().map(|it| it.entries().len()).sum()
    }

    /// Returns the number of sessions listed.
    #[must_use]
    pub fn session_entries(&self) -> usize {
        self.sessions.len()
    }

    /// Returns the number of subjects and sessions listed.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.subject_entries() + self.session_entries()
    }

    /// Returns whether the session is listed.
    #[must_use]
    pub fn covers_session(&self, id: [u8; 8]) -> bool {
        self.sessions
            .binary_search_by_key(&id, |entry| entry.id)
            .is_ok()
    }

    /// Returns whether the subject is listed in `app` with a time after `born`.
    ///
    /// [`Opened::is_subject_revoked`](crate::Opened::is_subject_revoked) answers faster.
    #[must_use]
    pub fn covers_subject(&self, app: &str, subject: &str, born: Timestamp) -> bool {
        if app.len() > MAX_NAME || subject.len() > MAX_NAME {
            return false;
        }
        self.subjects_of(app)
            .and_then(|listed| listed.born_before(self.hasher(app).hash(subject)))
            .is_some_and(|time| born < time)
    }

    /// Returns who is listed in `app`, `None` when nobody is.
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

    /// Returns all who are listed, each with the app.
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
const MAX_NAME: usize = u16::MAX as usize;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u32) -> Timestamp {
        Timestamp::from_stored(seconds)
    }

    fn revocations() -> Revocations {
        Revocations::new(Zeroizing::new([9; 32]), 604_800)
    }

    #[test]
    fn a_subject_is_covered_up_to_the_latest_time_and_in_its_own_app_only() {
        let mut list = revocations();
        list.revoke_subject("shop", "ada", at(100)).unwrap();
        list.revoke_subject("shop", "ada", at(50)).unwrap();
        assert_eq!(list.entries(), 1);
        assert!(list.covers_subject("shop", "ada", at(99)));
        assert!(!list.covers_subject("shop", "ada", at(100)));
        assert!(!list.covers_subject("admin", "ada", at(0)));
        assert!(!list.covers_subject("shop", "bob", at(0)));
        let long = "x".repeat(65_536);
        for (app, subject) in [("shop", long.as_str()), (long.as_str(), "ada")] {
            assert!(!list.covers_subject(app, subject, at(0)));
            assert!(list.revoke_subject(app, subject, at(1)).is_err());
        }
        let newest = |app| list.subjects_of(app).map(AppSubjects::newest);
        assert_eq!((newest("shop"), newest("admin")), (Some(at(100)), None));
    }

    #[test]
    fn app_and_subject_do_not_run_into_each_other() {
        let mut list = revocations();
        list.revoke_subject("ab", "c", at(1)).unwrap();
        assert!(!list.covers_subject("a", "bc", at(0)));
    }

    #[test]
    fn a_session_is_covered_whenever_it_was_born() {
        let mut list = revocations();
        list.revoke_session([1; 8], at(5));
        list.revoke_session([0; 8], at(5));
        list.revoke_session([1; 8], at(9));
        assert_eq!(list.entries(), 2);
        assert!(list.covers_session([1; 8]));
        assert!(list.covers_session([0; 8]));
        assert!(!list.covers_session([2; 8]));
    }

    #[test]
    fn an_entry_is_forgotten_only_after_horizon_and_skew_or_under_the_floor() {
        let mut list = revocations();
        list.horizon = 100;
        list.floor = Some(at(50));
        list.revoke_subject("shop", "under the floor", at(50))
            .unwrap();
        list.revoke_subject("shop", "ada", at(60)).unwrap();
        list.revoke_session([1; 8], at(61));
        assert_eq!(list.prune(at(160), 5), 1);
        assert_eq!(list.floor, None, "50 + 100 + 5 is over");
        assert_eq!(list.prune(at(165), 5), 0);
        assert!(list.covers_subject("shop", "ada", at(59)));
        assert_eq!(list.prune(at(166), 5), 1);
        assert_eq!(list.prune(at(167), 5), 1);
        assert_eq!(list.entries(), 0);
    }

    #[test]
    fn a_merged_list_refuses_what_either_did_even_under_another_pepper() {
        let mut list = revocations();
        let mut same = revocations();
        same.revoke_subject("shop", "ada", at(70)).unwrap();
        same.floor = Some(at(3));
        list.revoke_subject("shop", "ada", at(60)).unwrap();
        list.merge(&same);
        assert!(list.covers_subject("shop", "ada", at(69)));
        assert_eq!((list.entries(), list.floor), (1, Some(at(3))));

        let mut foreign = Revocations::new(Zeroizing::new([8; 32]), 700_000);
        foreign.revoke_subject("shop", "bob", at(90)).unwrap();
        foreign.revoke_session([2; 8], at(80));
        list.merge(&foreign);
        assert!(list.covers_session([2; 8]));
        assert_eq!((list.floor, list.horizon), (Some(at(90)), 700_000));
    }

    #[test]
    fn debug_does_not_leak_the_pepper() {
        let shown = format!("{:?}", revocations());
        assert!(
            !shown.contains("9, 9") && !shown.contains("0909"),
            "{shown}"
        );
    }
}
