//! How does a request become a session, and a session become a response? Both directions.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sealjar::{ClockError, LiveRing, Sealer, Timestamp, Uses};

use crate::arrival::Origin;
use crate::builder::JarBuilder;
use crate::cache::{Effect, Policies};
use crate::config_error::ConfigError;
use crate::cookie::attributes::{Attributes, SameSite};
use crate::cookie::write::{SetCookies, Writer};
use crate::data::SessionData;
use crate::delivery::Delivery;
use crate::error::CloseError;
use crate::fate::Fate;
use crate::loudness::Loudness;
use crate::request::{CookieHeaders, FetchMetadata};
use crate::session::Session;
use crate::timeouts::Timeouts;
use crate::unextended::Unextended;

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
    pub(crate) delivery: Delivery,
    pub(crate) unextended: Unextended,
    pub(crate) loudness: Loudness,
    pub(crate) warned_of_cut_expiry: AtomicBool,
    pub(crate) warned_of_cut_lifetime: AtomicBool,
    pub(crate) warned_of_no_subject: AtomicBool,
}

pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) attributes: Attributes,
    pub(crate) same_site: SameSite,
    /// Whether the cookie comes with every request of a browser that has it.
    pub(crate) comes_always: bool,
    pub(crate) persistent: bool,
    /// Whether any request extends the idle time, and not only one that loads a page.
    pub(crate) keep_alive: bool,
    pub(crate) timeouts: Timeouts,
    pub(crate) max_size: usize,
    pub(crate) clear_site_data: Option<&'static str>,
    pub(crate) no_store_when_logged_in: bool,
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

    /// `told_of_cut`: whether it has been said that the ring allows less than the settings ask for.
    pub(crate) fn from_parts(
        sealer: Sealer,
        settings: Settings,
        delivery: Delivery,
        told_of_cut: bool,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                sealer,
                settings,
                delivery,
                unextended: Unextended::default(),
                loudness: Loudness::default(),
                warned_of_cut_expiry: AtomicBool::new(false),
                warned_of_cut_lifetime: AtomicBool::new(told_of_cut),
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
    /// `fetch` is what the request says about why it is made.
    #[must_use]
    pub fn open(&self, headers: impl CookieHeaders, fetch: FetchMetadata) -> Session<T> {
        Session::new(self.clone(), headers, fetch)
    }

    /// Ends a request: says what the response has to carry. Later changes to the session are refused.
    ///
    /// `headers` are those of the response as the application has made it, in pairs of a name and a
    /// value.
    ///
    /// # Errors
    /// [`CloseError`] when a change cannot be sealed or does not fit. The response must not go out as
    /// if it had been kept.
    pub fn close<'a>(
        &self,
        session: &Session<T>,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Closing, CloseError> {
        if !session.is_of(self) {
            // Another jar would seal it under a name and a key that are not its own.
            return Session::jar(session).close(session, headers);
        }
        let Some((arrival, mut state)) = session.finish() else {
            return Ok(Closing::default());
        };
        if state.fate == Fate::Purge && self.has_nothing_to_expire(arrival) {
            state.fate = Fate::Keep;
            state.purged = false;
        }
        if self.is_written_to_end(arrival, &state) {
            state.fate = Fate::Purge;
            state.purged = true;
        }
        let policies = Policies::read(headers);
        let mut closing = Closing {
            vary: (!policies.varies_by_cookie).then_some("Cookie"),
            ..Closing::default()
        };
        let extends = self.extends(session.fetch(), &state);
        self.tell_if_it_ends_soon(extends, arrival, &state);
        let reseal = self.due_reseal(extends, arrival, &state);
        let clears = Self::clears_logged_out(extends, arrival, &state);
        let verdict = policies.judge(match (state.fate, &reseal) {
            (Fate::Keep, None) if clears => Effect::Reseal { urgent: false },
            (Fate::Keep, None) => Effect::Read,
            (Fate::Keep, Some(due)) => Effect::Reseal { urgent: due.urgent },
            (Fate::Purge, _) if !state.purged => Effect::Discard,
            (Fate::Write | Fate::Renew | Fate::Purge, _) => Effect::Write,
        });
        if verdict.overridden {
            tracing::warn!(
                target: "sealjar",
                cookie = self.cookie_name(),
                "the response sets a session cookie and lets shared caches keep it: replaced what it \
                 says to caches by no-store"
            );
        }
        closing.cache_control = match verdict.cache_control {
            Some(_) if self.is_never_to_be_stored(arrival, &state) => Some("no-store"),
            policy => policy,
        };
        closing.other_policies = verdict.replaced;

        let settings = &self.shared.settings;
        let mut lines = Writer::new(&settings.name, &settings.attributes);
        match state.fate {
            Fate::Keep if verdict.withheld => {}
            Fate::Keep if clears => lines.remove(arrival.parts),
            Fate::Keep => {
                if let Some(due) = reseal {
                    self.reseal(arrival, due.now, &mut lines);
                }
            }
            Fate::Write | Fate::Renew => self.seal_changed(arrival, &state, &mut lines)?,
            Fate::Purge => lines.remove(arrival.parts),
        }
        self.mark_ended(arrival, &state, &mut lines);
        if Self::logs_out(arrival, &state) {
            closing.clear_site_data = self.shared.settings.clear_site_data;
        }
        closing.set_cookies = lines.lines;
        // A cookie that the browser had to leave out tells nothing of those that it sends.
        let withheld = matches!(arrival.origin, Origin::Absent { withheld: true });
        if let Some(client) = state.client.as_ref().filter(|_| !withheld) {
            let came = !matches!(arrival.origin, Origin::Absent { .. });
            let sets = matches!(state.fate, Fate::Write | Fate::Renew);
            let delivery = &self.shared.delivery;
            delivery.end(client, self.cookie_name(), came, sets);
        }
        Ok(closing)
    }

    /// Returns what has been done with each key of the ring, by this jar and its clones.
    ///
    /// A request whose session nobody reads counts nothing. Otherwise each cookie of the name that is
    /// tried counts once, as opened or as refused; equal ones count as one. What opened and was refused
    /// all the same, such as `too_old`, counts under the key that it opened with.
    ///
    /// Two different sessions that both open count as `ambiguous` besides. Nothing is tried when too
    /// many cookies come, or when the clock fails: `ambiguous` or `clock` counts alone. These two and
    /// `torn_chunks` are of no one key.
    #[must_use]
    pub fn uses(&self) -> Uses {
        self.shared.sealer.uses()
    }

    pub(crate) fn now(&self) -> Result<Timestamp, ClockError> {
        (self.shared.settings.clock.0)()
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
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Closing {
    /// Append each as `Set-Cookie`, marked sensitive.
    pub set_cookies: SetCookies,
    /// Set `Cache-Control` to this, in place of any other.
    pub cache_control: Option<&'static str>,
    /// Set each of these headers to the value beside it, in place of any other. They are policies that some
    /// cache prefers to `Cache-Control`, and that would let it keep the response.
    pub other_policies: Vec<(String, &'static str)>,
    /// Append this as `Vary`.
    pub vary: Option<&'static str>,
    /// Append this as `Clear-Site-Data`: what the jar was told to clear when somebody logs out.
    pub clear_site_data: Option<&'static str>,
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

pub(crate) fn first_time(done: &AtomicBool) -> bool {
    !done.swap(true, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn a_clock_is_shown_by_its_name() {
        assert_eq!(format!("{:?}", Clock::default()), "Clock");
    }
}
