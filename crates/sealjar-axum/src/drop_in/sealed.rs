//! How does a store work that holds one session, which is in the visitor's cookie?
//!
//! For `cycle_id` and for `flush`, tower-sessions calls the store in the same way: it deletes. What
//! follows shows which one it was: after `cycle_id` tower-sessions creates a record with another
//! id, after `flush` one that still has the deleted id. If nothing follows, we make the session
//! create its record once more, and only look at the record's id.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sealjar_session::{Origin, Session, SessionData, UpdateError, adapter};
use time::OffsetDateTime;

use super::subject::Subject;
use super::values::{Ends, Map, Values};

/// The sealed session of one request, for the `SessionStore` of each version.
pub(crate) struct Sealed<T: SessionData> {
    session: Session<T>,
    subject: Option<Arc<Subject>>,
    /// The id that tower-sessions got for a cookie that did not open. Without one it would not call
    /// the store for a `flush`.
    unreadable: Option<i128>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The deleted id, until it is clear whether the session has a new id or has ended.
    deleted: Option<i128>,
    /// Whether the next record that is created only shows which of the two it was.
    asking: bool,
    /// The answer: the session has another id, and does not end.
    goes_on: bool,
    /// Whether the session was empty when it was loaded.
    loaded_empty: Option<bool>,
    saved: bool,
    /// Whether the session that came has ended.
    ended: bool,
    settled: bool,
    /// The expiry that the handlers want in the end. Unknown while they run.
    ends: Option<Ends>,
}

impl<T: SessionData + AsRef<Values> + From<Values>> Sealed<T> {
    /// Opens the cookie, if one came. `fresh` is an id that no session has.
    pub(crate) fn new(session: Session<T>, subject: Option<Arc<Subject>>, fresh: i128) -> Self {
        let unreadable = matches!(adapter::peek(&session).0, Origin::Refused(_)).then_some(fresh);
        Self {
            session,
            subject,
            unreadable,
            state: Mutex::default(),
        }
    }

    /// Returns the id of the incoming session, `None` when no cookie came.
    pub(crate) fn id(&self) -> Option<i128> {
        let values = adapter::peek(&self.session).1.as_ref();
        let came = values.is_some().then(|| i128::from_le_bytes(values.id));
        came.or(self.unreadable)
    }

    /// Returns the values of a session, `None` if none has this id.
    pub(crate) fn load(&self, id: i128) -> Result<Option<Map>, Failure> {
        let value = self.session.get();
        let mut state = self.state();
        if state.deleted == Some(id) {
            // The same request deleted it, so it finds no session.
            self.end(&mut state);
            return Ok(None);
        }
        let values = value.as_ref().as_ref();
        let map = if values.is(id) {
            let map = values.read();
            Some(map.map_err(|error| Failure::Decode(error.to_string()))?)
        } else {
            (self.unreadable == Some(id)).then(Map::new)
        };
        state.loaded_empty = map.as_ref().map(Map::is_empty).or(state.loaded_empty);
        Ok(map)
    }

    /// Writes a session that tower-sessions assumes to exist.
    pub(crate) fn save(&self, id: i128, map: &Map, until: OffsetDateTime) -> Result<(), Failure> {
        let mut state = self.open_state()?;
        if state.deleted.is_some() {
            self.end(&mut state);
        }
        if self.unreadable == Some(id) && map.is_empty() && !state.saved {
            // Another replica may open the cookie, and no handler wrote anything that could replace
            // it.
            return Ok(());
        }
        self.write(&mut state, id, map, until)
    }

    /// Writes a session that begins, or continues under the new `id`. `given` is the id that its
    /// record had.
    pub(crate) fn create(
        &self,
        given: i128,
        id: i128,
        map: &Map,
        until: OffsetDateTime,
    ) -> Result<(), Failure> {
        let mut state = self.open_state()?;
        let deleted = state.deleted;
        if state.asking {
            let emptied = map.is_empty() && state.loaded_empty == Some(false);
            state.goes_on = deleted != Some(given) && !emptied;
            return Ok(());
        }
        if deleted == Some(given) {
            self.end(&mut state);
        }
        self.write(&mut state, id, map, until)?;
        if deleted.is_some_and(|deleted| deleted != given) {
            self.session.renew();
        }
        state.deleted = None;
        Ok(())
    }

