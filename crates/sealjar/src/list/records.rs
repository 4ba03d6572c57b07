//! The records of one kind, sorted by their ids.

use std::fmt;

use crate::clock::Timestamp;
use crate::list::RevocationList;

/// One record of a [`RevocationList`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ListRecord {
    /// A session that is refused.
    Session {
        /// The id of the session.
        id: [u8; 8],
        /// The last second in which a replica may need the record.
        until: Timestamp,
    },
    /// A person whose older sessions are refused.
    Subject {
        /// The hash of application and subject, as
        /// [`Revocations::subject_hash`](crate::Revocations::subject_hash) makes it.
        hash: [u8; 8],
        /// Sessions that were born before this time are refused.
        born_before: Timestamp,
        /// The last second in which a replica may need the record.
        until: Timestamp,
    },
}

/// What an application wants to have refused. A keeper makes a record of a
/// [`RevocationList`] of it, and decides until when that is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Revocation {
    /// One session.
    Session {
        /// Its id.
        id: [u8; 8],
        /// When it was born, if that is known. Then the record is kept no longer than needed.
        born: Option<Timestamp>,
    },
    /// What a person had in one application.
    Subject {
        /// The hash of application and person, as
        /// [`Revocations::subject_hash`](crate::Revocations::subject_hash) makes it.
        hash: [u8; 8],
        /// Sessions that were born before this time are refused.
        born_before: Timestamp,
    },
}

/// Which of the two kinds of records an error is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RecordKind {
    /// Records of sessions.
    Sessions,
    /// Records of subjects.
    Subjects,
}

impl RecordKind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Subjects => "subjects",
        }
    }
}

/// The times of a record. Of two records with one id the later counts, each time for itself.
pub(super) trait Times: Copy + Eq {
    const KIND: RecordKind;
    /// The greatest number of records of this kind.
    const LIMIT: usize;
    /// The length of a record in bytes, with the 8 bytes of its id.
    const LEN: usize;

    fn until(self) -> Timestamp;
    fn later_of(self, other: Self) -> Self;
    fn kept_until(self, until: Timestamp) -> Self;
    fn record(self, id: u64) -> ListRecord;
    /// Reads the bytes behind the id.
    fn read(bytes: &[u8]) -> Option<Self>;
    fn write(self, out: &mut Vec<u8>);
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct SessionTimes {
    pub(super) until: Timestamp,
}

impl Times for SessionTimes {
    const KIND: RecordKind = RecordKind::Sessions;
    const LIMIT: usize = RevocationList::MAX_SESSIONS;
    const LEN: usize = 12;

    fn until(self) -> Timestamp {
        self.until
    }

    fn later_of(self, other: Self) -> Self {
        let until = self.until.max(other.until);
        Self { until }
    }

    fn kept_until(self, until: Timestamp) -> Self {
        Self { until }
    }

    fn record(self, id: u64) -> ListRecord {
        ListRecord::Session {
            id: id.to_be_bytes(),
            until: self.until,
        }
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let until = time(bytes.first_chunk()?);
        Some(Self { until })
    }

    fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.until.stored().to_be_bytes());
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct SubjectTimes {
    pub(super) born_before: Timestamp,
    pub(super) until: Timestamp,
}

impl Times for SubjectTimes {
    const KIND: RecordKind = RecordKind::Subjects;
    const LIMIT: usize = RevocationList::MAX_SUBJECTS;
    const LEN: usize = 16;

    fn until(self) -> Timestamp {
        self.until
    }

    fn later_of(self, other: Self) -> Self {
        Self {
            born_before: self.born_before.max(other.born_before),
            until: self.until.max(other.until),
        }
    }

    fn kept_until(self, until: Timestamp) -> Self {
        Self { until, ..self }
    }

    fn record(self, id: u64) -> ListRecord {
        ListRecord::Subject {
            hash: id.to_be_bytes(),
            born_before: self.born_before,
            until: self.until,
        }
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (born_before, rest) = bytes.split_first_chunk()?;
        Some(Self {
            born_before: time(born_before),
            until: time(rest.first_chunk()?),
        })
    }

    fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.born_before.stored().to_be_bytes());
        out.extend_from_slice(&self.until.stored().to_be_bytes());
    }
}

fn time(bytes: &[u8; 4]) -> Timestamp {
    Timestamp::from_stored(u32::from_be_bytes(*bytes))
}

/// Records of one kind. Ids are apart from times, so that a search reads ids alone: 131 072 of them
/// fill 1 MiB.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Records<T> {
    /// Sorted, none twice. The order of the numbers is that of their big-endian bytes.
    ids: Vec<u64>,
    /// The times of the record at the same position.
    times: Vec<T>,
}

impl<T: Times> Records<T> {
    pub(super) const fn new() -> Self {
        Self {
            ids: Vec::new(),
            times: Vec::new(),
        }
    }

    pub(super) fn with_capacity(records: usize) -> Self {
        Self {
            ids: Vec::with_capacity(records),
            times: Vec::with_capacity(records),
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn times(&self) -> &[T] {
        &self.times
    }

    pub(super) fn get(&self, id: [u8; 8]) -> Option<T> {
        let at = self.ids.binary_search(&u64::from_be_bytes(id)).ok()?;
        Some(self.times[at])
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, T)> {
        self.ids.iter().copied().zip(self.times.iter().copied())
    }

    pub(super) fn records(&self) -> impl Iterator<Item = ListRecord> {
        self.iter().map(|(id, times)| times.record(id))
    }

    /// Returns the greatest id.
    pub(super) fn last(&self) -> Option<u64> {
        self.ids.last().copied()
    }

    /// Adds a record behind all others: its id must be greater than theirs.
    pub(super) fn push(&mut self, id: u64, times: T) {
        debug_assert!(self.last() < Some(id), "records are sorted, none twice");
        self.ids.push(id);
        self.times.push(times);
    }

    /// Returns the records that are not over: those whose time is `forgotten_before` or later.
    pub(super) fn kept(&self, forgotten_before: Timestamp) -> Self {
        let needed = |times: T| times.until() >= forgotten_before;
        let kept = self.times.iter().filter(|times| needed(**times)).count();
        let mut records = Self::with_capacity(kept);
        for (id, times) in self.iter().filter(|(_, times)| needed(*times)) {
            records.push(id, times);
        }
        records
    }

    /// Returns these records and the others, which are sorted by id.
    pub(super) fn joined(&self, others: impl IntoIterator<Item = (u64, T)>) -> Self {
        let mut others = others.into_iter().peekable();
        let mut joined = Self::with_capacity(self.len() + others.size_hint().0);
        for (id, times) in self.iter() {
            while let Some((id, times)) = others.next_if(|other| other.0 < id) {
                joined.push(id, times);
            }
            let twin = others.next_if(|other| other.0 == id);
            let times = twin.map_or(times, |(_, other)| times.later_of(other));
            joined.push(id, times);
        }
        for (id, times) in others {
            joined.push(id, times);
        }
        joined.ids.shrink_to_fit();
        joined.times.shrink_to_fit();
        joined
    }

    /// Returns the records that `older` does not have with the same times.
    pub(super) fn since(&self, older: &Self) -> Self {
        let mut known = older.iter().peekable();
        let mut changed = Self::new();
        for (id, times) in self.iter() {
            while known.next_if(|other| other.0 < id).is_some() {}
            if known.peek() != Some(&(id, times)) {
                changed.push(id, times);
            }
        }
        changed
    }

    /// Keeps each record until a time that depends on the one until which it was kept.
    pub(super) fn keep_longer(&mut self, longer: impl Fn(Timestamp) -> Timestamp) {
        for times in &mut self.times {
            *times = times.kept_until(longer(times.until()));
        }
    }
}

impl<T> fmt::Debug for Records<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("count", &self.ids.len())
            .finish_non_exhaustive()
    }
}
