//! What happens to a request before the handler sees it?

use std::task::{Context, Poll};

use http::{HeaderValue, Request, Response};
use sealjar_session::adapter::{self, begin};
use sealjar_session::{Jar, SessionData};
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
        let session = begin(&self.jar, self.keep_alive, &mut Incoming(&mut request));
        ResponseFuture::new(session, self.inner.call(request))
    }
}

struct Incoming<'a, B>(&'a mut Request<B>);

impl<B> adapter::Request for Incoming<'_, B> {
    type Value = HeaderValue;

    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn headers(&self) -> impl Iterator<Item = (&str, &HeaderValue)> {
        let headers = self.0.headers().iter();
        headers.map(|(name, value)| (name.as_str(), value))
    }

    fn take<X: Clone + Send + Sync + 'static>(&mut self) -> Option<X> {
        self.0.extensions_mut().remove()
    }

    fn put<X: Clone + Send + Sync + 'static>(&mut self, value: X) {
        self.0.extensions_mut().insert(value);
    }
}
