//! What happens to a request before the handler sees it?

use std::task::{Context, Poll};

use http::{Extensions, HeaderValue, Request, Response, header};
use sealjar_session::adapter::{self, Client, Conflict, CookieNames, RawCookies, Slot};
use sealjar_session::{FetchMetadata, Jar, SessionData};
use tower_service::Service;

use crate::future::ResponseFuture;

/// Puts a session into each request's extensions and its cookie on each response.
#[derive(Debug)]
pub struct SessionService<T: SessionData, S> {
    jar: Jar<T>,
    keep_alive: bool,
    inner: S,
}

impl<T: SessionData, S> SessionService<T, S> {
    /// Wraps a service.
    pub const fn new(jar: Jar<T>, inner: S) -> Self {
        Self {
            jar,
            keep_alive: false,
            inner,
        }
    }

    /// Lets every request extend the session's idle time, as
    /// [`SessionLayer::keep_alive`](crate::SessionLayer::keep_alive) does.
    #[must_use]
    pub fn keep_alive(mut self, keep_alive: bool) -> Self {
        self.keep_alive = keep_alive;
        self
    }
}

impl<T: SessionData, S: Clone> Clone for SessionService<T, S> {
    fn clone(&self) -> Self {
        Self::new(self.jar.clone(), self.inner.clone()).keep_alive(self.keep_alive)
    }
}

impl<T, S, ReqBody, ResBody> Service<Request<ReqBody>> for SessionService<T, S>
where
    T: SessionData,
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<T, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        if !self.gives_the_session(request.extensions_mut()) {
            return ResponseFuture::passing(self.inner.call(request));
        }
        let headers = request.headers();
        let cookies: RawCookies<HeaderValue> = headers
            .get_all(header::COOKIE)
            .into_iter()
            .cloned()
            .collect();
        let header = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
        let fetch = FetchMetadata::read(request.method().as_str(), header);
        let session = self.jar.open(cookies, fetch);
        if self.keep_alive {
            adapter::keep_alive_if_used(&session);
        }
        if cfg!(debug_assertions) {
            adapter::note_client(&session, Client::of(header));
        }
        request
            .extensions_mut()
            .insert(Slot::Session(session.clone()));
        ResponseFuture::new(session, self.inner.call(request))
    }
}

impl<T: SessionData, S> SessionService<T, S> {
    fn gives_the_session(&self, extensions: &mut Extensions) -> bool {
        if let Some(slot) = extensions.get_mut::<Slot<T>>() {
            slot.meet(&self.jar);
            return false;
        }
        // Whoever mounts two such layers sees it at the first request of a debug build. A release build
        // does not look: it would cost every request an allocation.
        if cfg!(debug_assertions) {
            let names = extensions.get_or_insert_default::<CookieNames>();
            if !names.take(self.jar.cookie_name()) {
                extensions.insert(Slot::<T>::Conflict(Conflict::OneName));
                return false;
            }
        }
        true
    }
}
