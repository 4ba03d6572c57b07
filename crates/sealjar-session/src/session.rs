//! What can a handler do with its visitor's session?

mod facts;
mod inner;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use sealjar::__hazmat as hazmat;

use crate::data::SessionData;
use crate::error::{CloseError, UpdateError};
use crate::intent::Intent;
use crate::request::{CookieHeaders, FetchMetadata};
use crate::response::Closing;
use crate::session::inner::Inner;
use crate::shared::Shared;
use crate::state::{Content, Ended};

/// A visitor's session during one request. Cloning shares.
///
/// The cookie is opened when the session is first asked for, and written when the response's head
/// goes out, if anything was asked. A cookie that does not open is left where it is: the visitor is
/// anonymous here, [`origin`](Self::origin) says why, and another replica may still open it.
///
/// Two requests under way at once carry the same cookie, and the later `Set-Cookie` wins. Keep what
/// must not be lost that way, such as stock or money, in a database.
pub struct Session<T: SessionData>(Arc<Inner<T, dyn CookieHeaders>>);

impl<T: SessionData> Session<T> {
    pub(crate) fn new(jar: Arc<Shared>, headers: impl CookieHeaders, fetch: FetchMetadata) -> Self {
        Self(Arc::new(Inner::new(jar, headers, fetch)))
    }

