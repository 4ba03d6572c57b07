//! Does a session end although its visitor is there? Told to the developer of pages that live on fetch.

use std::sync::atomic::{AtomicU64, Ordering};

use sealjar::OpenError;
use tracing::Level;

use crate::arrival::{Arrival, Origin};
use crate::data::SessionData;
use crate::error::Refusal;
use crate::fate::Fate;
use crate::id::SessionId;
use crate::jar::Jar;
use crate::state::State;

/// The session that was told of last, so that a page which asks all the time is told of once. One is
/// enough for a developer, who has one browser.
#[derive(Debug, Default)]
pub(crate) struct Unextended(AtomicU64);

impl Unextended {
    fn is_news(&self, id: [u8; 8]) -> bool {
        let id = u64::from_be_bytes(id);
        self.0.swap(id, Ordering::Relaxed) != id
    }
}

impl<T: SessionData> Jar<T> {
    /// Logs, at DEBUG, that a session is about to end, or has ended, under a page that goes on asking:
    /// none of its requests loads a page, and so none extends the session.
    pub(crate) fn tell_if_it_ends_soon(
        &self,
        extends: bool,
        arrival: &Arrival<T>,
        state: &State<T>,
    ) {
        if extends
            || state.fate != Fate::Keep
            || !tracing::enabled!(target: "sealjar", Level::DEBUG)
        {
            return;
        }
        if let Origin::Refused(Refusal::Token(OpenError::Expired)) = arrival.origin {
            tracing::debug!(
                target: "sealjar",
                cookie = self.cookie_name(),
                hint = HINT,
                "a session has ended under a page that goes on asking: this request loads no page, and \
                 extends nothing"
            );
        }
        let Some(received) = &arrival.received else {
            return;
        };
        let left = received.expires_at().seconds_since(received.opened_at());
        let whole = received.expires_at().seconds_since(received.sealed_at());
        let id = received.envelope().id;
        if left <= whole / 4 && self.shared.unextended.is_news(id) {
            tracing::debug!(
                target: "sealjar",
                cookie = self.cookie_name(),
                session = %SessionId(id),
                left,
                hint = HINT,
                "a session in use ends soon: this request loads no page, and extends nothing"
            );
        }
    }
}

const HINT: &str = "build the jar or the layer with keep_alive(true), or call session.keep_alive() in the \
                    handlers that such pages call";
