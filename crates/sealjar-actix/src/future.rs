//! What happens to a response before its head goes out?

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{Error, HttpResponse, ResponseError};
use pin_project_lite::pin_project;
use sealjar_session::{CloseError, Closing, Jar, Session, SessionData};

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
        Session { jar: Jar<T>, session: Unanswered<T>, #[pin] inner: F },
        Passing { #[pin] inner: F },
    }
}

impl<T: SessionData, F> ResponseFuture<T, F> {
    pub(crate) const fn new(jar: Jar<T>, session: Session<T>, inner: F) -> Self {
        Self {
            kind: Kind::Session {
                jar,
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

impl<T, F, B> Future for ResponseFuture<T, F>
where
    T: SessionData,
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProj::Passing { inner } => inner.poll(context),
            KindProj::Session {
                jar,
                session,
                inner,
            } => Poll::Ready(match ready!(inner.poll(context)) {
                Ok(mut response) => {
                    let closing = close(jar, &session.0, response.headers())?;
                    apply(closing, response.headers_mut());
                    Ok(response)
                }
                // A middleware further in gave up. Its error becomes a response further out, where
                // nothing is known of the session.
                Err(cause) => {
                    let answer = cause.as_response_error().error_response();
                    let mut added = HeaderMap::new();
                    apply(close(jar, &session.0, answer.headers())?, &mut added);
                    Err(if added.is_empty() {
                        cause
                    } else {
                        ErrorWithSession { cause, added }.into()
                    })
                }
            }),
        }
    }
}

impl<T: SessionData, F> fmt::Debug for ResponseFuture<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// A session that no response has carried yet. When the future is dropped before, because the client
/// has gone, a task that still holds the session is told.
struct Unanswered<T: SessionData>(Session<T>);

impl<T: SessionData> Drop for Unanswered<T> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// An error that takes the session's headers along to wherever it becomes a response.
#[derive(Debug)]
struct ErrorWithSession {
    cause: Error,
    added: HeaderMap,
}

impl fmt::Display for ErrorWithSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.cause, f)
    }
}

impl ResponseError for ErrorWithSession {
    fn status_code(&self) -> StatusCode {
        self.cause.as_response_error().status_code()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = self.cause.error_response();
        for (name, value) in &self.added {
            if name == header::CACHE_CONTROL {
                response.headers_mut().insert(name.clone(), value.clone());
            } else {
                response.headers_mut().append(name.clone(), value.clone());
            }
        }
        response
    }
}

/// A change that was promised to the handler and cannot be kept must not look as if it had been.
#[derive(Debug)]
struct NotSealed(CloseError);

impl fmt::Display for NotSealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl ResponseError for NotSealed {
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::InternalServerError().finish()
    }
}

fn close<T: SessionData>(
    jar: &Jar<T>,
    session: &Session<T>,
    headers: &HeaderMap,
) -> Result<Closing, NotSealed> {
    let values = |name: HeaderName| headers.get_all(name).map(HeaderValue::as_bytes);
    let closed = jar.close(session, values(header::CACHE_CONTROL), values(header::VARY));
    closed.map_err(|error| {
        tracing::error!(
            target: "sealjar",
            cookie = jar.cookie_name(),
            error = &error as &dyn std::error::Error,
            "a changed session could not be sealed, answered 500"
        );
        NotSealed(error)
    })
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
    if let Some(field) = closing.vary {
        headers.append(header::VARY, HeaderValue::from_static(field));
    }
    if let Some(what) = closing.clear_site_data {
        // The application may clear more than this, and keeps doing so.
        headers.append(CLEAR_SITE_DATA, HeaderValue::from_static(what));
    }
}

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
