//! A list of revocations, as SPEC.md section 4 has it.

use std::collections::BTreeMap;

/// What a list says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Listed {
    pub seq: u64,
    pub forgotten_before: u32,
    pub pepper_id: [u8; 8],
    /// Each with its `until`.
    pub sessions: BTreeMap<[u8; 8], u32>,
    /// Each with its `born before` and `until`.
    pub subjects: BTreeMap<[u8; 8], (u32, u32)>,
}

impl Listed {
    /// Reads the bytes of a list, or of a delta, which has a number more in front of its fields.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<(Option<u64>, Self)> {
        let (since, fields) = match bytes.strip_prefix(LIST) {
            Some(fields) => (None, fields),
            None => {
                let (since, fields) = bytes.strip_prefix(DELTA)?.split_first_chunk()?;
                (Some(u64::from_be_bytes(*since)), fields)
            }
        };
        let mut at = 0;
        let mut next = |length: usize| {
            at += length;
            fields.get(at - length..at)
        };
        let mut listed = Self {
            seq: u64::from_be_bytes(next(8)?.try_into().ok()?),
            forgotten_before: number(next(4)?)?,
            pepper_id: next(8)?.try_into().ok()?,
            ..Self::default()
        };
        for _ in 0..number(next(4)?)? {
            let id = next(8)?.try_into().ok()?;
            listed.sessions.insert(id, number(next(4)?)?);
        }
        for _ in 0..number(next(4)?)? {
            let hash = next(8)?.try_into().ok()?;
            let times = (number(next(4)?)?, number(next(4)?)?);
            listed.subjects.insert(hash, times);
        }
        // What is not sorted, twice or behind the last record is written in other bytes.
        (listed.write(since) == bytes && listed.is_allowed()).then_some((since, listed))
    }

    fn is_allowed(&self) -> bool {
        let mut sessions = self.sessions.values();
        let mut subjects = self.subjects.values();
        self.seq <= (1 << 32) - 1 + 86_400
            && self.sessions.len() <= 131_072
            && self.subjects.len() <= 32_768
            && sessions.all(|until| *until >= self.forgotten_before)
            && subjects.all(|times| times.1 >= self.forgotten_before)
    }

    /// Writes a list, or a delta since a number.
    #[must_use]
    pub fn write(&self, since: Option<u64>) -> Vec<u8> {
        let mut bytes = match since {
            None => LIST.to_vec(),
            Some(since) => [DELTA, &since.to_be_bytes()].concat(),
        };
        bytes.extend(self.seq.to_be_bytes());
        bytes.extend(self.forgotten_before.to_be_bytes());
        bytes.extend(self.pepper_id);
        bytes.extend(count(self.sessions.len()));
        for (id, until) in &self.sessions {
            bytes.extend(id);
            bytes.extend(until.to_be_bytes());
        }
        bytes.extend(count(self.subjects.len()));
        for (hash, (born_before, until)) in &self.subjects {
            bytes.extend(hash);
            bytes.extend(born_before.to_be_bytes());
            bytes.extend(until.to_be_bytes());
        }
        bytes
    }

    /// Drops what is over and adds what a commit or a delta brings. Of two records the later time
    /// counts, each time for itself.
    pub fn add(&mut self, added: &Self) {
        self.seq = added.seq;
        self.forgotten_before = self.forgotten_before.max(added.forgotten_before);
        let now = self.forgotten_before;
        self.sessions.retain(|_, until| *until >= now);
        self.subjects.retain(|_, times| times.1 >= now);
        for (id, until) in added.sessions.iter().filter(|it| *it.1 >= now) {
            let listed = self.sessions.entry(*id).or_default();
            *listed = (*listed).max(*until);
        }
        for (hash, times) in added.subjects.iter().filter(|it| it.1.1 >= now) {
            let listed = self.subjects.entry(*hash).or_default();
            *listed = (listed.0.max(times.0), listed.1.max(times.1));
        }
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

fn count(records: usize) -> [u8; 4] {
    u32::try_from(records).unwrap_or(u32::MAX).to_be_bytes()
}

const LIST: &[u8] = b"sealjar-list-1";
const DELTA: &[u8] = b"sealjar-delta-1";
