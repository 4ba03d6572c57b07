//! How does a request become a session, and a session become a response? Both directions.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sealjar::{ClockError, KeyId, LiveRing, OpenError, Opened, Sealer, Timestamp, hazmat};

use crate::builder::{JarBuilder, whole_seconds};
use crate::cache::{self, Effect, Verdict};
use crate::codec;
use crate::cookie::attributes::Attributes;
use crate::cookie::chunk::{self, Layout};
use crate::cookie::scan::{CookieHeaders, Found};
use crate::cookie::write::{SetCookies, Writer};
use crate::data::{Expiry, SessionData};
use crate::envelope::Envelope;
use crate::error::{CloseError, ConfigError, Refusal, UpdateError};
use crate::fate::Fate;
use crate::session::{Session, SessionId, State};

/// Opens and closes the sessions of one type. Built once; cloning shares.
///
/// The adapters do all of this for an application. By hand it is: [`open`](Self::open) with the
/// request's `Cookie` headers, work with the [`Session`], [`close`](Self::close) before the
/// response's head goes out.
pub struct Jar<T: SessionData> {
    pub(crate) shared: Arc<Shared>,
    session_type: PhantomData<fn() -> T>,
}

pub(crate) struct Shared {
    pub(crate) sealer: Sealer,
    pub(crate) settings: Settings,
    /// Whether a written value has been checked to survive its encoding.
    checked_a_write: AtomicBool,
    warned_of_cut_lifetime: AtomicBool,
    saw_a_subject: AtomicBool,
    warned_of_no_subject: AtomicBool,
}

pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) attributes: Attributes,
    pub(crate) persistent: bool,
    pub(crate) idle: u32,
    pub(crate) lifetime: u32,
    pub(crate) refresh_after: u32,
    pub(crate) max_size: usize,
    pub(crate) clock: Clock,
}

impl<T: SessionData> Jar<T> {
    /// Builds a jar with the defaults for the application `app`, named with its environment, such as
    /// `shop-prod`. One ring may serve many applications: the name keeps their sessions apart.
    ///
    /// # Errors
    /// [`ConfigError`] when `app` is empty or `T` does not survive being encoded.
    pub fn new(ring: impl Into<LiveRing>, app: impl Into<String>) -> Result<Self, ConfigError> {
        Self::builder(ring, app).build()
    }

    /// Begins a jar with settings of its own.
    pub fn builder(ring: impl Into<LiveRing>, app: impl Into<String>) -> JarBuilder<T> {
        JarBuilder::new(ring.into(), app.into())
    }

    pub(crate) fn from_parts(sealer: Sealer, settings: Settings) -> Self {
        Self {
            shared: Arc::new(Shared {
                sealer,
                settings,
                checked_a_write: AtomicBool::new(false),
                warned_of_cut_lifetime: AtomicBool::new(false),
                saw_a_subject: AtomicBool::new(false),
                warned_of_no_subject: AtomicBool::new(false),
            }),
            session_type: PhantomData,
        }
    }

    /// Returns the exact name of the cookie.
    #[must_use]
    pub fn cookie_name(&self) -> &str {
        &self.shared.settings.name
    }

    /// Begins a request. Nothing is read until the session is first asked for.
    ///
    /// `navigation` says whether the request loads a page: `Sec-Fetch-Mode` is `navigate` or absent.
    #[must_use]
    pub fn open(&self, headers: impl CookieHeaders, navigation: bool) -> Session<T> {
        Session::new(self.clone(), headers, navigation)
    }

