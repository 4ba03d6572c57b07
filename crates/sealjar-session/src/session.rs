//! The visitor's session, as handlers see it.

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

/// A visitor's session during one request. Clones share it.
///
/// The cookie is opened when a handler first asks for the session, and written when the response's
/// head is sent, if a handler has changed it. A cookie that does not open is left in place: the
/// visitor is anonymous here, [`origin`](Self::origin) says why, and another replica may still open
/// it.
///
/// Two concurrent requests carry the same cookie, and the later `Set-Cookie` wins. If a lost write
/// would matter, as for stock or money, keep the data in a database.
pub struct Session<T: SessionData>(Arc<Inner<T, dyn CookieHeaders>>);

impl<T: SessionData> Session<T> {
    pub(crate) fn new(jar: Arc<Shared>, headers: impl CookieHeaders, fetch: FetchMetadata) -> Self {
        Self(Arc::new(Inner::new(jar, headers, fetch)))
    }

    /// Returns the session's present value. Later changes to the session do not change the returned
    /// value.
    ///
    /// Call it at least once before the response's head is sent: the response then tells caches
    /// that it belongs to this visitor.
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

    /// Changes the session's value. There is no other way to change it.
    ///
    /// `change` works on a copy, so [`get`](Self::get) inside it returns the old value. The change
    /// is accepted as a whole or not at all; a panic leaves the session as it was. If the new value
    /// has the same encoding as the old one, nothing is written.
    ///
    /// If [`SessionData::subject`] changes, the session is also renewed, as by
    /// [`renew`](Self::renew): a login never keeps the session id from before.
    ///
    /// If the session is revoked after that and before the response is sent, the change ends with
    /// the session, and the response goes out without a cookie.
    ///
    /// # Errors
    /// [`UpdateError::TooLarge`] when the session would not fit, with the exact size of the lines;
    /// [`UpdateError::Seal`] when no key can seal; [`UpdateError::Unencodable`];
    /// [`UpdateError::Nested`] inside another `update`; [`UpdateError::Closed`] once the response's
    /// head has been sent.
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
    /// Those of [`update`](Self::update). The inner result is the closure's own.
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

    /// Gives the session a new id, so that an id which an attacker planted before is useless. Call
    /// it when the visitor's rights change. If the session type has a
    /// [`subject`](SessionData::subject), a login renews the session by itself; otherwise call this
    /// at each login.
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
            // If the random source fails here, closing the session draws again, and fails there.
            state.new_id = state.new_id.or_else(|| hazmat::draw_session_id().ok());
        });
    }

    /// Ends the session, as a logout does: the value becomes the default again and the response
    /// expires the cookie, even one that could not be opened. A value written afterwards begins a
    /// new session.
    ///
    /// A copy of the cookie stays valid until its lifetime is over, unless it is revoked:
    /// [`Revoker::end`](crate::Revoker::end) does both.
    ///
    /// If no cookie of the session came, the response expires none, unless the browser may have one
    /// that it did not send: under a path other than `/`, or on a request from another site, where
    /// `SameSite` withholds it.
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

    /// Ends a session that belongs to nobody, such as a message for the next page: the value
    /// becomes the default again and the response expires the cookie.
    ///
    /// It omits what only a logout needs: the second cookie that keeps a slower response from
    /// bringing the session back, and the headers that clear the browser's cache or forbid it. If
    /// the session has a [`subject`](SessionData::subject), this is a [`purge`](Self::purge).
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
    /// not load a page. For pages that work by background requests;
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
    /// `headers` are those that the application has set on the response, as pairs of a name and a
    /// value. Adapters call this; [`adapter`](crate::adapter) has what else they need. It is not a
    /// method, so that no handler takes it for a logout.
    ///
    /// # Errors
    /// [`CloseError`] when a change cannot be sealed or does not fit. Do not send the response as
    /// if the change had been kept.
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

    /// Sets the value, whatever it was. For `Jar::cookie_for`, where even the default value is a
    /// session.
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
