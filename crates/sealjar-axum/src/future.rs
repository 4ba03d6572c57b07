//! What happens to a response before its head goes out?

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use pin_project_lite::pin_project;
use sealjar_session::{CloseError, Closing, Session, SessionData, adapter};

pin_project! {
    /// The response of a [`SessionService`](crate::SessionService).
    pub struct ResponseFuture<T: SessionData, F> {
        #[pin]
        kind: Kind<T, F>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<T: SessionData, F> {
        Session { session: Unanswered<T>, #[pin] inner: F },
        Passing { #[pin] inner: F },
    }
}

impl<T: SessionData, F> ResponseFuture<T, F> {
    pub(crate) const fn new(session: Session<T>, inner: F) -> Self {
        Self {
            kind: Kind::Session {
                session: Unanswered(session),
                inner,
            },
        }
    }

    pub(crate) const fn passing(inner: F) -> Self {
        Self {
            kind: Kind::Passing { inner },
        }
    }
}

impl<T, F, ResBody, E> Future for ResponseFuture<T, F>
where
    T: SessionData,
    F: Future<Output = Result<Response<ResBody>, E>>,
    ResBody: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProj::Passing { inner } => inner.poll(context),
            KindProj::Session { session, inner } => {
                let mut response = ready!(inner.poll(context))?;
                match Session::close(&session.0, pairs(response.headers())) {
                    Ok(closing) => apply(closing, response.headers_mut()),
                    Err(error) => {
                        report(adapter::cookie_name(&session.0), &error);
                        response = internal_server_error();
                    }
                }
                Poll::Ready(Ok(response))
            }
        }
    }
}

impl<T: SessionData, F> fmt::Debug for ResponseFuture<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// A session that no response has carried yet. When the future is dropped before, because the client
/// has gone or the service failed, a task that still holds the session is told.
struct Unanswered<T: SessionData>(Session<T>);

impl<T: SessionData> Drop for Unanswered<T> {
    fn drop(&mut self) {
        adapter::abandon(&self.0);
    }
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &[u8])> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
}

fn apply(closing: Closing, headers: &mut HeaderMap) {
    for line in closing.set_cookies {
        // Names, tokens and attributes are visible ASCII, which a header value always takes.
        if let Ok(mut value) = HeaderValue::try_from(line) {
            value.set_sensitive(true);
            headers.append(header::SET_COOKIE, value);
        }
    }
    if let Some(policy) = closing.cache_control {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(policy));
    }
    for (name, policy) in closing.other_policies {
        // It is the name of a header that was there.
        if let Ok(name) = HeaderName::try_from(name) {
            headers.insert(name, HeaderValue::from_static(policy));
        }
    }
    if let Some(field) = closing.vary {
        headers.append(header::VARY, HeaderValue::from_static(field));
    }
    if let Some(what) = closing.clear_site_data {
        // The application may clear more than this, and keeps doing so.
        headers.append(CLEAR_SITE_DATA, HeaderValue::from_static(what));
    }
}

/// A change that was promised to the handler and cannot be kept must not look as if it had been.
fn report(cookie: &str, error: &CloseError) {
    tracing::error!(
        target: "sealjar",
        cookie,
        error = error as &dyn std::error::Error,
        "a changed session could not be sealed, answered 500"
    );
}

pub(crate) fn internal_server_error<B: Default>() -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