    /// Ends a request: says what the response has to carry. Later changes to the session are refused.
    ///
    /// `cache_control` and `vary` are the values of those headers that the application has set.
    ///
    /// # Errors
    /// [`CloseError`] when a change cannot be sealed or does not fit. The response must not go out as
    /// if it had been kept.
    pub fn close<'a>(
        &self,
        session: &Session<T>,
        cache_control: impl IntoIterator<Item = &'a [u8]>,
        vary: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Closing, CloseError> {
        let Some((arrival, state)) = session.finish() else {
            return Ok(Closing::default());
        };
        let mut closing = Closing {
            vary: (!cache::varies_by_cookie(vary)).then_some("Cookie"),
            ..Closing::default()
        };
        let reseal = self.due_reseal(session.navigation(), arrival, &state);
        let effect = match (state.fate, &reseal) {
            (Fate::Keep, None) => Effect::Read,
            (Fate::Keep, Some(_)) => Effect::Reseal,
            (Fate::Write | Fate::Renew | Fate::Purge, _) => Effect::Write,
        };
        let verdict = cache::judge(effect, cache_control);
        closing.cache_control = match verdict {
            Verdict::Leave | Verdict::Withhold => None,
            Verdict::Set(policy) => Some(policy),
            Verdict::Override => {
                tracing::warn!(
                    target: "sealjar",
                    cookie = self.cookie_name(),
                    "the response sets a session cookie and lets shared caches keep it: replaced \
                     its Cache-Control by no-store"
                );
                Some("no-store")
            }
        };

        let settings = &self.shared.settings;
        let mut lines = Writer::new(&settings.name, &settings.attributes);
        match state.fate {
            Fate::Keep => {
                if let (Some(now), false) = (reseal, verdict == Verdict::Withhold) {
                    self.reseal(arrival, now, &mut lines);
                }
            }
            Fate::Write | Fate::Renew => self.seal_changed(arrival, &state, &mut lines)?,
            Fate::Purge => lines.remove(arrival.parts),
        }
        if let (true, Some(received)) = (state.purged, &arrival.received) {
            lines.mark_logged_out(&SessionId(received.envelope.id).to_string());
        }
        closing.clear_site_data = state.purged.then_some("\"cache\"");
        closing.set_cookies = lines.lines;
        Ok(closing)
    }

    /// Returns the `Cookie` header of a visitor with this session, for an application's own tests.
    ///
    /// # Errors
    /// [`CloseError`] when the value cannot be sealed or does not fit.
    pub fn cookie_for(&self, value: &T) -> Result<String, CloseError> {
        let session = self.open(None::<Vec<u8>>, true);
        session.replace(value.clone());
        let closing = self.close(&session, [], [])?;
        let pairs: Vec<String> = closing
            .set_cookies
            .into_iter()
            .filter(|line| !line.contains("; Max-Age=0"))
            .filter_map(|line| line.split_once(';').map(|(pair, _)| pair.to_owned()))
            .collect();
        Ok(pairs.join("; "))
    }

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

    pub(crate) fn now(&self) -> Result<Timestamp, ClockError> {
        (self.shared.settings.clock.0)()
    }

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

