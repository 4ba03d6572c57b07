//! How does a request become a session?

use std::sync::Arc;

use sealjar::{__hazmat as hazmat, ClockError, KeyId, OpenError, Opened, Timestamp};
use tracing::Level;

use crate::codec::{self, Body, Decoded, ReadError};
use crate::cookie::scan::{Found, MAX_CANDIDATES};
use crate::data::{Belongs, SessionData};
use crate::envelope::Envelope;
use crate::error::Refusal;
use crate::jar::{Jar, first_time};
use crate::request::{CookieHeaders, FetchMetadata};
use crate::unsealed::{Unsealed, choose, joined};

macro_rules! refused {
    ($level:expr, $jar:expr, $refusal:expr) => {
        tracing::event!(
            target: "sealjar",
            $level,
            cookie = $jar.cookie_name(),
            refusal = $refusal.kind(),
            key_id = $refusal.key_id().map(tracing::field::display),
            "a session cookie was refused"
        )
    };
}

/// Where a session comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Origin {
    /// No cookie of the name came.
    #[non_exhaustive]
    Absent {
        /// Whether a browser had to leave the cookie out if it has one, because of its `SameSite`: the
        /// request comes from another site, as the return from a payment by POST does. What is written
        /// then replaces the visitor's session, if there is one.
        withheld: bool,
    },
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
    pub(crate) came: Came,
    /// The ids of sessions that this browser has logged out of, the newest first.
    pub(crate) logged_out: Vec<[u8; 8]>,
}

/// What each of the cookies was, whichever of them is the session.
#[derive(Default)]
pub(crate) struct Came {
    opened: [[u8; 8]; MAX_CANDIDATES],
    count: usize,
    logged_out: bool,
    refused: bool,
}

impl Came {
    fn note<T>(&mut self, outcome: &Result<Received<T>, Refusal>) {
        match outcome {
            Err(Refusal::LoggedOut) => self.logged_out = true,
            Err(_) => self.refused = true,
            Ok(received) => {
                // No more are opened than there is room for.
                if let Some(place) = self.opened.get_mut(self.count) {
                    *place = received.envelope().id;
                    self.count += 1;
                }
            }
        }
    }

    /// The ids of those that opened: several where nobody can tell which is the session.
    pub(crate) fn opened(&self) -> &[[u8; 8]] {
        &self.opened[..self.count]
    }

    /// Whether the visitor has logged out of whatever came.
    pub(crate) const fn is_logged_out(&self) -> bool {
        self.logged_out && !self.refused && self.count == 0
    }
}

/// A session that came and opened.
pub(crate) struct Received<T> {
    pub(crate) value: Arc<T>,
    pub(crate) options: usize,
    unsealed: Unsealed,
    tail_len: usize,
    tail_fields: usize,
}

impl<T> Received<T> {
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

    /// Whether the ring that it was opened with revokes people.
    pub(crate) fn lists_subjects(&self) -> bool {
        self.unsealed.opened.lists_subjects()
    }

    pub(crate) const fn opened_at(&self) -> Timestamp {
        self.unsealed.opened.opened_at()
    }

    pub(crate) const fn next_revision(&self) -> u32 {
        self.envelope().revision.saturating_add(1)
    }

