//! The bytes of a list.
//!
//! ```text
//! list    = "sealjar-list-1" ‖ fields
//! delta   = "sealjar-delta-1" ‖ u64(since) ‖ fields
//! fields  = u64(seq) ‖ u32(forgotten before) ‖ pepper id(8)
//!           ‖ u32(n) ‖ n sessions ‖ u32(m) ‖ m subjects
//! session = id(8) ‖ u32(until)
//! subject = hash(8) ‖ u32(born before) ‖ u32(until)
//! ```
//!
//! Any bytes have at most one reading, and what is read is written as the same bytes.

use super::RevocationList;
use super::delta::ListDelta;
use super::error::ListError;
use super::records::{Records, SessionTimes, SubjectTimes, Times};
use crate::clock::Timestamp;

impl RevocationList {
    /// Reads a list.
    ///
    /// # Errors
    /// [`ListError::NotAList`], [`ListError::Ahead`] for a number that no clock gives,
    /// [`ListError::TooMany`], [`ListError::Length`], [`ListError::Unsorted`],
    /// [`ListError::Forgotten`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ListError> {
        let fields = bytes.strip_prefix(LIST).ok_or(ListError::NotAList)?;
        Reader::new(bytes, fields).list()
    }

    /// Writes the list.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LIST.len() + self.fields_len());
        bytes.extend_from_slice(LIST);
        self.write(&mut bytes);
        bytes
    }

    fn fields_len(&self) -> usize {
        FIELDS + self.sessions.written_len() + self.subjects.written_len()
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.seq.to_be_bytes());
        bytes.extend_from_slice(&self.forgotten_before.stored().to_be_bytes());
        bytes.extend_from_slice(&self.pepper_id);
        self.sessions.write(bytes);
        self.subjects.write(bytes);
    }
}

impl ListDelta {
    /// Reads a delta.
    ///
    /// # Errors
    /// Those of [`RevocationList::from_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ListError> {
        let fields = bytes.strip_prefix(DELTA).ok_or(ListError::NotAList)?;
        let mut reader = Reader::new(bytes, fields);
        let since = u64::from_be_bytes(reader.array()?);
        Ok(Self {
            since,
            changed: reader.list()?,
        })
    }

    /// Writes the delta.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(DELTA.len() + 8 + self.changed.fields_len());
        bytes.extend_from_slice(DELTA);
        bytes.extend_from_slice(&self.since.to_be_bytes());
        self.changed.write(&mut bytes);
        bytes
    }
}

impl<T: Times> Records<T> {
    const fn written_len(&self) -> usize {
        self.len() * T::LEN
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        let count =
            u32::try_from(self.len()).expect("a list has at most 131 072 records of a kind");
        bytes.extend_from_slice(&count.to_be_bytes());
        for (id, times) in self.iter() {
            bytes.extend_from_slice(&id.to_be_bytes());
            times.write(bytes);
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    /// The length of everything, for errors.
    found: usize,
}

impl<'a> Reader<'a> {
    const fn new(bytes: &[u8], rest: &'a [u8]) -> Self {
        let found = bytes.len();
        Self { rest, found }
    }

    /// Reads the fields, and nothing may be behind them.
    fn list(mut self) -> Result<RevocationList, ListError> {
        let seq = u64::from_be_bytes(self.array()?);
        let latest = RevocationList::MAX_SEQ;
        if seq > latest {
            return Err(ListError::Ahead { seq, latest });
        }
        let forgotten_before = Timestamp::from_stored(u32::from_be_bytes(self.array()?));
        let pepper_id = self.array()?;
        let sessions: Records<SessionTimes> = self.records(forgotten_before)?;
        let subjects: Records<SubjectTimes> = self.records(forgotten_before)?;
        if !self.rest.is_empty() {
            return Err(ListError::Length {
                expected: self.found - self.rest.len(),
                found: self.found,
            });
        }
        Ok(RevocationList::of_records(
            seq,
            forgotten_before,
            pepper_id,
            sessions,
            subjects,
        ))
    }

    fn records<T: Times>(&mut self, forgotten_before: Timestamp) -> Result<Records<T>, ListError> {
        let count = u32::from_be_bytes(self.array()?);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count > T::LIMIT {
            return Err(ListError::TooMany {
                kind: T::KIND,
                found: count,
                limit: T::LIMIT,
            });
        }
        let bytes = self.bytes(count * T::LEN)?;
        let mut records = Records::with_capacity(count);
        for (at, record) in bytes.chunks_exact(T::LEN).enumerate() {
            let (id, times) = record
                .split_first_chunk()
                .and_then(|(id, times)| Some((u64::from_be_bytes(*id), T::read(times)?)))
                .expect("a record has the length of its kind");
            if records.last().is_some_and(|last| last >= id) {
                return Err(ListError::Unsorted { kind: T::KIND, at });
            }
            if times.until() < forgotten_before {
                return Err(ListError::Forgotten { kind: T::KIND, at });
            }
            records.push(id, times);
        }
        Ok(records)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ListError> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(N)?);
        Ok(array)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], ListError> {
        let (bytes, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(ListError::Length {
                expected: self.found - self.rest.len() + length,
                found: self.found,
            })?;
        self.rest = rest;
        Ok(bytes)
    }
}

const LIST: &[u8] = b"sealjar-list-1";
const DELTA: &[u8] = b"sealjar-delta-1";
/// The length of the fields of a list without records.
const FIELDS: usize = 8 + 4 + 8 + 4 + 4;
pub(super) const MAX_LEN: usize = LIST.len()
    + FIELDS
    + SessionTimes::LIMIT * SessionTimes::LEN
    + SubjectTimes::LIMIT * SubjectTimes::LEN;
