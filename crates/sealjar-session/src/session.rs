//! What can a handler do with its visitor's session?

mod adapter;

use std::convert::Infallible;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use sealjar::{__hazmat as hazmat, SealError};

use crate::arrival::{Arrival, Origin};
use crate::codec::{self, Body};
use crate::data::{Belongs, SessionData};
use crate::envelope::Envelope;
use crate::error::UpdateError;
use crate::fate::Fate;
use crate::id::SessionId;
use crate::jar::Jar;
use crate::request::{CookieHeaders, FetchMetadata};
use crate::state::State;

/// A visitor's session during one request. Cloning shares.
///
/// The cookie is opened when the session is first asked for, and written when the response's head
/// goes out, if anything was asked. A cookie that does not open is left where it is: the visitor is
/// anonymous here, [`origin`](Self::origin) says why, and another replica may still open it.
///
/// Two requests under way at once carry the same cookie, and the later `Set-Cookie` wins. Keep what
/// must not be lost that way, such as stock or money, in a database.
pub struct Session<T: SessionData>(Arc<Inner<T, dyn CookieHeaders>>);

struct Inner<T: SessionData, H: ?Sized> {
    jar: Jar<T>,
    fetch: FetchMetadata,
    arrival: OnceLock<Arrival<T>>,
    /// Whether a handler has asked for the session, so that the response depends on it.
    touched: AtomicBool,
    state: Mutex<State<T>>,
    /// Held while a closure of `update` runs. `get` does not take it.
    updating: Mutex<()>,
    headers: H,
}

impl<T: SessionData> Session<T> {
    pub(crate) fn new(jar: Jar<T>, headers: impl CookieHeaders, fetch: FetchMetadata) -> Self {
        Self(Arc::new(Inner {
            jar,
            fetch,
            arrival: OnceLock::new(),
            touched: AtomicBool::new(false),
            state: Mutex::default(),
            updating: Mutex::new(()),
            headers,
        }))
    }

    /// Returns the session's value as it is now. It does not change under the caller.
    ///
    /// Call it before the response's head is out, once at least: that is what makes the response say to
    /// caches that it is this visitor's.
    #[must_use]
    pub fn get(&self) -> Arc<T> {
        let arrival = self.arrival();
        Arc::clone(self.state().value.as_ref().unwrap_or(&arrival.value))
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
        let this = thread::current().id();
        if self.state().updating_thread == Some(this) {
            return Err(UpdateError::Nested);
        }
        let _updating = self
            .0
            .updating
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = self.get();
        {
            let mut state = self.state();
            if state.closed {
                return Err(UpdateError::Closed);
            }
            state.updating_thread = Some(this);
        }
        let reset = ResetThread(self);
        let mut value = T::clone(&before);
        let result = match change(&mut value) {
            Ok(result) => result,
            Err(error) => return Ok(Err(error)),
        };
        drop(reset);
        self.commit(&before, value)?;
        Ok(Ok(result))
    }

