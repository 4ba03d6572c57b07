//! How do several handlers and the response work on one session at the same time?

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use sealjar::{__hazmat as hazmat, SealError};

use crate::close::close;
use crate::codec::{self, Kept};
use crate::data::{Belongs, SessionData};
use crate::envelope::Envelope;
use crate::error::{CloseError, UpdateError};
use crate::incoming::{Incoming, Received};
use crate::intent::Intent;
use crate::open;
use crate::origin::Origin;
use crate::request::{CookieHeaders, FetchMetadata};
use crate::response::Closing;
use crate::seal::check;
use crate::shared::Shared;
use crate::state::{Content, Ended, State};

/// What all clones of a session share.
pub(crate) struct Inner<T: SessionData, H: ?Sized> {
    pub(crate) jar: Arc<Shared>,
    pub(crate) fetch: FetchMetadata,
    incoming: OnceLock<Incoming<T>>,
    /// Whether a handler has used the session, so that the response depends on it.
    touched: AtomicBool,
    state: Mutex<State<T>>,
    /// Held while a closure of `update` runs. `get` does not take it.
    updating: Mutex<()>,
    pub(crate) headers: H,
}

impl<T: SessionData, H> Inner<T, H> {
    pub(crate) fn new(jar: Arc<Shared>, headers: H, fetch: FetchMetadata) -> Self {
        Self {
            jar,
            fetch,
            incoming: OnceLock::new(),
            touched: AtomicBool::new(false),
            state: Mutex::default(),
            updating: Mutex::new(()),
            headers,
        }
    }
}

impl<T: SessionData> Inner<T, dyn CookieHeaders> {
    /// Returns what the request brought, and records that the response depends on it.
    pub(crate) fn used(&self) -> &Incoming<T> {
        let touched = &self.touched;
        if !touched.load(Ordering::Relaxed)
            && !touched.swap(true, Ordering::Relaxed)
            && self.state().closed
        {
            tracing::error!(
                target: "sealjar",
                cookie = self.jar.cookie_name(),
                "first read after the response's head was out, which says nothing to caches: read the \
                 session before answering"
            );
        }
        self.incoming()
    }

    /// Returns what the request brought. The first call opens the cookies.
    pub(crate) fn incoming(&self) -> &Incoming<T> {
        self.incoming
            .get_or_init(|| open::open(&self.jar, &self.headers, self.fetch))
    }

    /// Returns where the session comes from, if the cookies have been opened.
    pub(crate) fn known_origin(&self) -> Option<&Origin> {
        self.incoming.get().map(|incoming| &incoming.origin)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State<T>> {
        // This lock is not held while a closure of `update` runs. The session type's own `subject`
        // and `expiry` may run under it; if one of them panics, nothing has changed yet.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ask(&self, intent: Intent, change: impl FnOnce(&mut State<T>)) {
        self.used();
        let mut state = self.state();
        if state.closed {
            tracing::error!(
                target: "sealjar",
                cookie = self.jar.cookie_name(),
                intent = ?intent,
                "asked after the response's head was out, nothing was done"
            );
            return;
        }
        state.intent = state.intent.then(intent);
        change(&mut state);
    }

    pub(crate) fn end(&self, reason: Ended) {
        self.ask(Intent::Purge, |state| {
            state.end(reason);
            state.content = Content::Set(Arc::default());
            state.new_id = None;
            state.begins_at = None;
        });
    }

    pub(crate) fn try_update<R, E>(
        &self,
        change: impl FnOnce(&mut T) -> Result<R, E>,
    ) -> Result<Result<R, E>, UpdateError> {
        let this = thread::current().id();
        if self.state().updating_thread == Some(this) {
            return Err(UpdateError::Nested);
        }
        let _updating = self.updating.lock().unwrap_or_else(PoisonError::into_inner);
        let incoming = self.used();
        let before = {
            let mut state = self.state();
            if state.closed {
                return Err(UpdateError::Closed);
            }
            state.updating_thread = Some(this);
            Arc::clone(state.value(&incoming.value))
        };
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

    /// Accepts a changed value, if it can be sealed and fits.
    fn commit(&self, before: &Arc<T>, value: T) -> Result<(), UpdateError> {
        let unencodable = |reason| UpdateError::Unencodable { reason };
        let encoded = codec::encode(T::FORMAT, &value).map_err(unencodable)?;
        if encoded.is_of(&**before) {
            return Ok(());
        }
        encoded.check(&value).map_err(unencodable)?;
        let incoming = self.used();
        let now = match &incoming.received {
            Some(received) => received.opened_at(),
            None => self.jar.now().map_err(SealError::from)?,
        };
        if self.jar.sealers.own.longest_ttl_at(now).is_none() {
            return Err(SealError::NoSealingKey.into());
        }

        let mut state = self.state();
        if state.closed {
            return Err(UpdateError::Closed);
        }
        if !Arc::ptr_eq(state.value(&incoming.value), before) {
            // The session was purged while the closure ran. The purge ends the session whose copy
            // the closure changed, and wins, as if the change had come just before it.
            return Ok(());
        }
        let changes_subject = before.subject() != value.subject();
        let intent = state.intent.then(Intent::Write).then(if changes_subject {
            Intent::Renew
        } else {
            Intent::Write
        });
        let received = incoming.received.as_ref();
        let continued = received.filter(|_| intent == Intent::Write);
        // If the type does not say whose the session is, this may be another person's login.
        let is_somebodys_own = Belongs::of(&value) != Belongs::Undeclared;
        let keeps_unknown = state.keeps_unknown()
            && is_somebodys_own
            && continued.is_some_and(|received| encoded.may_keep(received.unknown()));
        let kept = continued.filter(|_| keeps_unknown);
        let kept = kept.map_or(Kept::NOTHING, Received::unknown);
        let envelope = Envelope {
            schema: T::SCHEMA,
            id: [0; 8],
            revision: continued.map_or(0, |received| received.next_revision()),
        };
        let payload = encoded.payload(&envelope, kept).len();
        check(&self.jar, &value, payload, now)?;
        if continued.is_none() && state.new_id.is_none() {
            state.new_id = Some(hazmat::draw_session_id()?);
        }
        state.intent = intent;
        if changes_subject {
            state.end(Ended::SubjectChanged);
        }
        state.content = Content::Written {
            value: Arc::new(value),
            encoded,
            keeps_unknown,
        };
        Ok(())
    }

    /// Ends the request. Returns what the response has to carry: nothing if no handler used the
    /// session, or if it was closed before.
    pub(crate) fn close<'a>(
        &self,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Closing, CloseError> {
        let mut state = self.state();
        let was_closed = std::mem::replace(&mut state.closed, true);
        if was_closed || !self.touched.load(Ordering::Relaxed) {
            return Ok(Closing::default());
        }
        let Some(incoming) = self.incoming.get() else {
            return Ok(Closing::default());
        };
        close(&self.jar, incoming, &mut state, self.fetch, headers)
    }
}

/// Clears which thread is in `update`, whether its closure returned or panicked.
struct ResetThread<'a, T: SessionData>(&'a Inner<T, dyn CookieHeaders>);

impl<T: SessionData> Drop for ResetThread<'_, T> {
    fn drop(&mut self) {
        self.0.state().updating_thread = None;
    }
}
