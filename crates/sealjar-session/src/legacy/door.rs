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
use crate::cookie::write::Writer;
use crate::data::SessionData;
use crate::refusal::Refusal;
use crate::request::CookieHeaders;

/// Which legacy cookies a browser sent, or may have: bit k is the k-th of the jar's.
pub(crate) type Came = u8;

/// The legacy cookies that a jar opens.
#[derive(Default)]
pub(crate) struct Doors(Vec<Door>);

impl Doors {
    /// The most that one jar can have.
    pub(crate) const MOST: usize = Came::BITS as usize;

    pub(crate) const fn new(doors: Vec<Door>) -> Self {
        Self(doors)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns those that are open at a time, with their places.
    pub(crate) fn open_at(&self, now: Timestamp) -> impl Iterator<Item = (usize, &Door)> {
        self.0.iter().enumerate().filter(move |it| now < it.1.until)
    }

    pub(crate) fn at(&self, place: usize) -> &Door {
        &self.0[place]
    }

    /// Returns the one that sessions are written to, if it is one.
    pub(crate) fn written(&self, now: Timestamp) -> Option<&Door> {
        let mut open = self.open_at(now).map(|(_, door)| door);
        open.find(|door| door.write.is_some())
    }

    /// Returns which of them came with a request.
    pub(crate) fn came(&self, headers: &dyn CookieHeaders, now: Timestamp) -> Came {
        let open = self.open_at(now);
        open.filter(|(_, door)| Found::scan(headers, &door.name).any())
            .fold(0, |came, (place, _)| came | 1 << place)
    }

    /// Returns all that are open.
    pub(crate) fn all(&self, now: Timestamp) -> Came {
        self.open_at(now)
            .fold(0, |all, (place, _)| all | 1 << place)
    }

    /// Expires those that came, but for `kept`.
    pub(crate) fn expire(&self, came: Came, kept: Option<&Door>, lines: &mut Writer<'_>) {
        for (place, door) in self.0.iter().enumerate() {
            let is_kept = kept.is_some_and(|kept| kept.name == door.name);
            if came & (1 << place) != 0 && !is_kept {
                lines.remove_other(&door.name, &door.attributes);
            }
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|door| &*door.name)
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
    /// When its sessions count as born.
    pub(crate) since: Timestamp,
    /// The first second in which it is not looked at any more.
    pub(crate) until: Timestamp,
    attributes: Attributes,
    unlock: Unlock,
    write: Option<Write>,
    opened: AtomicU64,
    refused: AtomicU64,
}

/// A session that came in a legacy cookie.
pub(crate) struct Passage<T> {
    pub(crate) text: String,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) value: Arc<T>,
}

impl Door {
    /// Checks a legacy cookie for a jar whose own cookie has the name `own` and whose sessions live
    /// for `lifetime` seconds.
    pub(crate) fn new<T: SessionData>(
        cookie: LegacyCookie<T>,
        since: Timestamp,
        lifetime: u32,
        own: &str,
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
        if name == own {
            return impossible(
                "also_opens",
                format!("{name:?}"),
                "is the jar's own cookie: give the jar another cookie_name",
            );
        }
        // A birth after which the ring may forget that somebody was revoked is no birth: what is
        // born at `since` is over when the ring forgets.
        let end = since.saturating_add(lifetime);
        let until = until.map_or(end, |until| until.min(end));
        let (unlock, write) = match lock {
            Lock::Own => (unlock_by(read), write.map(write_by)),
            #[cfg(feature = "legacy-cookies")]
            Lock::Secured(secured) => {
                let secured = secured.or_else(|length| {
                    impossible(
                        "also_opens",
                        format!("{name:?}"),
                        format!("its key has {length} bytes: give all of it, 64 or more"),
                    )
                })?;
                secured_by(&name, secured, layout, read, write)
            }
        };
        Ok(Self {
            name,
            since,
            until,
            attributes,
            unlock,
            write,
            opened: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        })
    }

    /// Opens a value, as the browser sent it. Nobody has looked at its dates yet.
    pub(crate) fn unlock<T: SessionData>(&self, value: &[u8]) -> Result<Passage<T>, Refusal> {
        let value = std::str::from_utf8(value).map_err(|_| FORGED)?;
        let unlocked = (self.unlock)(value)?;
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
        let write = self.write.as_ref().ok_or(Unwritten::NoText)?;
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
