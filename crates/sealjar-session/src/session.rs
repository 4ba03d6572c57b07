//! What can a handler do with its visitor's session?

mod inner;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use sealjar::__hazmat as hazmat;

use crate::data::SessionData;
use crate::error::{CloseError, UpdateError};
use crate::id::SessionId;
use crate::intent::Intent;
use crate::open;
use crate::origin::Origin;
use crate::refusal::Refusal;
use crate::request::{CookieHeaders, FetchMetadata};
use crate::response::Closing;
use crate::session::inner::Inner;
use crate::shared::Shared;
use crate::state::{Content, Ended};
use crate::validity::Validity;

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

    /// Returns the session's value as it is now. It does not change under the caller.
    ///
    /// Call it before the response's head is out, once at least: that is what makes the response say to
    /// caches that it is this visitor's.
    #[must_use]
    pub fn get(&self) -> Arc<T> {
        let incoming = self.0.used();
        Arc::clone(self.0.state().value(&incoming.value))
    }

    /// Changes the session. The one door for change.
    ///
    /// `change` works on a copy, so that [`get`](Self::get) inside it sees the value before. The
    /// change is taken as a whole or not at all; a panic leaves the session as it was. When the value
    /// encodes to the same bytes as before, nothing is written.
    ///
    /// When [`SessionData::subject`] changes, the session is renewed as by [`renew`](Self::renew): a
    /// login never keeps the id that came before it.
    ///
    /// # Errors
    /// [`UpdateError::TooLarge`] when the session would not fit, with the exact size of the lines;
    /// [`UpdateError::Seal`] when nothing can be sealed; [`UpdateError::Unencodable`];
    /// [`UpdateError::Nested`] inside another `update`; [`UpdateError::Closed`] once the response's
    /// head is out.
    pub fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> Result<R, UpdateError> {
        let Ok(result) = self.try_update(|value| Ok::<_, Infallible>(change(value)))?;
        Ok(result)
    }

    /// Changes the session as [`update`](Self::update) does, if `change` returns `Ok`.
    ///
    /// # Errors
    /// As [`update`](Self::update). The inner result is the closure's own.
    pub fn try_update<R, E>(
        &self,
        change: impl FnOnce(&mut T) -> Result<R, E>,
    ) -> Result<Result<R, E>, UpdateError> {
        self.0.try_update(change)
    }

    /// Gives the session a new id. The absolute lifetime goes on, unless the
    /// [`subject`](SessionData::subject) changes in this request. Call it at every login and change of rights: what was planted before is another session
    /// then.
    pub fn renew(&self) {
        self.0.ask(Intent::Renew, |state| {
            // A generator that fails here is asked again when the response goes out, and fails there.
            state.new_id = state.new_id.or_else(|| hazmat::draw_session_id().ok());
        });
    }

    /// Ends the session: the value is the default again and the cookie is expired, whether it could be
    /// opened or not. A value that is written afterwards begins a new session.
    ///
    /// A copy of the cookie that somebody kept stays valid until its time is over, unless the ring
    /// revokes it.
    ///
    /// If no cookie of the session came, nothing is sent: there is nothing to expire. It is expired all
    /// the same where the browser may have one that does not come: under a path other than `/`, and with
    /// a request from another site, from which `SameSite` withholds it.
    ///
    /// For a session that is nobody's and is shown once, such as a message for the next page, there is
    /// [`discard`](Self::discard).
    pub fn purge(&self) {
        self.0.end(Ended::Purged);
    }

    /// Ends a session that is nobody's, such as a message for the next page: the value is the default
    /// again and the cookie is expired.
    ///
    /// It does what [`purge`](Self::purge) does, without what a logout needs besides: no second cookie
    /// that keeps a slower response from bringing the session back, nothing that clears or forbids the
    /// browser's cache. The session of a [`subject`](SessionData::subject) is purged.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Session, SessionData};
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// struct Flash { text: Option<String> }
    ///
    /// impl SessionData for Flash {
    ///     fn subject(&self) -> Option<std::borrow::Cow<'_, str>> {
    ///         None // a message is nobody's
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

    /// Lets this response extend the session's idle time when that is due, even if the request is not
    /// a navigation. For pages that live on background requests; where all do,
    /// [`JarBuilder::keep_alive`](crate::JarBuilder::keep_alive) does it for every request.
    pub fn keep_alive(&self) {
        self.0.ask(Intent::Keep, |state| state.keep_alive = true);
    }

    /// Returns whether the visitor may never see this response: the browser fetches or renders the page
    /// ahead of time (`Sec-Purpose: prefetch`), or asks for the head alone (`HEAD`).
    ///
    /// Do nothing then that is to happen when the page is seen, such as taking a message that is shown
    /// once.
    #[must_use]
    pub fn is_speculative(&self) -> bool {
        self.0.fetch.is_speculative()
    }

    /// Returns the session's id, `None` while there is no session. It is no secret: it names the
    /// session in logs, and in the ring when it is revoked.
    #[must_use]
    pub fn id(&self) -> Option<SessionId> {
        let received = self.0.used().received.as_ref();
        let state = self.0.state();
        match state.intent {
            Intent::Purge => None,
            Intent::Keep | Intent::Write => received.map(|it| it.envelope().id).or(state.new_id),
            Intent::Renew => state.new_id,
        }
        .map(SessionId)
    }

    /// Returns how many writes the session that came had seen, 0 when none came. A lower number than
    /// one seen before is an old copy, or the loser of two writes at once.
    #[must_use]
    pub fn revision(&self) -> u32 {
        self.0
            .used()
            .received
            .as_ref()
            .map_or(0, |received| received.envelope().revision)
    }

    /// Returns where the session comes from, and why a cookie was refused.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.0.used().origin
    }

    /// Opens the cookie that came once more, by the ring and the time of now. For handlers that outlive
    /// their response, such as those of a WebSocket or of server-sent events: a session is opened once,
    /// when the request begins, and [`get`](Self::get) and [`origin`](Self::origin) say for ever what was
    /// found then.
    ///
    /// It finds out what this replica can know: a revoked session, person or key, a key that has left the
    /// ring, the end of the idle time and of the lifetime. It does not know
    /// * that the visitor has logged out in another tab. Browsers keep that to themselves until their next
    ///   request. End such connections where your application logs people out, or compare a number such
    ///   as `auth_version` with your database;
    /// * that another response has extended the session since. [`Refusal::Token`] with
    ///   [`OpenError::Expired`](sealjar::OpenError::Expired) says that the copy which came is over: close
    ///   the connection, and let the page connect again with the cookie that the browser has now.
    ///
    /// It changes nothing, may be called at any time, and costs what opening costs, a few microseconds.
    /// It counts in [`Jar::uses`](crate::Jar::uses), and logs a refusal, as opening does.
    ///
    /// # Examples
    /// ```
    /// use sealjar_session::{Session, SessionData, Validity};
    ///
    /// /// What a WebSocket asks once a minute, and before it does anything that matters.
    /// fn may_go_on<T: SessionData>(session: &Session<T>) -> Result<(), String> {
    ///     match session.recheck() {
    ///         Validity::Valid { .. } => Ok(()),
    ///         Validity::Ended(why) => Err(why.to_string()),
    ///         _ => Err("log in first".into()),
    ///     }
    /// }
    /// ```
    pub fn recheck(&self) -> Validity {
        let Some(received) = &self.0.incoming().received else {
            return Validity::Anonymous;
        };
        let state = self.0.state();
        if state.ends_what_came() || state.logs_out(Some(&*received.value)) {
            return Validity::Ended(Refusal::LoggedOut);
        }
        drop(state);
        let again = open::open::<T>(&self.0.jar, &self.0.headers, self.0.fetch);
        match (again.received, again.origin) {
            (Some(now), _) if now.envelope().id == received.envelope().id => Validity::Valid {
                expires_at: now.expires_at(),
            },
            (None, Origin::Refused(refusal)) => Validity::Ended(refusal),
            // Another session came with it, which could not be opened then.
            _ => Validity::Ended(Refusal::Ambiguous),
        }
    }

    /// Ends the request: returns what the response has to carry. Later changes to the session are
    /// refused.
    ///
    /// `headers` are those of the response as the application has made it, in pairs of a name and a
    /// value. Adapters call it. It is no method, so that no handler takes it for a logout.
    ///
    /// # Errors
    /// [`CloseError`] when a change cannot be sealed or does not fit. The response must not go out as
    /// if it had been kept.
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
