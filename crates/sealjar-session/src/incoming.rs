//! What did a request bring?

use std::sync::Arc;

use sealjar::{__hazmat as hazmat, Timestamp};

use crate::codec::{Decoded, Kept, Unknown};
use crate::cookie::scan::MAX_CANDIDATES;
use crate::envelope::Envelope;
use crate::origin::Origin;
use crate::refusal::Refusal;
use crate::unsealed::Unsealed;

/// What a request brought, once a handler has asked for the session.
pub(crate) struct Incoming<T> {
    pub(crate) origin: Origin,
    pub(crate) received: Option<Received<T>>,
    pub(crate) value: Arc<T>,
    /// Bit k is set if a cookie `name.k` came, readable or not.
    pub(crate) parts: u16,
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
    pub(crate) unsealed: Unsealed,
    unknown: Unknown,
}

impl<T> Received<T> {
    pub(crate) fn new(unsealed: Unsealed, decoded: Decoded<T>) -> Self {
        Self {
            value: Arc::new(decoded.value),
            unknown: decoded.unknown,
            unsealed,
        }
    }

    pub(crate) const fn envelope(&self) -> &Envelope {
        &self.unsealed.envelope
    }

    pub(crate) const fn born(&self) -> Timestamp {
        self.unsealed.opened.born()
    }

    pub(crate) const fn sealed_at(&self) -> Timestamp {
        self.unsealed.opened.sealed_at()
    }

    pub(crate) const fn expires_at(&self) -> Timestamp {
        self.unsealed.opened.expires_at()
    }

    pub(crate) fn payload(&self) -> &[u8] {
        self.unsealed.opened.payload()
    }

    /// Whether the ring that opened it revokes people.
    pub(crate) fn lists_subjects(&self) -> bool {
        hazmat::lists_subjects(&self.unsealed.opened)
    }

    pub(crate) const fn opened_at(&self) -> Timestamp {
        self.unsealed.opened.opened_at()
    }

    pub(crate) const fn next_revision(&self) -> u32 {
        self.envelope().revision.saturating_add(1)
    }

    /// Returns the parts of the session that this build does not know.
    pub(crate) fn unknown(&self) -> Kept<'_> {
        self.unknown.of(self.unsealed.body())
    }

    pub(crate) fn origin(&self) -> Origin {
        let opened = &self.unsealed.opened;
        Origin::Opened {
            born: opened.born(),
            sealed_at: opened.sealed_at(),
            expires_at: opened.expires_at(),
            key_id: opened.key_id(),
            stale: opened.is_stale(),
            size: self.unsealed.size,
        }
    }
}
