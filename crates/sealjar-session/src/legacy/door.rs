//! The legacy cookies of a jar, once its settings are checked.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sealjar::Timestamp;

#[cfg(feature = "legacy-cookies")]
use super::erased::secured_by;
use super::erased::{FORGED, Unlock, Write, unlock_by, write_by};
use super::{LegacyCookie, Lock};
use crate::config_error::{ConfigError, impossible};
use crate::cookie::MAX_LINE;
use crate::cookie::attributes::Attributes;
use crate::cookie::chunk::TooLarge;
use crate::cookie::scan::Found;
use crate::cookie::write::{Writer, parts};
use crate::data::{Format, SessionData};
use crate::refusal::Refusal;
use crate::request::CookieHeaders;
use crate::unsealed::{Former, Sealers};

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

/// A legacy cookie that a jar opens until a date.
pub(crate) struct Door {
    pub(crate) name: String,
    /// The name that the application had, if it has sealed the cookie itself.
    app: Option<String>,
    /// When its sessions count as born.
    pub(crate) since: Timestamp,
    /// The first second in which it is not looked at any more.
    pub(crate) until: Timestamp,
    attributes: Attributes,
    kind: Kind,
    opened: AtomicU64,
    refused: AtomicU64,
}

/// What opens a legacy cookie.
enum Kind {
    /// What the former library did.
    Foreign {
        unlock: Unlock,
        write: Option<Write>,
    },
    /// The jar's own sealers: the cookie has the jar's name, and the application had another.
    Renamed,
    /// Sealers for another cookie name.
    Sealed(Box<Sealers>),
}

/// A session that came in a legacy cookie.
pub(crate) struct Passage<T> {
    pub(crate) text: String,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) value: Arc<T>,
}

impl Door {
    /// Checks a legacy cookie for a jar, whose sealers may open it from now on.
    pub(crate) fn new<T: SessionData>(
        cookie: LegacyCookie<T>,
        since: Timestamp,
        jar: &mut Opener<'_>,
        attributes: Attributes,
    ) -> Result<Self, ConfigError> {
        let LegacyCookie {
            name,
            until,
            lock,
            #[cfg(feature = "legacy-cookies")]
            layout,
            read,
            write,
            ..
        } = cookie;
        let is_past = matches!(&lock, Lock::Sealed(app) if app != jar.app);
        if name == jar.cookie_name && !is_past {
            return impossible(
                "also_opens",
                format!("{name:?}"),
                "is the jar's own cookie: give the jar another cookie_name",
            );
        }
        // A birth after which the ring may forget that somebody was revoked is no birth: what is
        // born at `since` is over when the ring forgets.
        let end = since.saturating_add(jar.lifetime);
        let until = until.map_or(end, |until| until.min(end));
        let app = match &lock {
            Lock::Sealed(app) => Some(app.clone()),
            _ => None,
        };
        let kind = match lock {
            Lock::Own => Kind::Foreign {
                unlock: unlock_by(read),
                write: write.map(write_by),
            },
            Lock::Sealed(app) => {
                if write.is_some() {
                    return impossible(
                        "also_opens",
                        format!("{name:?}"),
                        "is written by the build before: let that one open the new cookie first",
                    );
                }
                jar.open_former(&app, &name, until)?
            }
            #[cfg(feature = "legacy-cookies")]
            Lock::Secured(secured) => {
                let secured = secured.or_else(|length| {
                    impossible(
                        "also_opens",
                        format!("{name:?}"),
                        format!("its key has {length} bytes: give all of it, 64 or more"),
                    )
                })?;
                let (unlock, write) = secured_by(&name, secured, layout, read, write);
                Kind::Foreign { unlock, write }
            }
        };
        Ok(Self {
            name,
            app,
            since,
            until,
            attributes,
            kind,
            opened: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        })
    }

    const fn is_written(&self) -> bool {
        matches!(self.kind, Kind::Foreign { write: Some(_), .. })
    }

    /// Returns what opens it, if the application has sealed it itself.
    pub(crate) fn sealers(&self) -> Option<&Sealers> {
        match &self.kind {
            Kind::Sealed(sealers) => Some(sealers),
            Kind::Foreign { .. } | Kind::Renamed => None,
        }
    }

    /// Opens a value, as the browser sent it. Nobody has looked at its dates yet.
    pub(crate) fn unlock<T: SessionData>(&self, value: &[u8]) -> Result<Passage<T>, Refusal> {
        let Kind::Foreign { unlock, .. } = &self.kind else {
            return Err(FORGED);
        };
        let value = std::str::from_utf8(value).map_err(|_| FORGED)?;
        let unlocked = unlock(value)?;
        Ok(Passage {
            text: unlocked.text,
            expires_at: unlocked.expires_at,
            // Always of this type: the builder takes no cookie of another.
            value: unlocked
                .value
                .downcast()
                .map_err(|_| Refusal::Undecodable)?,
        })
    }

    /// Returns the value to set for a session, and checks that it fits into its line. `None` if it
    /// is not written to.
    pub(crate) fn write<T: SessionData>(
        &self,
        value: &T,
        id: [u8; 8],
        ends: Timestamp,
        max_age: Option<u32>,
    ) -> Result<String, Unwritten> {
        let Kind::Foreign {
            write: Some(write), ..
        } = &self.kind
        else {
            return Err(Unwritten::NoText);
        };
        let text = write(value, id, ends).ok_or(Unwritten::NoText)?;
        let is_octet = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
        if !text.bytes().all(is_octet) {
            return Err(Unwritten::NoText);
        }
        let size = self.name.len() + "=".len() + text.len() + self.attributes.len(max_age);
        if size > MAX_LINE {
            return Err(Unwritten::TooLarge(TooLarge {
                size,
                limit: MAX_LINE,
            }));
        }
        Ok(text)
    }

    pub(crate) fn set(&self, value: &str, max_age: Option<u32>, lines: &mut Writer<'_>) {
        lines.set_other(&self.name, value, &self.attributes, max_age);
    }

    pub(crate) fn count(&self, opened: bool) {
        let count = if opened { &self.opened } else { &self.refused };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door")
            .field("name", &self.name)
            .field("since", &self.since)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// A jar that is being built, as far as its past goes.
pub(crate) struct Opener<'a> {
    pub(crate) app: &'a str,
    pub(crate) cookie_name: &'a str,
    pub(crate) lifetime: u32,
    pub(crate) sealers: &'a mut Sealers,
    /// The formats of its sessions.
    pub(crate) formats: &'a [Format],
    /// The place of the legacy cookie that is being checked.
    pub(crate) place: usize,
}

impl Opener<'_> {
    fn open_former(
        &mut self,
        app: &str,
        cookie_name: &str,
        until: Timestamp,
    ) -> Result<Kind, ConfigError> {
        let place = self.place;
        let former = Former { place, until };
        if cookie_name == self.cookie_name {
            for format in self.formats {
                self.sealers.also_open(app, *format, Some(former))?;
            }
            return Ok(Kind::Renamed);
        }
        let formats = self.formats.iter().copied();
        let sealers = self.sealers.of_former(app, cookie_name, formats, former)?;
        Ok(Kind::Sealed(Box::new(sealers)))
    }
}

/// Why a session cannot be written to a legacy cookie.
pub(crate) enum Unwritten {
    /// What the application writes is no text of that library, or none that a cookie can hold.
    NoText,
    TooLarge(TooLarge),
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
