//! Which people are revoked in one application?
//!
//! Entries of one application are kept together, so that a request reads no others, and a ring that
//! was replaced is freed in a few steps.

use crate::clock::Timestamp;

/// The subjects of one application whose sessions born before a time are refused; at least one.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct AppSubjects {
    app: Box<str>,
    newest: Timestamp,
    /// Sorted by hash.
    entries: Vec<SubjectEntry>,
}

/// A person whose sessions born before a time are refused.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct SubjectEntry {
    pub(crate) hash: [u8; 8],
    pub(crate) born_before: Timestamp,
}

impl AppSubjects {
    pub(crate) fn new(app: &str, first: SubjectEntry) -> Self {
        Self {
            app: app.into(),
            newest: first.born_before,
            entries: vec![first],
        }
    }

    /// Adds an entry. The later time of two for one person counts.
    pub(crate) fn insert(&mut self, entry: SubjectEntry) {
        self.newest = self.newest.max(entry.born_before);
        match self.search(entry.hash) {
            Ok(at) => {
                let listed = &mut self.entries[at].born_before;
                *listed = entry.born_before.max(*listed);
            }
            Err(at) => self.entries.insert(at, entry),
        }
    }

    /// Drops entries by their time. `is_needed` must be false for all times before one that it
    /// drops.
    pub(crate) fn prune(&mut self, is_needed: impl Fn(Timestamp) -> bool) {
        self.entries.retain(|entry| is_needed(entry.born_before));
    }

    /// Lowers the times that are after `latest`.
    pub(crate) fn pull_back(&mut self, latest: Timestamp) {
        self.newest = self.newest.min(latest);
        for entry in &mut self.entries {
            entry.born_before = entry.born_before.min(latest);
        }
    }

    pub(crate) fn app(&self) -> &str {
        &self.app
    }

    /// Returns the latest time of all entries.
    pub(crate) const fn newest(&self) -> Timestamp {
        self.newest
    }

    pub(crate) fn entries(&self) -> &[SubjectEntry] {
        &self.entries
    }

    /// Returns whether the person with this hash is listed with a time after `born`.
    pub(crate) fn covers(&self, hash: [u8; 8], born: Timestamp) -> bool {
        self.position(hash)
            .is_some_and(|at| born < self.entries[at].born_before)
    }

    /// Returns the position of the entry with this hash, `None` if there is none.
    pub(crate) fn position(&self, hash: [u8; 8]) -> Option<usize> {
        self.search(hash).ok()
    }

    fn search(&self, hash: [u8; 8]) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&hash, |entry| entry.hash)
    }
}
