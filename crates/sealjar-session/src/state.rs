//! What have the handlers of a request asked for so far?

use std::sync::Arc;
use std::thread::ThreadId;

use crate::codec::Encoded;
use crate::data::SessionData;
use crate::delivery::Client;
use crate::fate::Fate;

/// The intents and values of one request, under one lock.
pub(crate) struct State<T> {
    pub(crate) fate: Fate,
    /// The value, once it is another than the one that came.
    pub(crate) value: Option<Arc<T>>,
    /// The encoding of `value`, once `update` has made it.
    pub(crate) body: Option<Encoded>,
    /// The id of the session that begins with this response.
    pub(crate) new_id: Option<[u8; 8]>,
    /// Whether the bytes a newer build appended still belong to the value.
    pub(crate) keep_tail: bool,
    /// Whether the session that came has ended by a logout, whatever began after it.
    pub(crate) purged: bool,
    /// Whether the session that came was nobody's and has ended, whatever began after it.
    pub(crate) discarded: bool,
    /// Whether somebody has logged in or out, or another in their place.
    pub(crate) subject_changed: bool,
    pub(crate) keep_alive: bool,
    /// Who asks, where an adapter of a debug build has said it.
    pub(crate) client: Option<Box<Client>>,
    pub(crate) closed: bool,
    pub(crate) updating_thread: Option<ThreadId>,
}

impl<T: SessionData> State<T> {
    /// Whether the session that came has ended with this request.
    pub(crate) fn ends_what_came(&self) -> bool {
        self.purged || self.discarded || self.fate == Fate::Purge
    }

    /// Whether what is written is another session than the one that came.
    pub(crate) fn begins_anew(&self) -> bool {
        self.fate == Fate::Renew
    }

    /// Whether a renewed session keeps its absolute lifetime, because nobody has logged in or out.
    pub(crate) const fn keeps_birth(&self) -> bool {
        !self.purged && !self.discarded && !self.subject_changed
    }

    /// Whether a subject was logged in whose session no later answer may bring back.
    pub(crate) fn leaves_subject(&self, received: &T) -> bool {
        self.subject_changed && received.subject().is_some()
    }
}

impl<T> Default for State<T> {
    fn default() -> Self {
        Self {
            fate: Fate::Keep,
            value: None,
            body: None,
            new_id: None,
            keep_tail: true,
            purged: false,
            discarded: false,
            subject_changed: false,
            keep_alive: false,
            client: None,
            closed: false,
            updating_thread: None,
        }
    }
}
