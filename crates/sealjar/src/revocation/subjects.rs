//! Which people are revoked in one application?
//!
//! Entries of one application stand together, so that a request looks at no other, and a ring that
//! has been replaced is freed in a few steps.

use crate::clock::Timestamp;

/// The people whose sessions born before a time are refused in one application, at least one.
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

    /// Drops entries by their time. What drops one time drops all earlier ones.
    pub(crate) fn prune(&mut self, is_needed: impl Fn(Timestamp) -> bool) {
        self.entries.retain(|entry| is_needed(entry.born_before));
    }

    /// Pulls back the times that lie after `latest`.
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

    /// Returns where the entry with this hash stands, `None` when there is none.
    pub(crate) fn position(&self, hash: [u8; 8]) -> Option<usize> {
        self.search(hash).ok()
    }

    fn search(&self, hash: [u8; 8]) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&hash, |entry| entry.hash)
    }
}
