//! What happens to a request before the handler sees it?

use std::future::{Ready, ready};
use std::task::{Context, Poll};

use actix_web::body::MessageBody;
use actix_web::dev::{Extensions, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{Error, HttpMessage};
use sealjar_session::adapter::{self, Client, Conflict, CookieNames, RawCookies, Slot};
use sealjar_session::{FetchMetadata, Jar, SessionData};

use crate::future::ResponseFuture;

/// Gives sessions to what it is wrapped around. One middleware for each session type, built once and
/// cloned into each worker.
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

    /// Lets every request inside the middleware whose handler uses the session extend its idle time, and
    /// not only those that load a page, as [`JarBuilder::keep_alive`](crate::JarBuilder::keep_alive) does
    /// for the whole jar. Off by default.
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
        if !self.gives_the_session(&mut request.extensions_mut()) {
            return ResponseFuture::passing(self.inner.call(request));
        }
        let headers = request.headers();
        let cookies: RawCookies<HeaderValue> = headers.get_all(header::COOKIE).cloned().collect();
        // A name that is given as text is copied for each look.
        let known = |name| {
            headers
                .get(HeaderName::from_static(name))
                .map(HeaderValue::as_bytes)
        };
        let fetch = FetchMetadata::read(request.method().as_str(), known);
        let session = self.jar.open(cookies, fetch);
        if self.keep_alive {
            adapter::keep_alive_if_used(&session);
        }
        if cfg!(debug_assertions) {
            let header = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
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
            let names = extensions.get_or_insert_with(CookieNames::default);
            if !names.take(self.jar.cookie_name()) {
                extensions.insert(Slot::<T>::Conflict(Conflict::OneName));
                return false;
            }
        }
        true
    }
}
