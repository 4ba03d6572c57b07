//! What happens to a request before the handler sees it?

use std::future::{Ready, ready};
use std::task::{Context, Poll};

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header::HeaderValue;
use actix_web::{Error, HttpMessage};
use sealjar_session::adapter::{self, begin};
use sealjar_session::{Jar, SessionData};

use crate::future::ResponseFuture;

/// Gives sessions to the services that it wraps. Use one middleware for each session type; build it
/// once and clone it into each worker.
///
/// # Examples
/// ```
/// use actix_web::{App, web};
/// use sealjar_actix::{Jar, Session, SessionMiddleware};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ring = sealjar_actix::testing::ring();
/// let sessions = SessionMiddleware::new(Jar::<()>::new(ring, "shop-prod")?);
/// let app = App::new()
///     .wrap(sessions.clone())
///     .route("/", web::get().to(|_: Session<()>| async { "hello" }));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SessionMiddleware<T: SessionData> {
    jar: Jar<T>,
    keep_alive: bool,
}

impl<T: SessionData> SessionMiddleware<T> {
    /// Makes a middleware for a jar.
    #[must_use]
    pub const fn new(jar: Jar<T>) -> Self {
        Self {
            jar,
            keep_alive: false,
        }
    }

    /// Lets every request inside the middleware whose handler uses the session extend its idle
    /// time, not only those that load a page, as
    /// [`JarBuilder::keep_alive`](crate::JarBuilder::keep_alive) does for the whole jar. Off by
    /// default.
    ///
    /// # Examples
    /// ```
    /// # use actix_web::{App, web};
    /// # use sealjar_actix::{Jar, Session, SessionMiddleware};
    /// # fn configure(jar: Jar<()>) {
    /// // The fragments that htmx fetches keep their visitor's session alive.
    /// let fragments = web::scope("/fragments")
    ///     .route("/rows", web::get().to(|_: Session<()>| async { "..." }))
    ///     .wrap(SessionMiddleware::new(jar).keep_alive(true));
    /// # let _ = App::new().service(fragments);
    /// # }
    /// ```
    #[must_use]
    pub const fn keep_alive(mut self, keep_alive: bool) -> Self {
        self.keep_alive = keep_alive;
        self
    }
}

impl<T: SessionData> Clone for SessionMiddleware<T> {
    fn clone(&self) -> Self {
        Self::new(self.jar.clone()).keep_alive(self.keep_alive)
    }
}

impl<T, S, B> Transform<S, ServiceRequest> for SessionMiddleware<T>
where
    T: SessionData,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = S::Response;
    type Error = Error;
    type Transform = SessionService<T, S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(SessionService {
            jar: self.jar.clone(),
            keep_alive: self.keep_alive,
            inner,
        }))
    }
}

/// Puts a session into each request's extensions and its cookie on each response.
#[derive(Debug)]
pub struct SessionService<T: SessionData, S> {
    jar: Jar<T>,
    keep_alive: bool,
    inner: S,
}

impl<T, S, B> Service<ServiceRequest> for SessionService<T, S>
where
    T: SessionData,
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = S::Response;
    type Error = Error;
    type Future = ResponseFuture<T, S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let session = begin(&self.jar, self.keep_alive, &mut Incoming(&request));
        ResponseFuture::new(session, self.inner.call(request))
    }
}

struct Incoming<'a>(&'a ServiceRequest);

impl adapter::Request for Incoming<'_> {
    type Value = HeaderValue;

    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn headers(&self) -> impl Iterator<Item = (&str, &HeaderValue)> {
        let headers = self.0.headers().iter();
        headers.map(|(name, value)| (name.as_str(), value))
    }

    fn take<X: 'static>(&mut self) -> Option<X> {
        self.0.extensions_mut().remove()
    }

    fn put<X: 'static>(&mut self, value: X) {
        self.0.extensions_mut().insert(value);
    }
}
