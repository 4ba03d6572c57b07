//! How a keeper makes the next list.

use std::collections::BTreeMap;

use super::RevocationList;
use super::error::ListError;
use super::records::{ListRecord, Records, SessionTimes, SubjectTimes, Times};
use crate::clock::Timestamp;
use crate::ring::KeyRing;

/// The next [`RevocationList`], as long as records are added to it.
///
/// [`RevocationList`] has an example.
#[derive(Debug)]
pub struct ListDraft {
    seq: u64,
    forgotten_before: Timestamp,
    pepper_id: [u8; 8],
    sessions: Added<SessionTimes>,
    subjects: Added<SubjectTimes>,
}

/// Whose room in a list a record may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Room {
    /// All but the last eighth, so that no application can leave none for operators.
    Applications,
    /// Everything.
    Operators,
}

impl ListDraft {
    /// Begins the list that follows on `list`. It drops the records whose time has come before
    /// `forgotten_before`, or before that of `list` if that is later.
    ///
    /// The number should be greater than that of `list`: replicas take no other.
    #[must_use]
    pub fn new(list: &RevocationList, seq: u64, forgotten_before: Timestamp) -> Self {
        let forgotten_before = forgotten_before.max(list.forgotten_before);
        Self {
            seq,
            forgotten_before,
            pepper_id: list.pepper_id,
            sessions: Added::to(list.sessions.kept(forgotten_before)),
            subjects: Added::to(list.subjects.kept(forgotten_before)),
        }
    }

    /// Adds records, or none of them. Of two for one session or subject the later time counts, each
    /// time for itself. Records that are over already are left out.
    ///
    /// # Errors
    /// [`ListError::Full`] if there is no room for all of them.
    pub fn add(&mut self, records: &[ListRecord], room: Room) -> Result<(), ListError> {
        let (mut sessions, mut subjects) = (BTreeMap::new(), BTreeMap::new());
        for record in records {
            match *record {
                ListRecord::Session { id, until } => {
                    let times = SessionTimes { until };
                    self.insert(&mut sessions, id, times);
                }
                ListRecord::Subject {
                    hash,
                    born_before,
                    until,
                } => {
                    let times = SubjectTimes { born_before, until };
                    self.insert(&mut subjects, hash, times);
                }
            }
        }
        self.sessions.check_room(&sessions, room)?;
        self.subjects.check_room(&subjects, room)?;
        self.sessions.add(sessions);
        self.subjects.add(subjects);
        Ok(())
    }

    fn insert<T: Times>(&self, records: &mut BTreeMap<u64, T>, id: [u8; 8], times: T) {
        if times.until() >= self.forgotten_before {
            insert(records, u64::from_be_bytes(id), times);
        }
    }

    /// Keeps every record for so many seconds longer, but not beyond `longest`; one that is kept
    /// beyond that already stays as it is. A keeper does this before it raises the ring's horizon
    /// by as much: what was revoked lives longer then.
    pub fn keep_longer(&mut self, seconds: u32, longest: Timestamp) {
        let longer = |until: Timestamp| until.saturating_add(seconds).min(longest).max(until);
        self.sessions.keep_longer(longer);
        self.subjects.keep_longer(longer);
    }

    /// Makes it a list of this ring. If the ring has another pepper, every subject goes: the hashes
    /// do not name them any more.
    ///
    /// The pepper changes when a whole ring has leaked. Every key is revoked then, and with them
    /// every session that the list refuses.
    pub fn follow(&mut self, ring: &KeyRing) {
        let pepper_id = ring.revocations().pepper_id();
        if self.pepper_id != pepper_id {
            self.pepper_id = pepper_id;
            self.subjects = Added::to(Records::new());
        }
    }

    /// Returns the list.
    #[must_use]
    pub fn build(self) -> RevocationList {
        RevocationList::of_records(
            self.seq,
            self.forgotten_before,
            self.pepper_id,
            self.sessions.build(),
            self.subjects.build(),
        )
    }
}

/// Records of one kind and what is added to them, apart, so that a record costs no move of others.
#[derive(Debug)]
struct Added<T> {
    kept: Records<T>,
    added: BTreeMap<u64, T>,
    /// How many of `added` are not in `kept`.
    new: usize,
}

impl<T: Times> Added<T> {
    const fn to(kept: Records<T>) -> Self {
        Self {
            kept,
            added: BTreeMap::new(),
            new: 0,
        }
    }

    fn check_room(&self, records: &BTreeMap<u64, T>, room: Room) -> Result<(), ListError> {
        let limit = match room {
            Room::Applications => T::LIMIT - T::LIMIT / 8,
            Room::Operators => T::LIMIT,
        };
        let new = records.keys().filter(|id| self.is_new(**id)).count();
        // A record that is there already takes no room, however full the list is.
        if new > 0 && self.kept.len() + self.new + new > limit {
            return Err(ListError::Full {
                kind: T::KIND,
                limit,
            });
        }
        Ok(())
    }

    fn is_new(&self, id: u64) -> bool {
        !self.added.contains_key(&id) && self.kept.get(id.to_be_bytes()).is_none()
    }

    fn add(&mut self, records: BTreeMap<u64, T>) {
        for (id, times) in records {
            self.new += usize::from(self.is_new(id));
            insert(&mut self.added, id, times);
        }
    }

    fn keep_longer(&mut self, longer: impl Fn(Timestamp) -> Timestamp) {
        self.kept.keep_longer(&longer);
        for times in self.added.values_mut() {
            *times = times.kept_until(longer(times.until()));
        }
    }

    fn build(self) -> Records<T> {
        self.kept.joined(self.added)
    }
}

fn insert<T: Times>(records: &mut BTreeMap<u64, T>, id: u64, times: T) {
    records
        .entry(id)
        .and_modify(|listed| *listed = listed.later_of(times))
        .or_insert(times);
}
