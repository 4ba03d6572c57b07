//! What an adapter to a web framework needs, beside [`Jar`](crate::Jar) and [`Session`].
//! Applications need none of it.
//!
//! For each request a layer calls [`begin`], lets its handlers run, and calls [`Unanswered::close`]
//! before the response's head goes out. A handler's extractor is [`Slot::session`].
//!
//! These are functions and not methods of [`Session`], so that no handler calls one by mistake.

mod exchange;
mod login;
pub(crate) mod revoke;
mod slot;

pub use crate::delivery::Client;
pub use crate::request::CookieHeaders;
pub use crate::response::{Header, HeaderName, Placement};
pub use exchange::{Request, Unanswered, begin, keep_alive_if_used, note_client};
pub use login::{NotLoggedIn, subject_of};
pub use revoke::{end_copies, outlive, revocation, revocation_of_subject};
pub use slot::{Conflict, CookieNames, NoSession, Slot, is_of};

use crate::data::SessionData;
use crate::error::UpdateError;
use crate::incoming::Received;
use crate::origin::Origin;
use crate::session::Session;

/// Opens the cookie and returns what it held, without counting as a use of the session: the
/// response gets no cache headers and the idle time is not extended. For adapters that must know
/// the session before the handler does.
#[must_use]
pub fn peek<T: SessionData>(session: &Session<T>) -> (&Origin, &T) {
    let incoming = session.inner().incoming();
    (&incoming.origin, &incoming.value)
}

/// If people are revoked, warns once that the adapter's layer does not know where a session
/// stores its subject. `hint` says how to configure it. For adapters that bring a session type of
/// their own.
pub fn lacks_subject<T: SessionData>(session: &Session<T>, hint: &str) {
    let received = session.inner().incoming().received.as_ref();
    if received.is_some_and(Received::lists_subjects) {
        session.inner().jar.warn_of_no_subject::<T>(hint);
    }
}

/// Returns the status for a response whose handler's change was not accepted: 503 if no key can
/// seal now, otherwise 500.
#[must_use]
pub const fn status_of(error: &UpdateError) -> u16 {
    match error {
        UpdateError::Seal(_) => 503,
        _ => 500,
    }
}

/// Logs that a change was not accepted, and returns the text of the response. The text omits the
/// reason, which may name fields and sizes.
#[must_use]
pub fn explain(error: &UpdateError) -> &'static str {
    tracing::error!(
        target: "sealjar",
        error = error as &dyn std::error::Error,
        hint = error.hint(),
        "a change to a session was not taken"
    );
    "the session could not be saved"
}