    /// Returns what a newer build appended to the body, unless that has been dropped.
    pub(crate) fn tail(&self, keep: bool) -> Body<'_> {
        if !keep {
            return Body::default();
        }
        let Body { layout, bytes } = self.unsealed.body();
        Body {
            layout: &layout[layout.len() - self.tail_fields..],
            bytes: &bytes[bytes.len() - self.tail_len..],
        }
    }

    fn origin(&self) -> Origin {
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

impl<T: SessionData> Jar<T> {
    /// Reads the request's cookies: the session that opens, or why none does.
    pub(crate) fn receive(&self, headers: &dyn CookieHeaders, fetch: FetchMetadata) -> Arrival<T> {
        let found = Found::scan(headers, self.cookie_name());
        let mut came = Came::default();
        let (origin, received) = if found.any() {
            let now = self.now();
            match self.choose(&found, headers, now, &mut came) {
                Ok(received) => (received.origin(), Some(received)),
                Err(refusal) => {
                    self.report(&refusal, now.ok());
                    (Origin::Refused(refusal), None)
                }
            }
        } else {
            let withheld = fetch.withholds(self.shared.settings.same_site);
            (Origin::Absent { withheld }, None)
        };
        Arrival {
            value: received
                .as_ref()
                .map_or_else(Arc::default, |received| Arc::clone(&received.value)),
            origin,
            received,
            parts: found.parts,
            came,
            logged_out: found.logged_out,
        }
    }

    /// Tries each candidate. Each is counted, and what is of all of them together is counted besides.
    fn choose(
        &self,
        found: &Found<'_>,
        headers: &dyn CookieHeaders,
        now: Result<Timestamp, ClockError>,
        came: &mut Came,
    ) -> Result<Received<T>, Refusal> {
        let now = now.map_err(|error| {
            let refusal = OpenError::from(error).into();
            self.count(refusal)
        })?;
        let values = found
            .candidates()
            .ok_or_else(|| self.count(Refusal::Ambiguous))?;
        let candidates = values.iter().map(|value| {
            let opened = joined(value, headers, self.cookie_name())
                .map_err(|refusal| self.count(refusal))
                .and_then(|text| self.open_one(&text, &found.logged_out, now));
            came.note(&opened);
            opened
        });
        choose(candidates, |received| &received.unsealed).map_err(|refusal| match refusal {
            Refusal::Ambiguous => self.count(refusal),
            of_one_cookie => of_one_cookie,
        })
    }

    /// Opens one token's text, and counts it once.
    fn open_one(
        &self,
        text: &[u8],
        logged_out: &[[u8; 8]],
        now: Timestamp,
    ) -> Result<Received<T>, Refusal> {
        let sealer = &self.shared.sealer;
        let unsealed = Unsealed::open(sealer, text, now)?;
        match self.judge(&unsealed, logged_out, now) {
            Ok(decoded) => {
                hazmat::count_opened(&unsealed.opened);
                Ok(Received {
                    value: Arc::new(decoded.value),
                    options: decoded.options,
                    tail_len: decoded.tail_len,
                    tail_fields: decoded.tail_fields,
                    unsealed,
                })
            }
            Err(refusal) => {
                hazmat::count_refused(sealer, Some(&unsealed.opened), refusal.counted_as());
                Err(refusal)
            }
        }
    }

    /// Reads the value, if the session is one of this type and still goes on.
    fn judge(
        &self,
        unsealed: &Unsealed,
        logged_out: &[[u8; 8]],
        now: Timestamp,
    ) -> Result<Decoded<T>, Refusal> {
        let Unsealed {
            opened, envelope, ..
        } = unsealed;
        let body = unsealed.body();
        let decoded = if envelope.schema == T::SCHEMA {
            codec::decode::<T>(body).map_err(|error| match error {
                ReadError::OtherLayout => Refusal::OldSchema,
                ReadError::Undecodable => Refusal::Undecodable,
            })?
        } else {
            let value = T::migrate(envelope.schema, body.bytes).ok_or({
                if envelope.schema < T::SCHEMA {
                    Refusal::OldSchema
                } else {
                    Refusal::NewerSchema
                }
            })?;
            Decoded {
                value,
                tail_len: 0,
                tail_fields: 0,
                options: 0,
            }
        };
        // No session outlives what the ring remembers of revocations.
        let lifetime = self.shared.settings.timeouts.lifetime.min(opened.horizon());
        if now >= opened.born().saturating_add(lifetime) {
            return Err(Refusal::TooOld);
        }
        if unsealed.is_revoked() {
            return Err(Refusal::RevokedSession);
        }
        if self.is_subject_revoked(&decoded.value, opened) {
            return Err(Refusal::RevokedSubject);
        }
        if logged_out.contains(&envelope.id) {
            return Err(Refusal::LoggedOut);
        }
        Ok(decoded)
    }

    /// Counts a refusal that is of no one key.
    fn count(&self, refusal: Refusal) -> Refusal {
        hazmat::count_refused(&self.shared.sealer, None, refusal.counted_as());
        refusal
    }

    fn is_subject_revoked(&self, value: &T, opened: &Opened) -> bool {
        if !opened.lists_subjects() {
            return false;
        }
        match Belongs::of(value) {
            Belongs::To(subject) => return opened.is_subject_revoked(&subject),
            Belongs::ToNobody => {}
            Belongs::Undeclared => self.warn_of_no_subject("implement SessionData::subject"),
        }
        false
    }

    /// Warns once that the ring revokes people, and that no session of this jar is known to be theirs.
    pub(crate) fn warn_of_no_subject(&self, hint: &str) {
        if first_time(&self.shared.warned_of_no_subject) {
            tracing::warn!(
                target: "sealjar",
                cookie = self.cookie_name(),
                session_type = std::any::type_name::<T>(),
                "the ring revokes people, and nothing says whose a session of this type is: {hint}"
            );
        }
    }

    /// Logs a refusal at INFO if it is the first of its kind in this second, otherwise at DEBUG: whoever sends
    /// cookies must not fill a log. [`Jar::uses`] counts them all.
    fn report(&self, refusal: &Refusal, now: Option<Timestamp>) {
        let kind = refusal.counted_as();
        if self.shared.loudness.refused(kind).is_new(now) {
            refused!(Level::INFO, self, refusal);
        } else {
            refused!(Level::DEBUG, self, refusal);
        }
    }
}
