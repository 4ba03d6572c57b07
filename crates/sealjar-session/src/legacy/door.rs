//! One legacy cookie of a jar, once its settings are checked.

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
use crate::cookie::write::Writer;
use crate::data::{Format, SessionData};
use crate::refusal::Refusal;
use crate::unsealed::{Former, Sealers};

/// A legacy cookie that a jar opens until a date.
pub(crate) struct Door {
    pub(crate) name: String,
    /// The name that the application had, if it has sealed the cookie itself.
    pub(crate) app: Option<String>,
    /// When its sessions count as born.
    pub(crate) since: Timestamp,
    /// The first second in which it is not looked at any more.
    pub(crate) until: Timestamp,
    pub(super) attributes: Attributes,
    pub(super) kind: Kind,
    pub(super) opened: AtomicU64,
    pub(super) refused: AtomicU64,
}

/// What opens a legacy cookie.
pub(super) enum Kind {
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

    pub(super) const fn is_written(&self) -> bool {
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
