//! How does a session become the lines of a response?

use sealjar::{__hazmat as hazmat, Timestamp, Token};

use crate::arrival::{Arrival, Origin, Received};
use crate::builder::whole_seconds;
use crate::codec::{self, Body};
use crate::cookie::chunk::{self, Layout};
use crate::cookie::write::Writer;
use crate::data::{Expiry, SessionData};
use crate::envelope::Envelope;
use crate::error::CloseError;
use crate::fate::Fate;
use crate::jar::{Jar, Settings, first_time};
use crate::request::FetchMetadata;
use crate::state::State;

/// A session that was only read, and is to be sealed again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Due {
    pub(crate) now: Timestamp,
    /// Whether more than half of its idle time is gone.
    pub(crate) urgent: bool,
}

impl<T: SessionData> Jar<T> {
    /// Checks that a session fits into its cookies, before anything is promised.
    pub(crate) fn layout(&self, value: &T, payload: usize) -> Result<Layout, chunk::TooLarge> {
        let Settings {
            name,
            attributes,
            max_size,
            ..
        } = &self.shared.settings;
        // Sized for the longest `Max-Age` that can ever be written, so that whether a session fits
        // does not depend on its age.
        let max_age = self.is_persistent(value).then(|| self.idle(value));
        Layout::fit(
            name,
            hazmat::sealed_len(&self.shared.sealer, payload),
            attributes.len(max_age),
            *max_size,
        )
    }

    /// Returns whether this request may extend the session's idle time.
    pub(crate) fn extends(&self, fetch: FetchMetadata, state: &State<T>) -> bool {
        let any_use = self.shared.settings.keep_alive && !fetch.is_speculative();
        fetch.is_navigation() || state.keep_alive || any_use
    }

    /// Returns when an untouched session is to be sealed again, if it is: `None` most of the time.
    pub(crate) fn due_reseal(
        &self,
        extends: bool,
        arrival: &Arrival<T>,
        state: &State<T>,
    ) -> Option<Due> {
        let received = arrival.received.as_ref()?;
        if state.fate != Fate::Keep || !extends {
            return None;
        }
        if matches!(received.value.expiry(), Expiry::At(end) if received.expires_at() >= end) {
            // It would not live a second longer.
            return None;
        }
        let now = received.opened_at();
        let allowed = self.shared.sealer.longest_ttl_at(now).unwrap_or(u32::MAX);
        let idle = self.idle(&received.value).min(allowed);
        let settings = &self.shared.settings;
        let after = if idle < settings.timeouts.idle {
            settings.timeouts.refresh_after.min((idle / 4).max(1))
        } else {
            settings.timeouts.refresh_after
        };
        let age = now.seconds_since(received.sealed_at());
        (age >= after).then_some(Due {
            now,
            urgent: age > idle / 2,
        })
    }

    /// Returns whether the browser has no cookie of the session: none came, and it would have.
    pub(crate) fn has_nothing_to_expire(&self, arrival: &Arrival<T>) -> bool {
        let absent = matches!(arrival.origin, Origin::Absent { withheld: false });
        absent && arrival.parts == 0 && self.shared.settings.comes_always
    }

    /// Returns whether an untouched cookie is to be expired, because a slower answer brought it back after
    /// the visitor had logged out. Only where it would be sealed again: it takes a login with it whose
    /// answer comes between.
    pub(crate) fn clears_logged_out(extends: bool, arrival: &Arrival<T>, state: &State<T>) -> bool {
        state.fate == Fate::Keep && extends && arrival.came.is_logged_out()
    }

    /// Marks the sessions that have ended as logged out, beside those that were before. No answer that is
    /// still under way can seal one of them for longer than the mark lives.
    pub(crate) fn mark_ended(
        &self,
        arrival: &Arrival<T>,
        state: &State<T>,
        lines: &mut Writer<'_>,
    ) {
        let ended = match &arrival.received {
            _ if state.purged => arrival.came.opened(),
            Some(received) if Self::logs_out(arrival, state) => {
                std::slice::from_ref(&received.envelope().id)
            }
            _ => return,
        };
        if !ended.is_empty() {
            let skew = self.shared.sealer.ring().load().timing().skew;
            let max_age = self.shared.settings.timeouts.lifetime.saturating_add(skew);
            let ids = ended.iter().chain(&arrival.logged_out);
            lines.mark_logged_out(ids.copied(), max_age);
        }
    }

    /// Returns whether the session that came has ended, or is no longer its subject's.
    pub(crate) fn logs_out(arrival: &Arrival<T>, state: &State<T>) -> bool {
        let leaves = |received: &Received<T>| state.leaves_subject(&received.value);
        state.purged || arrival.received.as_ref().is_some_and(leaves)
    }

    /// Returns whether the response is a logged-in person's and the jar lets nobody keep such a one.
    pub(crate) fn is_never_to_be_stored(&self, arrival: &Arrival<T>, state: &State<T>) -> bool {
        let value = state.value.as_ref().unwrap_or(&arrival.value);
        self.shared.settings.no_store_when_logged_in && value.subject().is_some()
    }

    /// Returns whether what was written says that the session has ended. It ends as by a purge then: a
    /// token that is over at once would leave the one before it as it was.
    pub(crate) fn is_written_to_end(&self, arrival: &Arrival<T>, state: &State<T>) -> bool {
        let value = state.value.as_ref().unwrap_or(&arrival.value);
        match (state.fate, value.expiry()) {
            (Fate::Write | Fate::Renew, Expiry::At(end)) => self.now().is_ok_and(|now| now >= end),
            _ => false,
        }
    }

