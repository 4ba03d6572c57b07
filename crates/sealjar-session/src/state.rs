//! What have the handlers of a request asked for so far?

use std::sync::Arc;
use std::thread::ThreadId;

use sealjar::Timestamp;

use crate::codec::Encoded;
use crate::data::SessionData;
use crate::delivery::Client;
use crate::intent::Intent;

/// The intents and values of one request, under one lock.
pub(crate) struct State<T> {
    pub(crate) intent: Intent,
    /// Why the incoming session ends with this request, if it does. The strongest reason counts,
    /// whatever is written afterwards.
    pub(crate) ended: Option<Ended>,
    pub(crate) content: Content<T>,
    /// The id of the session that begins with this response.
    pub(crate) new_id: Option<[u8; 8]>,
    /// The birth that the session gets so that it outlives a revocation of its subject.
    pub(crate) begins_at: Option<Timestamp>,
    /// Whether this response may extend the idle time, whatever kind of request it answers.
    pub(crate) keep_alive: bool,
    /// The client, if an adapter in a debug build recorded it.
    pub(crate) client: Option<Box<Client>>,
    pub(crate) closed: bool,
    /// The thread that is inside a closure of `update`.
    pub(crate) updating_thread: Option<ThreadId>,
}

/// Why the incoming session ends. Later variants outweigh earlier ones.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Ended {
    /// `update` changed its subject: somebody logged in or out, or one person replaced another.
    SubjectChanged,
    /// `discard` ended it, and it had no subject.
    Discarded,
    /// `purge` ended it, or its own expiry.
    Purged,
}

/// The session's value, compared with the one that came.
#[derive(Default)]
pub(crate) enum Content<T> {
    /// The value that came.
    #[default]
    AsCame,
    /// A value that has not been encoded: the default after the session has ended.
    Set(Arc<T>),
    /// A value that `update` has accepted.
    Written {
        value: Arc<T>,
        encoded: Encoded,
        /// Whether the parts that this build does not know still belong to the value.
        keeps_unknown: bool,
    },
}

impl<T: SessionData> State<T> {
    /// Returns the present value. `came` is the incoming one.
    pub(crate) fn value<'a>(&'a self, came: &'a Arc<T>) -> &'a Arc<T> {
        match &self.content {
            Content::AsCame => came,
            Content::Set(value) | Content::Written { value, .. } => value,
        }
    }

    /// Whether every write of this request has kept the parts that this build does not know.
    pub(crate) const fn keeps_unknown(&self) -> bool {
        !matches!(
            self.content,
            Content::Written {
                keeps_unknown: false,
                ..
            }
        )
    }

    /// Adds a reason why the incoming session ends.
    pub(crate) fn end(&mut self, reason: Ended) {
        self.ended = self.ended.max(Some(reason));
    }

    /// Whether the incoming session is over, and not only renewed.
    pub(crate) fn ends_what_came(&self) -> bool {
        self.ended >= Some(Ended::Discarded)
    }

    /// Whether the response logs a subject out of the incoming session, whose value was `came`. No
    /// slower response may bring that session back.
    pub(crate) fn logs_out(&self, came: Option<&T>) -> bool {
        match self.ended {
            Some(Ended::Purged) => true,
            Some(Ended::SubjectChanged) => came.is_some_and(|came| came.subject().is_some()),
            Some(Ended::Discarded) | None => false,
        }
    }
}

impl<T> Default for State<T> {
    fn default() -> Self {
        Self {
            intent: Intent::Keep,
            ended: None,
            content: Content::AsCame,
            new_id: None,
            begins_at: None,
            keep_alive: false,
            client: None,
            closed: false,
            updating_thread: None,
        }
    }
}
