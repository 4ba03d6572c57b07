//! What happens to a response before its head is sent?

use std::borrow::Cow;
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
use sealjar_session::adapter::{self, Header, Placement, Unanswered};
use sealjar_session::{CloseError, Closing, SessionData};

pin_project! {
    /// The response of a [`SessionService`](crate::SessionService).
    pub struct ResponseFuture<T: SessionData, F> {
        // `None` if an outer middleware answers for the session, and after this one has closed it.
        session: Option<Unanswered<T>>,
        #[pin]
        inner: F,
    }
}

impl<T: SessionData, F> ResponseFuture<T, F> {
    pub(crate) const fn new(session: Option<Unanswered<T>>, inner: F) -> Self {
        Self { session, inner }
    }
}

impl<T, F, B> Future for ResponseFuture<T, F>
where
    T: SessionData,
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let output = ready!(this.inner.poll(context));
        let Some(session) = this.session.take() else {
            return Poll::Ready(output);
        };
        Poll::Ready(match output {
            Ok(mut response) => {
                let closing = close(&session, response.headers())?;
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

impl<T: SessionData, F> fmt::Debug for ResponseFuture<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// A change that was promised to the handler but cannot be kept. The response must not look as if
/// it had been.
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

/// Closes the session when an error becomes a response. An inner middleware failed, and only an
/// outer one knows what the response will be.
fn close_with<T: SessionData>(error: &mut Error, session: Unanswered<T>) {
    // An error can be asked for its response more than once. Each one gets the same cookies.
    let closed = OnceCell::new();
    error.add_response_mapper(move |mut response| {
        match closed.get_or_init(|| close(&session, response.headers())) {
            Ok(closing) => {
                apply(closing.clone(), response.headers_mut());
                response
            }
            Err(not_sealed) => not_sealed.error_response(),
        }
    });
}

fn close<T: SessionData>(
    session: &Unanswered<T>,
    headers: &HeaderMap,
) -> Result<Closing, NotSealed> {
    let pairs = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()));
    session.close(pairs).map_err(NotSealed)
}

fn apply(closing: Closing, headers: &mut HeaderMap) {
    closing.each_header(|header| set(headers, header));
}

fn set(headers: &mut HeaderMap, header: Header) {
    let is_sensitive = header.name == adapter::HeaderName::SetCookie;
    let Some(name) = known(header.name) else {
        return;
    };
    // Every value is visible ASCII, which is always a valid header value.
    let value = match header.value {
        Cow::Borrowed(text) => Ok(HeaderValue::from_static(text)),
        Cow::Owned(text) => HeaderValue::try_from(text),
    };
    let Ok(mut value) = value else { return };
    value.set_sensitive(is_sensitive);
    match header.placement {
        Placement::Append => {
            headers.append(name, value);
        }
        Placement::Insert => {
            headers.insert(name, value);
        }
    }
}

fn known(name: adapter::HeaderName) -> Option<HeaderName> {
    Some(match name {
        adapter::HeaderName::CacheControl => header::CACHE_CONTROL,
        adapter::HeaderName::ClearSiteData => CLEAR_SITE_DATA,
        // The response already has a header of that name.
        adapter::HeaderName::Other(name) => return HeaderName::try_from(name).ok(),
        adapter::HeaderName::SetCookie => header::SET_COOKIE,
        adapter::HeaderName::Vary => header::VARY,
    })
}

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
