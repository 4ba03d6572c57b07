//! How does a request become a session?

use std::sync::Arc;
use std::sync::atomic::Ordering;

use sealjar::{KeyId, OpenError, Opened, Timestamp};

use crate::codec;
use crate::cookie::chunk::{self, Unjoined};
use crate::cookie::scan::{CookieHeaders, Found};
use crate::data::SessionData;
use crate::envelope::Envelope;
use crate::error::Refusal;
use crate::jar::{Jar, first_time};

/// Where a session comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Origin {
    /// No cookie of the name came.
    Absent,
    /// A cookie came and opened.
    #[non_exhaustive]
    Opened {
        /// When the session began: its login, or its first write.
        born: Timestamp,
        /// When the cookie was sealed.
        sealed_at: Timestamp,
        /// The first second in which the cookie no longer opens.
        expires_at: Timestamp,
        /// The key it was sealed with.
        key_id: KeyId,
        /// Whether a newer key seals now.
        stale: bool,
        /// The length of the sealed text, in bytes.
        size: usize,
    },
    /// A cookie came and was not taken for a session. It was left where it is.
    Refused(Refusal),
}

/// What a request brought, once it was asked for.
pub(crate) struct Arrival<T> {
    pub(crate) origin: Origin,
    pub(crate) received: Option<Received<T>>,
    pub(crate) value: Arc<T>,
    /// Bit k: a cookie `name.k` came, readable or not.
    pub(crate) parts: u16,
}

/// A session that came and opened.
pub(crate) struct Received<T> {
    pub(crate) value: Arc<T>,
    pub(crate) envelope: Envelope,
    pub(crate) options: usize,
    opened: Opened,
    tail_len: usize,
    size: usize,
}

impl<T> Received<T> {
    pub(crate) const fn born(&self) -> Timestamp {
        self.opened.born()
    }

    pub(crate) const fn sealed_at(&self) -> Timestamp {
        self.opened.sealed_at()
    }

    pub(crate) fn payload(&self) -> &[u8] {
        self.opened.payload()
    }

    pub(crate) const fn opened_at(&self) -> Timestamp {
        self.opened.opened_at()
    }

    pub(crate) const fn next_revision(&self) -> u32 {
        self.envelope.revision.saturating_add(1)
    }

    /// Returns what a newer build appended to the body, unless that has been dropped.
    pub(crate) fn tail(&self, keep: bool) -> &[u8] {
        let payload = self.payload();
        &payload[payload.len() - if keep { self.tail_len } else { 0 }..]
    }

    const fn age(&self) -> (u32, Timestamp) {
        (self.envelope.revision, self.opened.sealed_at())
    }

    fn origin(&self) -> Origin {
        Origin::Opened {
            born: self.opened.born(),
            sealed_at: self.opened.sealed_at(),
            expires_at: self.opened.expires_at(),
            key_id: self.opened.key_id(),
            stale: self.opened.is_stale(),
            size: self.size,
        }
    }
}

impl<T: SessionData> Jar<T> {
    /// Reads the request's cookies: the session that opens, or why none does.
    pub(crate) fn receive(&self, headers: &dyn CookieHeaders) -> Arrival<T> {
        let found = Found::scan(headers, self.cookie_name());
        let (origin, received) = if found.any() {
            match self.choose(&found, headers) {
                Ok(received) => (received.origin(), Some(received)),
                Err(refusal) => {
                    self.report(&refusal);
                    (Origin::Refused(refusal), None)
                }
            }
        } else {
            (Origin::Absent, None)
        };
        Arrival {
            value: received
                .as_ref()
                .map_or_else(Arc::default, |received| Arc::clone(&received.value)),
            origin,
            received,
            parts: found.parts,
        }
    }

    /// Tries each candidate. Exactly one session wins, never the first cookie of the name: whoever can
    /// set a second one must not be able to lock the visitor out.
    fn choose(
        &self,
        found: &Found<'_>,
        headers: &dyn CookieHeaders,
    ) -> Result<Received<T>, Refusal> {
        let now = self.now().map_err(OpenError::from)?;
        let mut first_refusal = None;
        let mut best: Option<Received<T>> = None;
        for value in found.candidates().ok_or(Refusal::Ambiguous)? {
            match self.open_one(value, headers, &found.logged_out, now) {
                Err(refusal) => {
                    first_refusal.get_or_insert(refusal);
                }
                Ok(received) => match &best {
                    Some(other) if other.envelope.id != received.envelope.id => {
                        return Err(Refusal::Ambiguous);
                    }
                    Some(other) if other.age() >= received.age() => {}
                    _ => best = Some(received),
                },
            }
        }
        best.ok_or_else(|| first_refusal.unwrap_or(Refusal::Ambiguous))
    }

    fn open_one(
        &self,
        value: &[u8],
        headers: &dyn CookieHeaders,
        logged_out: &[[u8; 8]],
        now: Timestamp,
    ) -> Result<Received<T>, Refusal> {
        let text =
            chunk::join(value, headers, self.cookie_name()).map_err(|unjoined| match unjoined {
                Unjoined::TooLong => Refusal::Token(OpenError::Malformed),
                Unjoined::Torn => Refusal::TornChunks,
            })?;
        let opened = self.shared.sealer.open_text_at(&text, now)?;
        let (envelope, body) = Envelope::decode(opened.payload()).ok_or(Refusal::Undecodable)?;
        let (value, tail_len, options) = if envelope.schema == T::SCHEMA {
            let decoded = codec::decode::<T>(body).map_err(|_| Refusal::Undecodable)?;
            (decoded.value, decoded.tail_len, decoded.options)
        } else {
            let value = T::migrate(envelope.schema, body).ok_or({
                if envelope.schema < T::SCHEMA {
                    Refusal::OldSchema
                } else {
                    Refusal::NewerSchema
                }
            })?;
            (value, 0, 0)
        };
        if now >= opened.born().saturating_add(self.shared.settings.lifetime) {
            return Err(Refusal::TooOld);
        }
        if opened.is_session_revoked(envelope.id) {
            return Err(Refusal::RevokedSession);
        }
        if self.is_subject_revoked(&value, &opened) {
            return Err(Refusal::RevokedSubject);
        }
        if logged_out.contains(&envelope.id) {
            return Err(Refusal::LoggedOut);
        }
        Ok(Received {
            value: Arc::new(value),
            envelope,
            tail_len,
            options,
            size: text.len(),
            opened,
        })
    }

    fn is_subject_revoked(&self, value: &T, opened: &Opened) -> bool {
        if !opened.lists_subjects() {
            return false;
        }
        if let Some(subject) = value.subject() {
            self.shared.saw_a_subject.store(true, Ordering::Relaxed);
            return opened.is_subject_revoked(&subject);
        }
        if !self.shared.saw_a_subject.load(Ordering::Relaxed)
            && first_time(&self.shared.warned_of_no_subject)
        {
            tracing::warn!(
                target: "sealjar",
                cookie = self.cookie_name(),
                session_type = std::any::type_name::<T>(),
                "the ring revokes people, and no session of this type has named its subject yet: \
                 implement SessionData::subject"
            );
        }
        false
    }

    fn report(&self, refusal: &Refusal) {
        tracing::info!(
            target: "sealjar",
            cookie = self.cookie_name(),
            refusal = refusal.kind(),
            key_id = refusal.key_id().map(tracing::field::display),
            "a session cookie was refused"
        );
    }
}
