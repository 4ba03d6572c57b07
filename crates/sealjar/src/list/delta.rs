//! What has changed from one list to a later one.

use std::fmt;

use super::RevocationList;
use super::error::ListError;
use super::records::{Records, Times};

/// The records that have changed since an older [`RevocationList`], and when records are over.
///
/// [`RevocationList::updated`] applies it, to the list it was made for or to any list between that
/// one and the newest. The result is checked against the hash that the keeper has signed.
#[derive(Clone, Eq, PartialEq)]
pub struct ListDelta {
    /// The number of the oldest list that it may be applied to.
    pub(super) since: u64,
    /// Number, dates and pepper of the newer list, and those of its records that have changed.
    pub(super) changed: RevocationList,
}

impl ListDelta {
    /// Returns what leads from `older` to `newer`, for a keeper. `None` if nothing does: it is not
    /// newer, has another pepper, or lacks something that is not over, as after a restore.
    #[must_use]
    pub fn between(older: &RevocationList, newer: &RevocationList) -> Option<Self> {
        let delta = Self {
            since: older.seq,
            changed: RevocationList::of_records(
                newer.seq,
                newer.forgotten_before,
                newer.pepper_id,
                newer.sessions.since(&older.sessions),
                newer.subjects.since(&older.subjects),
            ),
        };
        let reached = delta.applied_to(older).ok()?;
        (reached == *newer).then_some(delta)
    }

    /// Returns both changes as one, for a keeper. `None` if `later` does not begin where this one
    /// ends.
    #[must_use]
    pub fn then(&self, later: &Self) -> Option<Self> {
        if later.since != self.seq() {
            return None;
        }
        let changed = later.applied_to(&self.changed).ok()?;
        Some(Self {
            since: self.since,
            changed,
        })
    }

    /// Returns the number of the oldest list that it may be applied to.
    #[must_use]
    pub const fn since(&self) -> u64 {
        self.since
    }

    /// Returns the number of the list that it leads to.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.changed.seq
    }

    /// Returns the number of records in it, sessions and subjects together.
    #[must_use]
    pub fn records(&self) -> usize {
        self.changed.sessions.len() + self.changed.subjects.len()
    }

    pub(super) fn applied_to(&self, list: &RevocationList) -> Result<RevocationList, ListError> {
        let changed = &self.changed;
        let is_continued = (self.since..changed.seq).contains(&list.seq)
            && changed.forgotten_before >= list.forgotten_before;
        if !is_continued {
            return Err(ListError::OtherBase {
                since: self.since,
                seq: changed.seq,
                found: list.seq,
            });
        }
        if changed.pepper_id != list.pepper_id {
            return Err(ListError::OtherPepper);
        }
        let forgotten_before = changed.forgotten_before;
        let sessions = list.sessions.kept(forgotten_before);
        let sessions = within_limit(sessions.joined(changed.sessions.iter()))?;
        let subjects = list.subjects.kept(forgotten_before);
        let subjects = within_limit(subjects.joined(changed.subjects.iter()))?;
        Ok(RevocationList::of_records(
            changed.seq,
            forgotten_before,
            changed.pepper_id,
            sessions,
            subjects,
        ))
    }
}

fn within_limit<T: Times>(records: Records<T>) -> Result<Records<T>, ListError> {
    let found = records.len();
    if found > T::LIMIT {
        return Err(ListError::TooMany {
            kind: T::KIND,
            found,
            limit: T::LIMIT,
        });
    }
    Ok(records)
}

impl fmt::Debug for ListDelta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListDelta")
            .field("since", &self.since)
            .field("changed", &self.changed)
            .finish()
    }
}