    /// Gives the session a new id. The absolute lifetime goes on, unless the
    /// [`subject`](SessionData::subject) changes in this request. Call it at every login and change of rights: what was planted before is another session
    /// then.
    pub fn renew(&self) {
        self.ask(Fate::Renew, |state| {
            state.keep_tail = false;
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
        self.end(|state| state.purged = true);
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
        let received = self.arrival().received.as_ref();
        if received.is_some_and(|received| received.value.subject().is_some()) {
            return self.purge();
        }
        self.end(|state| state.discarded = true);
    }

    /// Lets this response extend the session's idle time when that is due, even if the request is not
    /// a navigation. For pages that live on background requests; where all do,
    /// [`JarBuilder::keep_alive`](crate::JarBuilder::keep_alive) does it for every request.
    pub fn keep_alive(&self) {
        self.ask(Fate::Keep, |state| state.keep_alive = true);
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
        let arrival = self.arrival();
        let state = self.state();
        let received = arrival.received.as_ref();
        match state.fate {
            Fate::Purge => None,
            Fate::Keep | Fate::Write => received.map(|it| it.envelope().id).or(state.new_id),
            Fate::Renew => state.new_id,
        }
        .map(SessionId)
    }

    /// Returns how many writes the session that came had seen, 0 when none came. A lower number than
    /// one seen before is an old copy, or the loser of two writes at once.
    #[must_use]
    pub fn revision(&self) -> u32 {
        self.arrival()
            .received
            .as_ref()
            .map_or(0, |received| received.envelope().revision)
    }

    /// Returns where the session comes from, and why a cookie was refused.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.arrival().origin
    }

    /// Returns whether this session belongs to the jar.
    #[must_use]
    pub fn is_of(&self, jar: &Jar<T>) -> bool {
        Arc::ptr_eq(&self.0.jar.shared, &jar.shared)
    }

    fn end(&self, how: impl FnOnce(&mut State<T>)) {
        self.ask(Fate::Purge, |state| {
            state.value = Some(Arc::default());
            state.body = None;
            state.new_id = None;
            state.keep_tail = false;
            how(state);
        });
    }

    /// Sets the value whatever it was. For `Jar::cookie_for`, where even the default is a session.
    pub(crate) fn replace(&self, value: T) {
        self.ask(Fate::Renew, |state| state.value = Some(Arc::new(value)));
    }

    pub(crate) fn fetch(&self) -> FetchMetadata {
        self.0.fetch
    }

    /// Closes the session. Returns what there is to write, `None` when nobody asked for it or it was
    /// closed before.
    pub(crate) fn finish(&self) -> Option<(&Arrival<T>, MutexGuard<'_, State<T>>)> {
        let mut state = self.state();
        let was_closed = std::mem::replace(&mut state.closed, true);
        if !self.0.touched.load(Ordering::Relaxed) {
            return None;
        }
        let arrival = self.0.arrival.get()?;
        (!was_closed).then_some((arrival, state))
    }

    fn arrival(&self) -> &Arrival<T> {
        let touched = &self.0.touched;
        if !touched.load(Ordering::Relaxed)
            && !touched.swap(true, Ordering::Relaxed)
            && self.state().closed
        {
            tracing::error!(
                target: "sealjar",
                cookie = self.0.jar.cookie_name(),
                "first read after the response's head was out, which says nothing to caches: read the \
                 session before answering"
            );
        }
        self.open()
    }

    /// The raw headers, for whoever opens them once more.
    pub(crate) fn headers(&self) -> &dyn CookieHeaders {
        &self.0.headers
    }

    pub(crate) fn open(&self) -> &Arrival<T> {
        let Inner { arrival, jar, .. } = &*self.0;
        arrival.get_or_init(|| jar.receive(&self.0.headers, self.0.fetch))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State<T>> {
        // A closure of `update` runs without it. The session type's own `subject` and `expiry` may run
        // while it is held; if one of them panics, nothing was changed yet.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, intent: Fate, change: impl FnOnce(&mut State<T>)) {
        self.arrival();
        let mut state = self.state();
        if state.closed {
            tracing::error!(
                target: "sealjar",
                cookie = self.0.jar.cookie_name(),
                intent = ?intent,
                "asked after the response's head was out, nothing was done"
            );
            return;
        }
        state.fate = state.fate.then(intent);
        change(&mut state);
    }

    /// Takes a changed value, if it can be sealed and fits.
    fn commit(&self, before: &Arc<T>, value: T) -> Result<(), UpdateError> {
        let unencodable = |reason| UpdateError::Unencodable { reason };
        let encoded = codec::encode(&value).map_err(|error| unencodable(error.to_string()))?;
        if codec::encodes_to(&**before, encoded.body().bytes) {
            return Ok(());
        }
        encoded.check(&value).map_err(unencodable)?;
        let jar = &self.0.jar;
        let arrival = self.arrival();
        let now = match &arrival.received {
            Some(received) => received.opened_at(),
            None => jar.now().map_err(SealError::from)?,
        };
        if jar.shared.sealer.longest_ttl_at(now).is_none() {
            return Err(SealError::NoSealingKey.into());
        }

        let mut state = self.state();
        if state.closed {
            return Err(UpdateError::Closed);
        }
        if !Arc::ptr_eq(state.value.as_ref().unwrap_or(&arrival.value), before) {
            // A purge came while the closure ran. It ended what the closure changed a copy of, and is
            // the last word, as if the change had come just before it.
            return Ok(());
        }
        let intent = if before.subject() == value.subject() {
            Fate::Write
        } else {
            Fate::Renew
        };
        let fate = state.fate.then(Fate::Write).then(intent);
        let going_on = arrival.received.as_ref().filter(|_| fate == Fate::Write);
        // Where nothing says whose the session is, this may be another person's login.
        let is_somebodys_own = Belongs::of(&value) != Belongs::Undeclared;
        let keep_tail = state.keep_tail
            && is_somebodys_own
            && going_on.is_some_and(|received| encoded.keeps_options(received.options));
        let tail = going_on.map_or(Body::default(), |received| received.tail(keep_tail));
        let envelope = Envelope {
            schema: T::SCHEMA,
            id: [0; 8],
            revision: going_on.map_or(0, |received| received.next_revision()),
        };
        jar.layout(&value, envelope.payload_len(encoded.body(), tail))?;
        if going_on.is_none() && state.new_id.is_none() {
            state.new_id = Some(hazmat::draw_session_id()?);
        }
        state.fate = fate;
        state.subject_changed |= intent == Fate::Renew;
        state.keep_tail = keep_tail;
        state.value = Some(Arc::new(value));
        state.body = Some(encoded);
        Ok(())
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
            .field(
                "origin",
                &self.0.arrival.get().map(|arrival| &arrival.origin),
            )
            .field("fate", &self.state().fate)
            .finish_non_exhaustive()
    }
}

/// Forgets which thread is in `update`, whether its closure returned or panicked.
struct ResetThread<'a, T: SessionData>(&'a Session<T>);

impl<T: SessionData> Drop for ResetThread<'_, T> {
    fn drop(&mut self) {
        self.0.state().updating_thread = None;
    }
}
