//! What does an adapter do with a session that a handler must not? No methods, so that no handler finds
//! them.

use crate::arrival::{Origin, Received};
use crate::data::SessionData;
use crate::delivery::Client;
use crate::jar::Jar;
use crate::session::Session;

impl<T: SessionData> Session<T> {
    /// Opens the cookie and returns what came, without using the session: the response says nothing to
    /// caches and the session's idle time goes on. For adapters that must know before the handler does,
    /// and no method, so that no handler takes it for [`get`](Self::get).
    #[must_use]
    pub fn peek(this: &Self) -> (&Origin, &T) {
        let arrival = this.open();
        (&arrival.origin, &arrival.value)
    }

    /// Warns once, if the ring revokes people, that an adapter's layer has not been told where a session
    /// says whose it is. `hint` says how to tell it. For adapters that bring a session type of their own.
    pub fn lacks_subject(this: &Self, hint: &str) {
        let received = this.open().received.as_ref();
        if received.is_some_and(Received::lists_subjects) {
            this.0.jar.warn_of_no_subject(hint);
        }
    }

    /// Returns the jar that the session belongs to, and with it the way to close it. For adapters, and no
    /// method: a handler has no use for it.
    #[must_use]
    pub fn jar(this: &Self) -> &Jar<T> {
        &this.0.jar
    }

    /// Lets this response extend the session's idle time when that is due, if a handler uses the session.
    /// For adapters that have a switch for it, and no method: a handler asks with
    /// [`keep_alive`](Self::keep_alive).
    pub fn keep_alive_if_used(this: &Self) {
        this.state().keep_alive = !this.is_speculative();
    }

    /// Says who asks, so that a debug build can warn of a cookie that the browser is bound to drop. For
    /// adapters, before the handler runs, in debug builds only.
    pub fn note_client(this: &Self, client: Client) {
        let client = this.0.jar.shared.delivery.begin(client);
        this.state().client = Some(Box::new(client));
    }

    /// Refuses later changes, because no response will carry them: the client has gone, or the service
    /// failed. For adapters, and no method for that reason.
    pub fn abandon(this: &Self) {
        this.state().closed = true;
    }
}