    /// Seals the received bytes again, unchanged, with new times. A session that cannot be sealed
    /// again goes on as it is.
    pub(crate) fn reseal(&self, arrival: &Arrival<T>, now: Timestamp, lines: &mut Writer<'_>) {
        let Some(received) = &arrival.received else {
            return;
        };
        let payload = received.payload();
        match self.seal(&received.value, payload, received.born(), now) {
            Ok((token, layout, max_age)) => lines.set(&token, layout, max_age),
            // Every navigation meets this while it lasts.
            Err(error) if self.shared.loudness.not_resealed.is_new(Some(now)) => tracing::warn!(
                target: "sealjar",
                cookie = self.cookie_name(),
                error = &error as &dyn std::error::Error,
                "a session was not sealed again and goes on as it is"
            ),
            Err(_) => {}
        }
    }

    pub(crate) fn seal_changed(
        &self,
        arrival: &Arrival<T>,
        state: &State<T>,
        lines: &mut Writer<'_>,
    ) -> Result<(), CloseError> {
        let now = self.now().map_err(sealjar::SealError::from)?;
        let value = state.value.as_ref().unwrap_or(&arrival.value);
        let going_on = arrival.received.as_ref().filter(|_| !state.begins_anew());
        let envelope = Envelope {
            schema: T::SCHEMA,
            id: match (going_on, state.new_id) {
                (Some(received), _) => received.envelope().id,
                (None, Some(id)) => id,
                (None, None) => hazmat::draw_session_id()?,
            },
            revision: going_on.map_or(0, Received::next_revision),
        };
        let born = match &arrival.received {
            Some(received) if state.keeps_birth() => received.born(),
            _ => hazmat::first_birth(&self.shared.sealer, value.subject().as_deref(), now),
        };
        let encoded;
        let body = if let Some(body) = &state.body {
            body
        } else {
            let unencodable = |reason| CloseError::Unencodable { reason };
            encoded = codec::encode(&**value).map_err(|error| unencodable(error.to_string()))?;
            encoded.check(&**value).map_err(unencodable)?;
            &encoded
        };
        let tail = going_on.map_or(Body::default(), |received| received.tail(state.keep_tail));
        let payload = envelope.encode(body.body(), tail);
        let (token, layout, max_age) = self.seal(value, &payload, born, now)?;
        lines.replace(&token, layout, max_age, arrival.parts);
        Ok(())
    }

    /// Seals a payload, and says in how many cookies it goes and for how long. The one way a session
    /// leaves.
    fn seal(
        &self,
        value: &T,
        payload: &[u8],
        born: Timestamp,
        now: Timestamp,
    ) -> Result<(Token, Layout, Option<u32>), CloseError> {
        let layout = self.layout(value, payload.len())?;
        // A later ring may forget revocations sooner than the one the jar was built with. No session
        // outlives what is remembered.
        let ring = self.shared.sealer.ring().load();
        let horizon = ring.revocations().horizon;
        let lifetime = self.shared.settings.timeouts.lifetime.min(horizon);
        // A replica whose clock is ahead may have given a login a birth that lies ahead of its own time.
        // Sealed by a clock that is behind, the session would be refused as born too late after that.
        let now = now.max(born.saturating_sub(ring.timing().skew));
        let mut wanted = now
            .saturating_add(self.idle(value))
            .min(born.saturating_add(lifetime));
        if let Expiry::At(end) = value.expiry() {
            wanted = wanted.min(end.max(now));
        }
        self.warn_of_cut_expiry(value, now);
        let (token, expires_at) =
            hazmat::seal_born(&self.shared.sealer, payload, born, wanted, now)?;
        if expires_at < wanted && first_time(&self.shared.warned_of_cut_lifetime) {
            tracing::warn!(
                target: "sealjar",
                cookie = self.cookie_name(),
                idle_timeout = self.idle(value),
                allowed = expires_at.seconds_since(now),
                "the ring's key allows less than the idle timeout, sessions end earlier"
            );
        }
        let max_age = self
            .is_persistent(value)
            .then(|| expires_at.seconds_since(now));
        Ok((token, layout, max_age))
    }

    /// Returns how long this session lives without use, in seconds.
    fn idle(&self, value: &T) -> u32 {
        let idle = self.shared.settings.timeouts.idle;
        match value.expiry() {
            Expiry::After(duration) => whole_seconds(duration).clamp(1, idle),
            Expiry::At(_) | Expiry::Jar | Expiry::OnBrowserClose => idle,
        }
    }

    fn warn_of_cut_expiry(&self, value: &T, now: Timestamp) {
        let asked = match value.expiry() {
            Expiry::After(duration) => whole_seconds(duration),
            Expiry::At(end) => end.seconds_since(now),
            Expiry::Jar | Expiry::OnBrowserClose => return,
        };
        let idle_timeout = self.shared.settings.timeouts.idle;
        if asked > idle_timeout && first_time(&self.shared.warned_of_cut_expiry) {
            tracing::warn!(
                target: "sealjar",
                cookie = self.cookie_name(),
                asked,
                idle_timeout,
                "a session asked for more than the jar's idle timeout and ends earlier when it is \
                 not used: raise idle_timeout, and the lifetime of the ring's keys with it"
            );
        }
    }

    fn is_persistent(&self, value: &T) -> bool {
        match value.expiry() {
            Expiry::After(_) | Expiry::At(_) => true,
            Expiry::Jar => self.shared.settings.persistent,
            Expiry::OnBrowserClose => false,
        }
    }
}
