//! Begins a session for a request, and closes it for the response.

use crate::adapter::slot::{Conflict, CookieNames, Slot};
use crate::data::SessionData;
use crate::delivery::Client;
use crate::error::CloseError;
use crate::few::Few;
use crate::jar::Jar;
use crate::request::{FetchMetadata, Said};
use crate::response::Closing;
use crate::session::Session;

/// A request of an adapter's framework.
pub trait Request {
    /// The value of a header. Cloning it should cost little.
    type Value: AsRef<[u8]> + Clone + Send + Sync + 'static;

    /// Returns the method, such as `GET`.
    fn method(&self) -> &str;

    /// Returns all headers, with their names in lower case. Those of one name come in their order.
    fn headers(&self) -> impl Iterator<Item = (&str, &Self::Value)>;

    /// Takes a value out of the request's extensions.
    fn take<X: Clone + Send + Sync + 'static>(&mut self) -> Option<X>;

    /// Puts a value into the request's extensions.
    fn put<X: Clone + Send + Sync + 'static>(&mut self, value: X);
}

/// Begins a request: puts a session for the handlers into its extensions. Returns `None` if another
/// layer has already done so for this type, or if the two layers cannot work together; the layer
/// then passes the request on unchanged.
/// `keep_alive`: whether this request may extend the session's idle time even if it does not load a
/// page.
/// a page.
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
    // In a debug build, the first request shows whether two jars share a cookie name. A release
    // build does not check: it would cost every request an allocation.
    if cfg!(debug_assertions) {
        let mut names = request.take::<CookieNames>().unwrap_or_default();
        let is_free = names.take(jar.cookie_name());
        request.put(names);
        if !is_free {
            request.put(Slot::<T>::Conflict(Conflict::OneName));
            return None;
        }
    }
    let (cookies, fetch) = read(request);
    let session = jar.open(cookies, fetch);
    if keep_alive {
        keep_alive_if_used(&session);
    }
    if cfg!(debug_assertions) {
        let first = |name| request.headers().find(|(other, _)| *other == name);
        let client = Client::of(|name| first(name).map(|(_, value)| value.as_ref()));
        note_client(&session, client);
    }
    request.put(Slot::Session(session.clone()));
    Some(Unanswered(session))
}

/// Reads the headers in one pass, which takes less than looking for six that are mostly not there.
fn read<R: Request>(request: &R) -> (Few<R::Value>, FetchMetadata) {
    let (mut cookies, mut said) = (Few::NONE, Said::default());
    for (name, value) in request.headers() {
        if name == "cookie" {
            cookies.push(value.clone());
        } else {
            said.note(name, value.as_ref());
        }
    }
    (cookies, said.of_request(request.method()))
}

/// Lets this response extend the session's idle time when that is due, if a handler uses the
/// session. For adapters that configure this outside the handler; a handler calls
/// [`Session::keep_alive`].
pub fn keep_alive_if_used<T: SessionData>(session: &Session<T>) {
    session.inner().state().keep_alive = !session.is_speculative();
}

/// Records the client, so that a debug build can warn of a cookie that the browser will drop. In
/// debug builds [`begin`] calls it.
pub fn note_client<T: SessionData>(session: &Session<T>, client: Client) {
    let client = session.inner().jar.delivery.begin(client);
    session.inner().state().client = Some(Box::new(client));
}

/// The session of a request that has not been answered yet.
///
/// If it is dropped before it is closed, because the client has disconnected or the service failed,
/// later changes are refused: no response will carry them.
#[derive(Debug)]
pub struct Unanswered<T: SessionData>(Session<T>);

impl<T: SessionData> Unanswered<T> {
    /// Wraps a session whose request is in progress. [`begin`] calls it.
    #[must_use]
    pub const fn new(session: Session<T>) -> Self {
        Self(session)
    }

    /// Ends the request, as [`Session::close`] does, and logs a failure.
    ///
    /// # Errors
    /// [`CloseError`] when a change that a handler was promised cannot be kept. Answer with 500:
    /// the response must not look as if the change had been kept.
    pub fn close<'a>(
        &self,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Closing, CloseError> {
        Session::close(&self.0, headers).inspect_err(|error| {
            tracing::error!(
                target: "sealjar",
                cookie = self.0.inner().jar.cookie_name(),
                error = error as &dyn std::error::Error,
                hint = error.hint(),
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
