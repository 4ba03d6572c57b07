//! How does an `actix_session::Session` get entries without being marked as changed?
//!
//! actix-session lets other crates fill a session only by `insert`, and that is a change: `status`
//! would be `Changed` before any handler ran, and a handler's own `insert` of an equal value could
//! not be noticed. Its own middleware fills a session without a change. So that middleware fills
//! one here: for a request of ours, with the cookie that it expects, from a store that returns the
//! visitor's entries. We then move what it leaves in our request's extensions to the visitor's
//! request.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::future::{Future, Pending, pending, ready};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use actix_session::config::CookieContentSecurity;
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_session::{Session, SessionExt, SessionInsertError, SessionMiddleware};
use actix_web::body::BoxBody;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, CookieJar, Key};
use actix_web::dev::{Extensions, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header;
use actix_web::test::TestRequest;
use actix_web::{Error, HttpMessage, HttpRequest};

use super::Entries;

/// Fills sessions. One for each worker.
pub(super) struct Lender {
    fills: Option<Fills>,
    /// A request for the only session in the store.
    asks: HttpRequest,
    shelf: Shelf,
    filled: Rc<Cell<Option<Extensions>>>,
}

type Fills = <SessionMiddleware<Shelf> as Transform<Catch, ServiceRequest>>::Transform;

impl Lender {
    pub(super) fn new() -> Self {
        let key = Key::generate();
        let shelf = Shelf::default();
        let middleware = SessionMiddleware::builder(shelf.clone(), key.clone())
            .cookie_name(NAME.into())
            // The cookie never leaves this process, and a signature costs less than encryption.
            .cookie_content_security(CookieContentSecurity::Signed)
            .build();
        let filled = Rc::default();
        let catch = Catch(Rc::clone(&filled));
        let asks = TestRequest::default().insert_header((header::COOKIE, cookie(&key)));
        Self {
            fills: at_once(middleware.new_transform(catch)).and_then(Result::ok),
            asks: asks.to_http_request(),
            shelf,
            filled,
        }
    }

    /// Gives a request's handlers a session with these entries.
    pub(super) fn lend(
        &self,
        request: &ServiceRequest,
        entries: &Entries,
    ) -> Result<Session, SessionInsertError> {
        if let Some(filled) = self.fill(entries) {
            // The extensions to be moved include the parsed cookies of our request. If the
            // visitor's own were parsed before, they take precedence. If they cannot be parsed, no
            // handler sees any, and `cookie` finds none of the application's, as before.
            _ = request.cookies();
            let visitors = std::mem::replace(&mut *request.extensions_mut(), filled);
            request.extensions_mut().extend(visitors);
        }
        let session = request.get_session();
        if !entries.are(&session.entries()) {
            // An outer middleware has already created a session, so this one must be filled.
            entries.fill(&session)?;
        }
        Ok(session)
    }

    /// Returns extensions with a session in them.
    fn fill(&self, entries: &Entries) -> Option<Extensions> {
        if entries.is_empty() {
            return None;
        }
        self.shelf.0.set(Some(entries.to_map()));
        let request = ServiceRequest::from_request(self.asks.clone());
        // The middleware loads, fills, and calls `Catch`, which never answers: we do not want what
        // it would do with a response.
        _ = at_once(self.fills.as_ref()?.call(request));
        self.filled.take()
    }
}

impl fmt::Debug for Lender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lender").finish_non_exhaustive()
    }
}

/// A store of one session. The first load takes it out.
#[derive(Clone, Default)]
struct Shelf(Rc<Cell<Option<HashMap<String, String>>>>);

impl SessionStore for Shelf {
    fn load(
        &self,
        _: &SessionKey,
    ) -> impl Future<Output = Result<Option<HashMap<String, String>>, LoadError>> {
        ready(Ok(self.0.take()))
    }

    // The methods below handle responses, and there is never one.

    fn save(
        &self,
        _: HashMap<String, String>,
        _: &Duration,
    ) -> impl Future<Output = Result<SessionKey, SaveError>> {
        pending()
    }

    fn update(
        &self,
        _: SessionKey,
        _: HashMap<String, String>,
        _: &Duration,
    ) -> impl Future<Output = Result<SessionKey, UpdateError>> {
        pending()
    }

    fn update_ttl(
        &self,
        _: &SessionKey,
        _: &Duration,
    ) -> impl Future<Output = Result<(), anyhow::Error>> {
        pending()
    }

    fn delete(&self, _: &SessionKey) -> impl Future<Output = Result<(), anyhow::Error>> {
        pending()
    }
}

/// A service that takes the extensions of its request and never answers.
struct Catch(Rc<Cell<Option<Extensions>>>);

impl Service<ServiceRequest> for Catch {
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Pending<Result<Self::Response, Error>>;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let extensions = std::mem::take(&mut *request.extensions_mut());
        self.0.set(Some(extensions));
        pending()
    }
}

/// Writes the cookie that the middleware accepts.
fn cookie(key: &Key) -> String {
    let mut jar = CookieJar::new();
    jar.signed_mut(key).add(Cookie::new(NAME, "one"));
    let texts = jar.delta().map(|cookie| cookie.encoded().to_string());
    texts.collect()
}

fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

const NAME: &str = "sealjar-lends";
