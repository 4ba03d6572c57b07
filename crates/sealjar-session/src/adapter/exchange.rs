//! What does a layer do with a request, and with its response?

use crate::adapter::slot::{Conflict, CookieNames, Slot};
use crate::data::SessionData;
use crate::delivery::Client;
use crate::error::CloseError;
use crate::jar::Jar;
use crate::request::{FetchMetadata, RawCookies};
use crate::response::Closing;
use crate::session::Session;

/// A request of an adapter's framework.
pub trait Request {
    /// The value of a header. Cloning it should cost little.
    type Value: AsRef<[u8]> + Send + Sync + 'static;

    /// Returns the method, such as `GET`.
    fn method(&self) -> &str;

    /// Returns the value of the first header with this name, which is in lower case.
    fn header(&self, name: &'static str) -> Option<&[u8]>;

    /// Returns the values of all `Cookie` headers.
    fn cookies(&self) -> RawCookies<Self::Value>;

    /// Takes a value out of the request's extensions.
    fn take<X: Clone + Send + Sync + 'static>(&mut self) -> Option<X>;

    /// Puts a value into the request's extensions.
    fn put<X: Clone + Send + Sync + 'static>(&mut self, value: X);
}

/// Begins a request: leaves a session for the handlers in its extensions. `None` if another layer
/// has done so for this type, or if the two cannot work together; then the request passes as it is.
///
/// `keep_alive`: whether this request may extend the session's idle time, whatever kind it is.
pub fn begin<T: SessionData>(
    jar: &Jar<T>,
    keep_alive: bool,
    request: &mut impl Request,
) -> Option<Unanswered<T>> {
    if let Some(mut slot) = request.take::<Slot<T>>() {
        slot.meet(jar);
        request.put(slot);
        return None;
    }
    // The first request of a debug build shows that two jars have one cookie name. A release build
    // does not look: it would cost every request an allocation.
    if cfg!(debug_assertions) {
        let mut names = request.take::<CookieNames>().unwrap_or_default();
        let is_free = names.take(jar.cookie_name());
        request.put(names);
        if !is_free {
            request.put(Slot::<T>::Conflict(Conflict::OneName));
            return None;
        }
    }
    let fetch = FetchMetadata::read(request.method(), |name| request.header(name));
    let session = jar.open(request.cookies(), fetch);
    if keep_alive {
        keep_alive_if_used(&session);
    }
    if cfg!(debug_assertions) {
        note_client(&session, Client::of(|name| request.header(name)));
    }
    request.put(Slot::Session(session.clone()));
    Some(Unanswered(session))
}

/// Lets this response extend the session's idle time when that is due, if a handler uses the
/// session. For adapters that have a switch for it: a handler asks with [`Session::keep_alive`].
pub fn keep_alive_if_used<T: SessionData>(session: &Session<T>) {
    session.inner().state().keep_alive = !session.is_speculative();
}

/// Notes who asks, so that a debug build can warn of a cookie that the browser is bound to drop.
/// [`begin`] does it, in debug builds.
pub fn note_client<T: SessionData>(session: &Session<T>, client: Client) {
    let client = session.inner().jar.delivery.begin(client);
    session.inner().state().client = Some(Box::new(client));
}

/// The session of a request that has not been answered yet.
///
/// If it is dropped before it is closed, because the client has gone or the service failed, later
/// changes are refused: no response will carry them.
#[derive(Debug)]
pub struct Unanswered<T: SessionData>(Session<T>);

impl<T: SessionData> Unanswered<T> {
    /// Waits for the answer to a session's request. [`begin`] does it.
    #[must_use]
    pub const fn new(session: Session<T>) -> Self {
        Self(session)
    }

    /// Ends the request, as [`Session::close`] does, and logs a failure.
    ///
    /// # Errors
    /// [`CloseError`] when a change cannot be kept that a handler was promised. Answer with 500:
    /// the response must not look as if it had been.
    pub fn close<'a>(
        &self,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Closing, CloseError> {
        Session::close(&self.0, headers).inspect_err(|error| {
            tracing::error!(
                target: "sealjar",
                cookie = self.0.inner().jar.cookie_name(),
                error = error as &dyn std::error::Error,
                "a changed session could not be sealed, answered 500"
            );
        })
    }
}

impl<T: SessionData> Drop for Unanswered<T> {
    fn drop(&mut self) {
        self.0.inner().state().closed = true;
    }
}
