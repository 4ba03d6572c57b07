//! What opens the sessions of one type?

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use cookie::Cookie;
use sealjar::{__hazmat as hazmat, Uses};

use crate::cookie::write::SetCookies;
use crate::data::SessionData;
use crate::error::CloseError;
use crate::legacy::LegacyUses;
#[cfg(feature = "metrics")]
use crate::metrics;
use crate::origin::Origin;
use crate::refusal::{Refusal, SessionRefusalKind};
use crate::request::{CookieHeaders, FetchMetadata};
use crate::session::Session;
use crate::shared::Shared;

/// Opens and closes the sessions of one type. Build it once; clones share its state.
///
/// Adapters do all of this for an application. To do it by hand, call [`open`](Self::open) with the
/// request's `Cookie` headers, work with the [`Session`], and call [`Session::close`] before the
/// response's head is sent.
///
/// # Examples
/// ```
/// # use sealjar_session::{FetchMetadata, Jar, Session, SessionData, testing};
/// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
/// struct Visits { count: u32 }
/// impl SessionData for Visits {}
///
/// let jar = Jar::<Visits>::new(testing::ring(), "shop-prod")?;
/// let session = jar.open(["theme=dark"], FetchMetadata::default());
/// session.update(|visits| visits.count += 1)?;
/// for line in Session::close(&session, [])?.set_cookies {
///     assert!(line.starts_with("__Host-Http-session="));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Jar<T: SessionData> {
    pub(crate) shared: Arc<Shared>,
    session_type: PhantomData<fn() -> T>,
}

impl<T: SessionData> Jar<T> {
    pub(crate) fn from_shared(shared: Shared) -> Self {
        Self {
            shared: Arc::new(shared),
            session_type: PhantomData,
        }
    }

    /// Returns the exact name of the cookie.
    #[must_use]
    pub fn cookie_name(&self) -> &str {
        self.shared.cookie_name()
    }

    /// Begins a request. Cookies are read when a handler first asks for the session.
    ///
    /// `fetch` says why the browser makes the request.
    #[must_use]
    pub fn open(&self, headers: impl CookieHeaders, fetch: FetchMetadata) -> Session<T> {
        Session::new(Arc::clone(&self.shared), headers, fetch)
    }

    /// Returns how often this jar and its clones have used each key of the ring.
    ///
    /// A request whose handlers do not use the session counts nothing. Otherwise each distinct
    /// cookie of the name counts once, as opened or as refused. A cookie that opened and was then
    /// refused, for example as `too_old`, counts under the key that opened it.
    ///
    /// If two different sessions both open, `ambiguous` counts as well. If too many cookies come,
    /// or the clock fails, none is tried and only `ambiguous` or `clock` counts. These two and
    /// `torn_chunks` belong to no single key.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, testing};
    /// let jar = Jar::<()>::new(testing::ring(), "shop-prod")?;
    /// _ = jar.open([jar.cookie_for(&())?], FetchMetadata::default()).get();
    /// assert_eq!(jar.uses().keys[0].opened, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn uses(&self) -> Uses<SessionRefusalKind> {
        hazmat::uses(&self.shared.sealers.own)
    }

    /// Returns how often sessions came in the cookies of a former library
    /// ([`JarBuilder::also_opens`](crate::JarBuilder::also_opens)), in their order. When `opened`
    /// rises on no replica any more, everybody who came has moved.
    ///
    /// A cookie that came counts once for each request whose handlers use the session. Refusals
    /// count in [`uses`](Self::uses) too, by kind.
    #[must_use]
    pub fn legacy_uses(&self) -> Vec<LegacyUses> {
        self.shared.doors.uses()
    }

    /// Passes the counts of [`uses`](Self::uses) to the recorder of the `metrics` facade that the
    /// application has installed. Call it whenever metrics are read, or on a timer: requests do not
    /// call it.
    ///
    /// The counters are `sealjar_tokens_sealed_total` and `sealjar_tokens_opened_total` with the
    /// labels `cookie` and `key_id`, and `sealjar_tokens_refused_total` with the additional label
    /// `kind`. `key_id` is `none` for refusals that belong to no single key. If the jar opens
    /// legacy cookies, `sealjar_legacy_cookies_opened_total` has the labels `cookie` and
    /// `legacy_cookie`. Each call sets the counters and does not add, so calling twice counts once.
    /// Jars with one cookie name write to the same counters. Visitors cannot create counters: all
    /// ids that the ring does not hold are counted together.
    #[cfg(feature = "metrics")]
    pub fn record_metrics(&self) {
        metrics::record(self.cookie_name(), &self.uses(), &self.legacy_uses());
    }

    /// Returns the `Cookie` header of a visitor who has this session, for an application's own
    /// tests.
    ///
    /// # Errors
    /// [`CloseError`] when the value cannot be sealed or does not fit.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, SessionData, testing};
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// struct Account { name: String }
    /// impl SessionData for Account {}
    ///
    /// let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// let cookie = jar.cookie_for(&Account { name: "Ada".into() })?;
    /// assert_eq!(jar.open([cookie], FetchMetadata::default()).get().name, "Ada");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cookie_for(&self, value: &T) -> Result<String, CloseError> {
        Ok(cookie_header(self.lines_for(value)?))
    }

    /// Returns the `Set-Cookie` lines that give a visitor this session.
    pub(crate) fn lines_for(&self, value: &T) -> Result<SetCookies, CloseError> {
        let session = self.open(None::<Vec<u8>>, FetchMetadata::default());
        session.replace(value.clone());
        Ok(Session::close(&session, [])?.set_cookies)
    }

    /// Returns the session that a response's `Set-Cookie` headers leave in an empty browser, for an
    /// application's own tests; `None` if they set none or remove it. The headers may include other
    /// cookies.
    ///
    /// # Errors
    /// [`Refusal`] when the cookie that they set does not open.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, Session, SessionData, testing};
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Account { name: String }
    /// # impl SessionData for Account {}
    /// let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// let session = jar.open(None::<String>, FetchMetadata::default());
    /// session.update(|account| account.name = "Ada".into())?;
    /// let response = Session::close(&session, [])?;
    ///
    /// let account = jar.value_of(response.set_cookies)?.expect("a session was set");
    /// assert_eq!(account.name, "Ada");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn value_of(
        &self,
        set_cookies: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Result<Option<T>, Refusal> {
        let session = self.open([cookie_header(set_cookies)], FetchMetadata::default());
        match session.origin() {
            Origin::Absent { .. } => Ok(None),
            Origin::Legacy { .. } | Origin::Opened { .. } => Ok(Some(T::clone(&session.get()))),
            Origin::Refused(refusal) => Err(refusal.clone()),
        }
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
            .field("sealer", &self.shared.sealers.own)
            .finish_non_exhaustive()
    }
}

/// Joins what a browser would send back that had no cookies before.
fn cookie_header(set_cookies: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut header = String::new();
    for line in set_cookies {
        let line = String::from_utf8_lossy(line.as_ref());
        let Ok(cookie) = Cookie::parse(&*line) else {
            continue;
        };
        if cookie.max_age().is_some_and(|it| it.is_zero()) {
            continue;
        }
        if !header.is_empty() {
            header.push_str("; ");
        }
        header.push_str(&cookie.stripped().to_string());
    }
    header
}
