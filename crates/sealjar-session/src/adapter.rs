//! What an adapter to a web framework needs, beside [`Jar`](crate::Jar) and [`Session`]. Applications need none of
//! it.
//!
//! These are functions and no methods of [`Session`], so that no handler takes one for what a handler
//! does.

mod slot;

pub use crate::delivery::Client;
pub use crate::request::{CookieHeaders, RawCookies};
pub use slot::{Conflict, CookieNames, NoSession, Slot, is_of};

use crate::data::SessionData;
use crate::incoming::Received;
use crate::origin::Origin;
use crate::session::Session;

/// Opens the cookie and returns what came, without using the session: the response says nothing to
/// caches and the session's idle time is not extended. For adapters that must know before the handler
/// does.
#[must_use]
pub fn peek<T: SessionData>(session: &Session<T>) -> (&Origin, &T) {
    let incoming = session.inner().incoming();
    (&incoming.origin, &incoming.value)
}

/// Warns once, if the ring revokes people, that an adapter's layer was not given the place at which a
/// session says whose it is. `hint` says how to give it. For adapters that bring a session type of their
/// own.
pub fn lacks_subject<T: SessionData>(session: &Session<T>, hint: &str) {
    let received = session.inner().incoming().received.as_ref();
    if received.is_some_and(Received::lists_subjects) {
        session.inner().jar.warn_of_no_subject::<T>(hint);
    }
}

/// Lets this response extend the session's idle time when that is due, if a handler uses the session.
/// For adapters that have a switch for it: a handler asks with [`Session::keep_alive`].
pub fn keep_alive_if_used<T: SessionData>(session: &Session<T>) {
    session.inner().state().keep_alive = !session.is_speculative();
}

/// Notes who asks, so that a debug build can warn of a cookie that the browser is bound to drop. Call it
/// before the handler runs, in debug builds only.
pub fn note_client<T: SessionData>(session: &Session<T>, client: Client) {
    let client = session.inner().jar.delivery.begin(client);
    session.inner().state().client = Some(Box::new(client));
}

/// Refuses later changes, because no response will carry them: the client has gone, or the service
/// failed.
pub fn abandon<T: SessionData>(session: &Session<T>) {
    session.inner().state().closed = true;
}

/// Returns the name of the session's cookie.
#[must_use]
pub fn cookie_name<T: SessionData>(session: &Session<T>) -> &str {
    session.inner().jar.cookie_name()
}
