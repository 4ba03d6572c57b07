//! What happens to a response before its head is sent?

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use pin_project_lite::pin_project;
use sealjar_session::adapter::{self, Header, Placement, Unanswered};
use sealjar_session::{Closing, SessionData};

pin_project! {
    /// The response of a [`SessionService`](crate::SessionService).
    pub struct ResponseFuture<T: SessionData, F> {
        // `None` if an outer layer answers for the session.
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

impl<T, F, ResBody, E> Future for ResponseFuture<T, F>
where
    T: SessionData,
    F: Future<Output = Result<Response<ResBody>, E>>,
    ResBody: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.inner.poll(context))?;
        if let Some(session) = this.session {
            match session.close(pairs(response.headers())) {
                Ok(closing) => apply(closing, response.headers_mut()),
                Err(_) => response = internal_server_error(),
            }
        }
        Poll::Ready(Ok(response))
    }
}

impl<T: SessionData, F> fmt::Debug for ResponseFuture<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &[u8])> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
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

pub(crate) fn internal_server_error<B: Default>() -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
