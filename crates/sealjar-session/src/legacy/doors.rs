//! The legacy cookies of a jar: which of them came, and which are expired.

use std::sync::atomic::Ordering;

use sealjar::Timestamp;

use super::door::{Door, Kind};
use crate::cookie::scan::Found;
use crate::cookie::write::{Writer, parts};
use crate::request::CookieHeaders;

/// Which legacy cookies a browser sent, or may have.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Came {
    /// Bit k: the k-th of the jar's.
    doors: u8,
    /// Of each of them, bit k: a cookie `name.k`.
    parts: [u16; Doors::MOST],
}

impl Came {
    /// Returns whether the browser has none.
    pub(crate) const fn is_nothing(self) -> bool {
        self.doors == 0
    }

    fn add(&mut self, place: usize, parts: u16) {
        self.doors |= 1 << place;
        self.parts[place] = parts;
    }
}

/// The legacy cookies that a jar opens.
#[derive(Default)]
pub(crate) struct Doors(Vec<Door>);

impl Doors {
    /// The most that one jar can have.
    pub(crate) const MOST: usize = u8::BITS as usize;

    pub(crate) const fn new(doors: Vec<Door>) -> Self {
        Self(doors)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns those that are open at a time, with their places, but for cookies of the jar's own
    /// name.
    pub(crate) fn open_at(&self, now: Timestamp) -> impl Iterator<Item = (usize, &Door)> {
        let open = move |it: &(usize, &Door)| now < it.1.until;
        let doors = self.0.iter().enumerate().filter(open);
        doors.filter(|it| !matches!(it.1.kind, Kind::Renamed))
    }

    pub(crate) fn at(&self, place: usize) -> &Door {
        &self.0[place]
    }

    /// Returns the one that sessions are written to, if it is one.
    pub(crate) fn written(&self, now: Timestamp) -> Option<&Door> {
        let mut open = self.open_at(now).map(|(_, door)| door);
        open.find(|door| door.is_written())
    }

    /// Returns which of them came with a request.
    pub(crate) fn came(&self, headers: &dyn CookieHeaders, now: Timestamp) -> Came {
        let mut came = Came::default();
        for (place, door) in self.open_at(now) {
            let found = Found::scan(headers, &door.name);
            if found.any() {
                came.add(place, found.parts);
            }
        }
        came
    }

    /// Returns all that are open.
    pub(crate) fn all(&self, now: Timestamp) -> Came {
        let mut came = Came::default();
        self.open_at(now).for_each(|(place, _)| came.add(place, 0));
        came
    }

    /// Expires those that came, but for `kept`.
    pub(crate) fn expire(&self, came: Came, kept: Option<&Door>, lines: &mut Writer<'_>) {
        for (place, door) in self.0.iter().enumerate() {
            let is_kept = kept.is_some_and(|kept| kept.name == door.name);
            if came.doors & (1 << place) == 0 || is_kept {
                continue;
            }
            lines.remove_other(&door.name, &door.attributes);
            // Only the jar's own past has parts.
            if matches!(door.kind, Kind::Sealed(_)) {
                for part in parts(came.parts[place]) {
                    lines.remove_other(&format!("{}.{part}", door.name), &door.attributes);
                }
            }
        }
    }

    /// Counts what came of a cookie, if it is one of these.
    pub(crate) fn count(&self, place: Option<usize>, opened: bool) {
        if let Some(place) = place {
            self.0[place].count(opened);
        }
    }

    /// Returns the app and the cookie of each, in an application of this name.
    pub(crate) fn names<'a>(&'a self, app: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let names = self.0.iter();
        names.map(move |door| (door.app.as_deref().unwrap_or(app), &*door.name))
    }

    pub(crate) fn uses(&self) -> Vec<LegacyUses> {
        let uses = self.0.iter().map(|door| LegacyUses {
            cookie_name: door.name.clone(),
            opened: door.opened.load(Ordering::Relaxed),
            refused: door.refused.load(Ordering::Relaxed),
            closes_at: door.until,
        });
        uses.collect()
    }
}

/// How often a legacy cookie was opened, as [`Jar::legacy_uses`](crate::Jar::legacy_uses) returns
/// it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct LegacyUses {
    /// The cookie's name.
    pub cookie_name: String,
    /// How often a session came in it.
    pub opened: u64,
    /// How often one came and was refused.
    pub refused: u64,
    /// The first second in which it is not opened any more.
    pub closes_at: Timestamp,
}
