//! What happens to a response before its head goes out?

use std::cell::OnceCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{Error, HttpResponse, ResponseError};
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
        Session { session: Option<Unanswered<T>>, #[pin] inner: F },
        Passing { #[pin] inner: F },
    }
}

impl<T: SessionData, F> ResponseFuture<T, F> {
    pub(crate) const fn new(session: Session<T>, inner: F) -> Self {
        Self {
            kind: Kind::Session {
                session: Some(Unanswered(session)),
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
            KindProj::Session { session, inner } => {
                let output = ready!(inner.poll(context));
                let Some(session) = session.take() else {
                    return Poll::Ready(output);
                };
                Poll::Ready(match output {
                    Ok(mut response) => {
                        let closing = close(&session.0, response.headers())?;
                        apply(closing, response.headers_mut());
                        Ok(response)
                    }
                    Err(mut error) => {
                        close_with(&mut error, session);
                        Err(error)
                    }
                })
            }
        }
    }
}

impl<T: SessionData, F> fmt::Debug for ResponseFuture<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// A session that no response has carried yet. When it is dropped before, because the client has gone
/// or nobody wanted the response of an error, a task that still holds the session is told.
struct Unanswered<T: SessionData>(Session<T>);

impl<T: SessionData> Drop for Unanswered<T> {
    fn drop(&mut self) {
        adapter::abandon(&self.0);
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

/// Closes the session once an error becomes a response. A middleware further in gave up, and only
/// further out is known what is answered.
fn close_with<T: SessionData>(error: &mut Error, session: Unanswered<T>) {
    // Whoever wants the response twice gets the same session twice.
    let closed = OnceCell::new();
    error.add_response_mapper(move |mut response| {
        match closed.get_or_init(|| close(&session.0, response.headers())) {
            Ok(closing) => {
                apply(closing.clone(), response.headers_mut());
                response
            }
            Err(not_sealed) => not_sealed.error_response(),
        }
    });
}

fn close<T: SessionData>(session: &Session<T>, headers: &HeaderMap) -> Result<Closing, NotSealed> {
    let pairs = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()));
    Session::close(session, pairs).map_err(|error| {
        tracing::error!(
            target: "sealjar",
            cookie = adapter::cookie_name(session),
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

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
