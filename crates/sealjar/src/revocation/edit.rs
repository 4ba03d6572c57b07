//! Edits a whole list of revocations, for keepers.

use super::Revocations;
use super::subjects::AppSubjects;
use crate::clock::Timestamp;

/// Drops entries that can no longer refuse anything alive: entries and a floor whose time plus
/// `horizon` and `skew` has passed, and entries that the floor covers. Returns how many entries
/// were dropped.
///
/// `skew` is the greatest difference between any two clocks, in seconds.
pub fn prune(list: &mut Revocations, now: Timestamp, skew: u32) -> usize {
    let before = list.entries();
    let (horizon, floor) = (list.horizon, list.floor);
    let is_over = |time: Timestamp| time.saturating_add(horizon).saturating_add(skew) < now;
    let is_needed = |time: Timestamp| !is_over(time) && floor.is_none_or(|floor| floor < time);
    list.subjects.retain_mut(|subjects| {
        subjects.prune(is_needed);
        !subjects.entries().is_empty()
    });
    list.sessions.retain(|entry| is_needed(entry.revoked_at));
    list.floor = floor.filter(|floor| !is_over(*floor));
    before - list.entries()
}

/// Lowers every time that is after `latest` to `latest`: a wrong clock or an attacker wrote it.
/// Everything born until `latest` is still refused. Returns whether there was one.
pub fn pull_back(list: &mut Revocations, latest: Timestamp) -> bool {
    let is_ahead = |time: &Timestamp| *time > latest;
    let mut pulled = list.floor.as_ref().is_some_and(is_ahead);
    list.floor = list.floor.map(|floor| floor.min(latest));
    for subjects in &mut list.subjects {
        pulled |= is_ahead(&subjects.newest());
        subjects.pull_back(latest);
    }
    for entry in &mut list.sessions {
        pulled |= is_ahead(&entry.revoked_at);
        entry.revoked_at = entry.revoked_at.min(latest);
    }
    pulled
}

/// Adds another list's entries, so that this list refuses all that the other refuses.
///
/// Entries for subjects that were hashed with another pepper cannot be copied. Instead, the floor
/// rises to the latest time of one of them, which refuses more than they did.
pub fn merge(list: &mut Revocations, other: &Revocations) {
    list.horizon = list.horizon.max(other.horizon);
    list.floor = list.floor.max(other.floor);
    for entry in &other.sessions {
        list.insert_session(*entry);
    }
    if list.pepper == other.pepper {
        for (app, entry) in other.subjects() {
            list.insert_subject(app, *entry);
        }
    } else {
        let latest = other.subjects.iter().map(AppSubjects::newest).max();
        list.floor = list.floor.max(latest);
    }
}
