//! Does a session end while its visitor still uses the page? If a page works by background
//! requests, its developer reads so in the log.

use std::sync::atomic::{AtomicU64, Ordering};

use sealjar::OpenError;
use tracing::Level;

use crate::id::SessionId;
use crate::incoming::Incoming;
use crate::origin::Origin;
use crate::refusal::Refusal;

/// The session that was logged last, so that a page which keeps sending requests is logged once.
/// One is enough for a developer, who has one browser.
#[derive(Debug, Default)]
pub(crate) struct Unextended(AtomicU64);

impl Unextended {
    /// Logs, at DEBUG, that a session is about to end, or has ended, while its page still sends
    /// requests: none of them loads a page, so none extends the session.
    pub(crate) fn log<T>(&self, cookie: &str, incoming: &Incoming<T>) {
        if !tracing::enabled!(target: "sealjar", Level::DEBUG) {
            return;
        }
        if let Origin::Refused(Refusal::Token(OpenError::Expired)) = incoming.origin {
            tracing::debug!(
                target: "sealjar",
                cookie,
                hint = HINT,
                "a session has ended under a page that keeps asking: this request loads no page, and \
                 extends nothing"
            );
        }
        let received = incoming.received.as_ref();
        // A session in a legacy cookie ends with that cookie, whatever is extended.
        let Some(received) = received.filter(|received| received.legacy().is_none()) else {
            return;
        };
        let left = received.expires_at().seconds_since(received.opened_at());
        let whole = received.expires_at().seconds_since(received.sealed_at());
        let id = received.envelope().id;
        if left <= whole / 4 && self.is_news(id) {
            tracing::debug!(
                target: "sealjar",
                cookie,
                session = %SessionId(id),
                left,
                hint = HINT,
                "a session in use ends soon: this request loads no page, and extends nothing"
            );
        }
    }

    fn is_news(&self, id: [u8; 8]) -> bool {
        let id = u64::from_be_bytes(id);
        self.0.swap(id, Ordering::Relaxed) != id
    }
}

const HINT: &str = "build the jar or the layer with keep_alive(true), or call session.keep_alive() in the \
                    handlers that such pages call";