    /// Checks that a value survives its encoding: on every write in debug builds, on the first one in
    /// release builds.
    pub(crate) fn check_survives(&self, value: &T) -> Result<(), UpdateError> {
        if first_time(&self.shared.checked_a_write) || cfg!(debug_assertions) {
            codec::check_fidelity(value).map_err(|reason| UpdateError::Unencodable { reason })?;
        }
        Ok(())
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
        let text = chunk::join(value, headers, self.cookie_name())
            .map_err(|chunk::Torn| Refusal::TornChunks)?;
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

    /// Returns when an untouched session is to be sealed again, if it is: `None` most of the time.
    fn due_reseal(
        &self,
        navigation: bool,
        arrival: &Arrival<T>,
        state: &State<T>,
    ) -> Option<Timestamp> {
        let received = arrival.received.as_ref()?;
        if state.fate != Fate::Keep || !(navigation || state.keep_alive) {
            return None;
        }
        let now = received.opened_at();
        let allowed = self.shared.sealer.longest_ttl_at(now).unwrap_or(u32::MAX);
        let idle = self.idle(&received.value).min(allowed);
        let settings = &self.shared.settings;
        let after = if idle < settings.idle {
            settings.refresh_after.min((idle / 4).max(1))
        } else {
            settings.refresh_after
        };
        (now.seconds_since(received.opened.sealed_at()) >= after).then_some(now)
    }

    /// Seals the received bytes again, unchanged, with new times. A session that cannot be sealed
    /// again goes on as it is.
    fn reseal(&self, arrival: &Arrival<T>, now: Timestamp, lines: &mut Writer<'_>) {
        let Some(received) = &arrival.received else {
            return;
        };
        let sealed = self.seal(
            &received.value,
            received.opened.payload(),
            received.opened.born(),
            now,
            arrival.parts,
            lines,
        );
        if let Err(error) = sealed {
            tracing::warn!(
                target: "sealjar",
                cookie = self.cookie_name(),
                error = &error as &dyn std::error::Error,
                "a session was not sealed again and goes on as it is"
            );
        }
    }

    fn seal_changed(
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
                (Some(received), _) => received.envelope.id,
                (None, Some(id)) => id,
                (None, None) => hazmat::draw_session_id()?,
            },
            revision: going_on.map_or(0, Received::next_revision),
        };
        let born = match (&arrival.received, going_on) {
            (Some(received), Some(_)) => received.opened.born(),
            (Some(received), None) if state.keeps_birth(&received.value, value) => {
                received.opened.born()
            }
            _ => now,
        };
        let encoded;
        let body = if let Some(body) = &state.body {
            body
        } else {
            encoded = codec::encode(&**value).map_err(|error| CloseError::Unencodable {
                reason: error.to_string(),
            })?;
            &encoded
        };
        let tail = going_on.map_or(&[][..], |received| received.tail(state.keep_tail));
        let payload = envelope.encode(body, tail);
        self.seal(value, &payload, born, now, arrival.parts, lines)
    }

    /// Seals a payload and writes its lines. The one way a session leaves.
    fn seal(
        &self,
        value: &T,
        payload: &[u8],
        born: Timestamp,
        now: Timestamp,
        parts_that_came: u16,
        lines: &mut Writer<'_>,
    ) -> Result<(), CloseError> {
        let layout = self.layout(value, payload.len())?;
        let wanted = now
            .saturating_add(self.idle(value))
            .min(born.saturating_add(self.shared.settings.lifetime));
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
        lines.set(&token, layout, max_age, parts_that_came);
        Ok(())
    }

    /// Returns how long this session lives without use, in seconds.
    fn idle(&self, value: &T) -> u32 {
        let idle = self.shared.settings.idle;
        match value.expiry() {
            Expiry::After(duration) => whole_seconds(duration).clamp(1, idle),
            Expiry::Jar | Expiry::OnBrowserClose => idle,
        }
    }

    fn is_persistent(&self, value: &T) -> bool {
        match value.expiry() {
            Expiry::After(_) => true,
            Expiry::Jar => self.shared.settings.persistent,
            Expiry::OnBrowserClose => false,
        }
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

impl<T: SessionData> Clone for Jar<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            session_type: PhantomData,
        }
    }
}

impl<T: SessionData> fmt::Debug for Jar<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jar")
            .field("session_type", &std::any::type_name::<T>())
            .field("cookie_name", &self.cookie_name())
            .field("sealer", &self.shared.sealer)
            .finish_non_exhaustive()
    }
}

/// What a response has to carry, besides what the application puts there.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Closing {
    /// Append each as `Set-Cookie`, marked sensitive.
    pub set_cookies: SetCookies,
    /// Set `Cache-Control` to this, in place of any other.
    pub cache_control: Option<&'static str>,
    /// Append this as `Vary`.
    pub vary: Option<&'static str>,
    /// Append this as `Clear-Site-Data`, so that no page of the session is shown from history.
    pub clear_site_data: Option<&'static str>,
}

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
    pub(crate) const fn opened_at(&self) -> Timestamp {
        self.opened.opened_at()
    }

    pub(crate) const fn next_revision(&self) -> u32 {
        self.envelope.revision.saturating_add(1)
    }

    /// Returns what a newer build appended to the body, unless that has been dropped.
    pub(crate) fn tail(&self, keep: bool) -> &[u8] {
        let payload = self.opened.payload();
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

/// Tells a jar what time it is.
#[derive(Clone)]
pub(crate) struct Clock(pub(crate) Arc<dyn Fn() -> Result<Timestamp, ClockError> + Send + Sync>);

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(Timestamp::now))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

fn first_time(done: &AtomicBool) -> bool {
    !done.swap(true, Ordering::Relaxed)
}