    /// Deletes a session, or only its id: what follows shows which.
    pub(crate) fn delete(&self, id: i128) -> Result<(), Failure> {
        // Changes nothing, and fails when no response is left that could reach the browser.
        self.session.update(|_| ())?;
        if !self.exists(id) {
            return Ok(());
        }
        let mut state = self.open_state()?;
        if state.deleted.replace(id) == Some(id) {
            // `flush` or `delete`, and then `cycle_id`.
            self.end(&mut state);
        }
        Ok(())
    }

    /// Records how the session is to end, once the handlers can no longer change it.
    pub(crate) fn answered(&self, ends: Ends) -> Result<(), Failure> {
        let mut state = self.state();
        state.ends = Some(ends);
        if state.saved {
            self.change(|values| Values { ends, ..values })?;
        }
        Ok(())
    }

    /// Extends the idle time when that is due, whatever kind of request this is.
    pub(crate) fn keep_alive(&self) {
        self.session.keep_alive();
    }

    /// Returns whether the browser prefetches the page, which does not count as a use of the
    /// session.
    pub(crate) fn is_speculative(&self) -> bool {
        self.session.is_speculative()
    }

    /// Returns whether a deletion is pending whose kind is not known. The next record that is
    /// created then only answers that. Without a load before, it cannot have been `cycle_id`.
    pub(crate) fn asks(&self) -> bool {
        let mut state = self.state();
        state.asking = state.deleted.is_some() && state.loaded_empty.is_some();
        state.asking
    }

    /// Ends a deleted session that does not continue. Later changes are refused.
    pub(crate) fn settle(&self) {
        let mut state = self.state();
        if state.deleted.is_some() && !state.goes_on {
            self.end(&mut state);
        }
        state.settled = true;
    }

    /// Returns the session that came, if it has ended: there may be copies of its cookie.
    pub(crate) fn ended(&self) -> Option<&Session<T>> {
        self.state().ended.then_some(&self.session)
    }

    fn exists(&self, id: i128) -> bool {
        self.unreadable == Some(id) || self.session.get().as_ref().as_ref().is(id)
    }

    /// Ends the present session. What is written afterwards is a new one.
    fn end(&self, state: &mut State) {
        state.deleted = None;
        state.saved = false;
        state.ended = true;
        self.session.purge();
    }

    fn write(
        &self,
        state: &mut State,
        id: i128,
        map: &Map,
        until: OffsetDateTime,
    ) -> Result<(), Failure> {
        let json = Values::write(map).map_err(|error| Failure::Encode(error.to_string()))?;
        let subject = self.subject.as_ref().and_then(|it| it.of(map));
        self.change(|values| Values {
            id: id.to_le_bytes(),
            // What a handler saves itself must fit whatever its expiry will be: every time has the
            // same length.
            ends: state.ends.unwrap_or(Ends::at(until)),
            subject,
            saves: values.saves.wrapping_add(state.ends.is_none().into()),
            json,
        })?;
        state.saved = true;
        Ok(())
    }

    fn change(&self, change: impl FnOnce(Values) -> Values) -> Result<(), UpdateError> {
        self.session
            .update(|it| *it = change(it.as_ref().clone()).into())
    }

    /// Fails once all is settled: no response could carry a later change, such as one from a task
    /// that outlives the handler.
    fn open_state(&self) -> Result<MutexGuard<'_, State>, UpdateError> {
        let state = self.state();
        if state.settled {
            return Err(UpdateError::Closed);
        }
        Ok(state)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Only the session can panic while this is held, and it then is as it was before.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: SessionData> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sealed").field(&self.session).finish()
    }
}

/// What can go wrong, in tower-sessions' three kinds, with a text.
#[derive(Debug)]
pub(crate) enum Failure {
    Backend(String),
    Decode(String),
    Encode(String),
}

impl From<UpdateError> for Failure {
    /// Keeps the cause in the text: tower-sessions has no other place for it.
    fn from(error: UpdateError) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text += &format!(": {error}");
            cause = error.source();
        }
        Self::Backend(text)
    }
}
