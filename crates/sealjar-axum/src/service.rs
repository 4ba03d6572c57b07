//! What happens to a request before the handler sees it?

use std::task::{Context, Poll};

use http::{Extensions, HeaderMap, HeaderValue, Request, Response, header};
use sealjar_session::{CookieHeaders, Jar, Session, SessionData};
use tower_service::Service;

use crate::extract::{Misplaced, Mistake};
use crate::future::ResponseFuture;

/// Puts a session into each request's extensions and its cookie on each response.
#[derive(Debug)]
pub struct SessionService<T: SessionData, S> {
    jar: Jar<T>,
    inner: S,
}

impl<T: SessionData, S> SessionService<T, S> {
    /// Wraps a service.
    pub const fn new(jar: Jar<T>, inner: S) -> Self {
        Self { jar, inner }
    }
}

impl<T: SessionData, S: Clone> Clone for SessionService<T, S> {
    fn clone(&self) -> Self {
        Self::new(self.jar.clone(), self.inner.clone())
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
        if let Place::Taken = self.place(request.extensions_mut()) {
            return ResponseFuture::passing(self.inner.call(request));
        }
        let session = self.jar.open(
            Cookies::of(request.headers()),
            is_navigation(request.headers()),
        );
        request.extensions_mut().insert(session.clone());
        ResponseFuture::new(self.jar.clone(), session, self.inner.call(request))
    }
}

impl<T: SessionData, S> SessionService<T, S> {
    /// Finds out whether this layer is the one that gives the session.
    fn place(&self, extensions: &mut Extensions) -> Place {
        if let Some(outer) = extensions.get::<Session<T>>() {
            // Mounted twice, the outer layer's session serves both. With two jars for one type it would
            // be the order of the layers that says which one a handler gets, so it gets neither.
            if !outer.is_of(&self.jar) {
                extensions.remove::<Session<T>>();
                extensions.insert(Misplaced::<T>::new(Mistake::TwoJars));
            }
            return Place::Taken;
        }
        if extensions.get::<Misplaced<T>>().is_some() {
            return Place::Taken;
        }
        // Two jars with one cookie read each other's bytes. It shows at the first request of any build,
        // so a debug build looks for it and a release build is spared the work.
        if cfg!(debug_assertions) {
            let CookieNames(taken) = extensions.get_or_insert_default();
            if taken.iter().any(|name| name == self.jar.cookie_name()) {
                extensions.insert(Misplaced::<T>::new(Mistake::OneName));
                return Place::Taken;
            }
            taken.push(self.jar.cookie_name().to_owned());
        }
        Place::Free
    }
}

enum Place {
    Free,
    Taken,
}

/// The cookie names of the layers that a request has passed.
#[derive(Clone, Default)]
struct CookieNames(Vec<String>);

/// The `Cookie` headers of a request, shared and not copied. Nearly always there is one.
enum Cookies {
    One(Option<HeaderValue>),
    Many(Vec<HeaderValue>),
}

impl Cookies {
    fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(header::COOKIE).iter();
        match (values.next(), values.next()) {
            (first, None) => Self::One(first.cloned()),
            (first, second) => Self::Many(
                first
                    .into_iter()
                    .chain(second)
                    .chain(values)
                    .cloned()
                    .collect(),
            ),
        }
    }
}

impl CookieHeaders for Cookies {
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a [u8])) {
        match self {
            Self::One(value) => value.each(visit),
            Self::Many(values) => values.each(visit),
        }
    }
}

/// Whether the request loads a page: browsers say so in `Sec-Fetch-Mode`, other clients say nothing.
fn is_navigation(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-mode")
        .is_none_or(|mode| mode == "navigate")
}
