//! What does a store do when it holds one session, and that session is in the visitor's cookie?
//!
//! tower-sessions tells a store of `cycle_id` and of `flush` in the same way, by a deletion. They
//! are told apart by what follows: after `cycle_id` a record with another id is created, after
//! `flush` one that still has the deleted id. Where nothing follows, the session is asked to create
//! its record once more, and that is looked at and not written.

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
    /// The id that tower-sessions was given for a cookie that did not open. Without one it would
    /// not tell the store of a `flush`.
    unreadable: Option<i128>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What was deleted, until it shows whether it has got another id or has ended.
    deleted: Option<i128>,
    /// Whether what is created now only answers the question which of the two it was.
    asking: bool,
    /// The answer: it has another id, and does not end.
    goes_on: bool,
    /// Whether the session was empty when it was loaded.
    loaded_empty: Option<bool>,
    saved: bool,
    settled: bool,
    /// What the handlers want in the end. Unknown while they run.
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

    /// Returns the id of the session that came, `None` when no cookie did.
    pub(crate) fn id(&self) -> Option<i128> {
        let values = adapter::peek(&self.session).1.as_ref();
        let came = values.is_some().then(|| i128::from_le_bytes(values.id));
        came.or(self.unreadable)
    }

    /// Returns the values of a session, `None` when there is none with this id.
    pub(crate) fn load(&self, id: i128) -> Result<Option<Map>, Failure> {
        let value = self.session.get();
        let mut state = self.state();
        if state.deleted == Some(id) {
            // The same request has deleted it, and finds it gone.
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

    /// Writes a session that tower-sessions believes to exist.
    pub(crate) fn save(&self, id: i128, map: &Map, until: OffsetDateTime) -> Result<(), Failure> {
        let mut state = self.open_state()?;
        if state.deleted.is_some() {
            self.end(&mut state);
        }
        if self.unreadable == Some(id) && map.is_empty() && !state.saved {
            // Another replica may open the cookie, and nothing was written that could replace it.
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

    /// Takes a session away, or its id only: what follows will tell.
    pub(crate) fn delete(&self, id: i128) -> Result<(), Failure> {
        // Changes nothing, and fails when there is no response left that could tell the browser.
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

    /// Takes note of how the session is to end, once the handlers have nothing more to say.
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

    /// Returns whether the browser fetches ahead of time, which is no use of the session.
    pub(crate) fn is_speculative(&self) -> bool {
        self.session.is_speculative()
    }

    /// Returns whether something was deleted of which it is not clear whether it continues. What is
    /// created from now on only tells. Without a load before, it cannot have got another id.
    pub(crate) fn asks(&self) -> bool {
        let mut state = self.state();
        state.asking = state.deleted.is_some() && state.loaded_empty.is_some();
        state.asking
    }

    /// Ends what was deleted and does not go on. Nothing is taken any more.
    pub(crate) fn settle(&self) {
        let mut state = self.state();
        if state.deleted.is_some() && !state.goes_on {
            self.end(&mut state);
        }
        state.settled = true;
    }

    fn exists(&self, id: i128) -> bool {
        self.unreadable == Some(id) || self.session.get().as_ref().as_ref().is(id)
    }

    /// Ends the session that is there. What is written afterwards is another.
    fn end(&self, state: &mut State) {
        state.deleted = None;
        state.saved = false;
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
            // What a handler saves itself has to fit however it will end: a time takes as much
            // room.
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

    /// Fails once all is settled: what comes then, from a task that outlives the handler, no
    /// response would tell.
    fn open_state(&self) -> Result<MutexGuard<'_, State>, UpdateError> {
        let state = self.state();
        if state.settled {
            return Err(UpdateError::Closed);
        }
        Ok(state)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held but the session, which is as it was then.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: SessionData> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sealed").field(&self.session).finish()
    }
}

/// What goes wrong, in the three kinds and the plain text that tower-sessions has for it.
#[derive(Debug)]
pub(crate) enum Failure {
    Backend(String),
    Decode(String),
    Encode(String),
}

impl From<UpdateError> for Failure {
    /// Keeps the cause, for which tower-sessions has no place but the text.
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