    /// Returns the session's value as it is now. The returned value does not change when the
    /// session does.
    ///
    /// Call it at least once before the response's head is out: the response then tells caches that
    /// it belongs to this visitor.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, Session, SessionData, testing};
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Account { name: Option<String>, visits: u32 }
    /// # impl SessionData for Account {}
    /// # let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// # let session = jar.open(None::<String>, FetchMetadata::default());
    /// assert_eq!(session.get().visits, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn get(&self) -> Arc<T> {
        let incoming = self.0.used();
        Arc::clone(self.0.state().value(&incoming.value))
    }

    /// Changes the session. There is no other way to change its value.
    ///
    /// `change` works on a copy, so [`get`](Self::get) inside it returns the value before. The
    /// change is taken as a whole or not at all; a panic leaves the session as it was. If the value
    /// encodes to the same bytes as before, nothing is written.
    ///
    /// If [`SessionData::subject`] changes, the session is also renewed, as by
    /// [`renew`](Self::renew): a login never keeps the id that the session had before it.
    ///
    /// # Errors
    /// [`UpdateError::TooLarge`] when the session would not fit, with the exact size of the lines;
    /// [`UpdateError::Seal`] when nothing can be sealed; [`UpdateError::Unencodable`];
    /// [`UpdateError::Nested`] inside another `update`; [`UpdateError::Closed`] once the response's
    /// head is out.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, Session, SessionData, testing};
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Account { name: Option<String>, visits: u32 }
    /// # impl SessionData for Account {}
    /// # let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// # let session = jar.open(None::<String>, FetchMetadata::default());
    /// let visits = session.update(|account| {
    ///     account.visits += 1;
    ///     account.visits
    /// })?;
    /// assert_eq!(visits, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> Result<R, UpdateError> {
        let Ok(result) = self.try_update(|value| Ok::<_, Infallible>(change(value)))?;
        Ok(result)
    }

    /// Changes the session as [`update`](Self::update) does, if `change` returns `Ok`.
    ///
    /// # Errors
    /// As [`update`](Self::update). The inner result is the closure's own.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, Session, SessionData, testing};
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Account { name: Option<String>, visits: u32 }
    /// # impl SessionData for Account {}
    /// # let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// # let session = jar.open(None::<String>, FetchMetadata::default());
    /// let refused = session.try_update(|account| {
    ///     account.visits += 1;
    ///     if account.visits > 0 { Err("closed today") } else { Ok(()) }
    /// })?;
    /// assert_eq!(refused, Err("closed today"));
    /// assert_eq!(session.get().visits, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_update<R, E>(
        &self,
        change: impl FnOnce(&mut T) -> Result<R, E>,
    ) -> Result<Result<R, E>, UpdateError> {
        self.0.try_update(change)
    }

    /// Gives the session a new id, so that an id which an attacker planted before is of no use.
    /// Call it when the visitor's rights change. A login renews the session by itself if the
    /// session type has a [`subject`](SessionData::subject); otherwise call it at each login.
    ///
    /// The absolute lifetime starts again only if the subject changes in this request.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, Session, SessionData, testing};
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Account { name: Option<String>, visits: u32 }
    /// # impl SessionData for Account {}
    /// # let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// # let session = jar.open(None::<String>, FetchMetadata::default());
    /// let cookie = jar.cookie_for(&Account::default())?;
    /// let session = jar.open([cookie], FetchMetadata::default());
    /// let before = session.id();
    /// session.renew();
    /// assert_ne!(session.id(), before);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn renew(&self) {
        self.0.ask(Intent::Renew, |state| {
            // A generator that fails here is asked again when the response goes out, and fails
            // there.
            state.new_id = state.new_id.or_else(|| hazmat::draw_session_id().ok());
        });
    }

    /// Ends the session, as a logout does: the value is the default again and the response expires
    /// the cookie, whether it could be opened or not. A value that is written afterwards begins a
    /// new session.
    ///
    /// A copy of the cookie stays valid until its lifetime is over, unless the ring revokes it.
    ///
    /// If no cookie of the session came, the response expires none, except where the browser may
    /// have one that it does not send: under a path other than `/`, or on a request from another
    /// site, from which `SameSite` withholds it.
    ///
    /// For a session that belongs to nobody, such as a message for the next page, use
    /// [`discard`](Self::discard).
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, Session, SessionData, testing};
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Account { name: Option<String>, visits: u32 }
    /// # impl SessionData for Account {}
    /// # let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// # let session = jar.open(None::<String>, FetchMetadata::default());
    /// session.update(|account| account.name = Some("Ada".into()))?;
    /// session.purge();
    /// assert_eq!(session.get().name, None);
    /// assert!(session.id().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn purge(&self) {
        self.0.end(Ended::Purged);
    }

    /// Ends a session that belongs to nobody, such as a message for the next page: the value is the
    /// default again and the response expires the cookie.
    ///
    /// It leaves out what only a logout needs: the second cookie that keeps a slower response from
    /// bringing the session back, and the headers that clear or forbid the browser's cache. A
    /// session with a [`subject`](SessionData::subject) is purged, as by [`purge`](Self::purge).
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Session, SessionData};
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// struct Flash { text: Option<String> }
    ///
    /// impl SessionData for Flash {
    ///     fn subject(&self) -> Option<std::borrow::Cow<'_, str>> {
    ///         None // a message belongs to nobody
    ///     }
    /// }
    ///
    /// /// Takes the message, so that it is shown once.
    /// fn take(flash: &Session<Flash>) -> Option<String> {
    ///     let text = flash.get().text.clone()?;
    ///     flash.discard();
    ///     Some(text)
    /// }
    /// ```
    pub fn discard(&self) {
        let received = self.0.used().received.as_ref();
        if received.is_some_and(|received| received.value.subject().is_some()) {
            return self.purge();
        }
        self.0.end(Ended::Discarded);
    }

    /// Lets this response extend the session's idle time when that is due, even if the request does
    /// not load a page. For pages that live on background requests;
    /// [`JarBuilder::keep_alive`](crate::JarBuilder::keep_alive) does it for every request of a
    /// jar.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, Session, SessionData, testing};
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Account { name: Option<String>, visits: u32 }
    /// # impl SessionData for Account {}
    /// # let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// # let session = jar.open(None::<String>, FetchMetadata::default());
    /// /// Answers a script that a visible page runs once a minute.
    /// fn poll(session: &Session<Account>) -> u32 {
    ///     session.keep_alive();
    ///     session.get().visits
    /// }
    /// # assert_eq!(poll(&session), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn keep_alive(&self) {
        self.0.ask(Intent::Keep, |state| state.keep_alive = true);
    }

    /// Ends the request: returns what the response has to carry. Later changes to the session are
    /// refused.
    ///
    /// `headers` are those of the response as the application has made it, in pairs of a name and a
    /// value. Adapters call it; [`adapter`](crate::adapter) has what else they need. It is no
    /// method, so that no handler takes it for a logout.
    ///
    /// # Errors
    /// [`CloseError`] when a change cannot be sealed or does not fit. The response must not go out
    /// as if it had been kept.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, Session, SessionData, testing};
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Account { name: Option<String>, visits: u32 }
    /// # impl SessionData for Account {}
    /// # let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// # let session = jar.open(None::<String>, FetchMetadata::default());
    /// session.update(|account| account.visits = 1)?;
    /// let response = Session::close(&session, [("content-type", &b"text/html"[..])])?;
    /// assert_eq!(response.vary, Some("Cookie"));
    /// assert_eq!(response.set_cookies.into_iter().count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn close<'a>(
        this: &Self,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Closing, CloseError> {
        this.0.close(headers)
    }

    /// Sets the value whatever it was. For `Jar::cookie_for`, where even the default is a session.
    pub(crate) fn replace(&self, value: T) {
        self.0.ask(Intent::Renew, |state| {
            state.content = Content::Set(Arc::new(value));
        });
    }

    pub(crate) fn inner(&self) -> &Inner<T, dyn CookieHeaders> {
        &self.0
    }
}

impl<T: SessionData> Clone for Session<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: SessionData> fmt::Debug for Session<T> {
    /// Shows what is known without opening the cookie, and never the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("session_type", &std::any::type_name::<T>())
            .field("cookie_name", &self.0.jar.cookie_name())
            .field("origin", &self.0.known_origin())
            .field("intent", &self.0.state().intent)
            .finish_non_exhaustive()
    }
}
