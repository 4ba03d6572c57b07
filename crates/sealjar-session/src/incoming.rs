//! What did a request bring?

use std::sync::Arc;

use sealjar::{__hazmat as hazmat, Timestamp};

use crate::candidates::Age;
use crate::codec::{Decoded, Kept, Unknown};
use crate::cookie::scan::MAX_CANDIDATES;
use crate::envelope::Envelope;
use crate::legacy::{Came, Door, Passage};
use crate::origin::Origin;
use crate::refusal::Refusal;
use crate::unsealed::Unsealed;

/// What a request brought, once a handler has asked for the session.
pub(crate) struct Incoming<T> {
    pub(crate) origin: Origin,
    pub(crate) received: Option<Received<T>>,
    pub(crate) value: Arc<T>,
    /// Whether a cookie of the jar's own came, readable or not.
    pub(crate) came: bool,
    /// Bit k is set if a cookie `name.k` came, readable or not.
    pub(crate) parts: u16,
    /// The legacy cookies that the browser has, as far as can be known.
    pub(crate) legacy: Came,
    pub(crate) tried: Tried,
    /// The ids of sessions that this browser has logged out of, the newest first.
    pub(crate) logged_out: Vec<[u8; 8]>,
}

/// What each cookie of the name turned out to be, whichever of them is the session.
#[derive(Default)]
pub(crate) struct Tried {
    opened: [[u8; 8]; MAX_CANDIDATES],
    count: usize,
    logged_out: bool,
    refused: bool,
}

impl Tried {
    pub(crate) fn note<T>(&mut self, outcome: &Result<Received<T>, Refusal>) {
        match outcome {
            Err(Refusal::LoggedOut) => self.logged_out = true,
            Err(_) => self.refused = true,
            Ok(received) => {
                // There is room for as many as may be opened.
                if let Some(free) = self.opened.get_mut(self.count) {
                    *free = received.envelope().id;
                    self.count += 1;
                }
            }
        }
    }

    /// The ids of those that opened; several if nothing shows which is the session.
    pub(crate) fn opened(&self) -> &[[u8; 8]] {
        &self.opened[..self.count]
    }

    /// Whether the visitor has logged out of every session that came.
    pub(crate) const fn is_logged_out(&self) -> bool {
        self.logged_out && !self.refused && self.count == 0
    }
}

/// A session that came and opened.
pub(crate) struct Received<T> {
    pub(crate) value: Arc<T>,
    source: Source,
    unknown: Unknown,
}

/// The cookie that a session came in.
enum Source {
    Legacy(Legacy),
    Sealed(Unsealed),
}

/// What is known of a session that came in a legacy cookie.
struct Legacy {
    /// The place of the cookie among the jar's.
    place: usize,
    name: String,
    envelope: Envelope,
    born: Timestamp,
    expires_at: Timestamp,
    opened_at: Timestamp,
}

impl<T> Received<T> {
    pub(crate) fn new(unsealed: Unsealed, decoded: Decoded<T>) -> Self {
        Self {
            value: Arc::new(decoded.value),
            unknown: decoded.unknown,
            source: Source::Sealed(unsealed),
        }
    }

    /// Takes a session from a legacy cookie. Its id is made of the cookie.
    pub(crate) fn from_legacy(
        place: usize,
        door: &Door,
        passage: Passage<T>,
        id: [u8; 8],
        now: Timestamp,
    ) -> Self {
        let ends = passage.expires_at.unwrap_or(door.until);
        Self {
            value: passage.value,
            unknown: Unknown::Nothing,
            source: Source::Legacy(Legacy {
                place,
                name: door.name.clone(),
                envelope: Envelope {
                    schema: 0,
                    id,
                    revision: 0,
                },
                born: door.since,
                expires_at: ends.min(door.until),
                opened_at: now,
            }),
        }
    }

    /// Returns what was under the seal, `None` of a session that came in a legacy cookie.
    pub(crate) const fn unsealed(&self) -> Option<&Unsealed> {
        match &self.source {
            Source::Legacy(_) => None,
            Source::Sealed(unsealed) => Some(unsealed),
        }
    }

    /// Returns the place of the legacy cookie that it came in.
    pub(crate) const fn legacy(&self) -> Option<usize> {
        match &self.source {
            Source::Legacy(legacy) => Some(legacy.place),
            Source::Sealed(unsealed) => unsealed.former,
        }
    }

    pub(crate) const fn envelope(&self) -> &Envelope {
        match &self.source {
            Source::Legacy(legacy) => &legacy.envelope,
            Source::Sealed(unsealed) => &unsealed.envelope,
        }
    }

    /// Returns the session's id, and how it compares with other copies of that session.
    pub(crate) const fn age(&self) -> Age {
        let envelope = self.envelope();
        Age {
            id: envelope.id,
            version: (envelope.revision, self.sealed_at()),
        }
    }

    pub(crate) const fn born(&self) -> Timestamp {
        match &self.source {
            Source::Legacy(legacy) => legacy.born,
            Source::Sealed(unsealed) => unsealed.opened.born(),
        }
    }

    pub(crate) const fn sealed_at(&self) -> Timestamp {
        match &self.source {
            Source::Legacy(legacy) => legacy.born,
            Source::Sealed(unsealed) => unsealed.opened.sealed_at(),
        }
    }

    pub(crate) const fn expires_at(&self) -> Timestamp {
        match &self.source {
            Source::Legacy(legacy) => legacy.expires_at,
            Source::Sealed(unsealed) => unsealed.opened.expires_at(),
        }
    }

    /// Whether the ring that opened it, or the list beside that, revokes people.
    pub(crate) fn lists_subjects(&self) -> bool {
        self.unsealed()
            .is_some_and(|unsealed| hazmat::lists_subjects(&unsealed.opened))
    }

    pub(crate) const fn opened_at(&self) -> Timestamp {
        match &self.source {
            Source::Legacy(legacy) => legacy.opened_at,
            Source::Sealed(unsealed) => unsealed.opened.opened_at(),
        }
    }

    pub(crate) const fn next_revision(&self) -> u32 {
        self.envelope().revision.saturating_add(1)
    }

    /// Returns the parts of the session that this build does not know.
    pub(crate) fn unknown(&self) -> Kept<'_> {
        self.unsealed()
            .map_or(Kept::NOTHING, |unsealed| self.unknown.of(unsealed.body()))
    }

    pub(crate) fn origin(&self) -> Origin {
        match &self.source {
            Source::Legacy(legacy) => Origin::Legacy {
                cookie_name: legacy.name.clone(),
                born: legacy.born,
            },
            Source::Sealed(Unsealed { opened, size, .. }) => Origin::Opened {
                born: opened.born(),
                sealed_at: opened.sealed_at(),
                expires_at: opened.expires_at(),
                key_id: opened.key_id(),
                stale: opened.is_stale(),
                size: *size,
            },
        }
    }
}
