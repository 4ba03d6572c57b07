//! The responses when a handler gets no session, or the session does not accept a change.

use std::convert::Infallible;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, ResponseError};
use sealjar_session::UpdateError;
use sealjar_session::adapter::{NoSession, explain, status_of};

/// The error for a handler that asks for a session if no
/// [`SessionMiddleware`](crate::SessionMiddleware) of that type is around it, or two that cannot
/// work together. Answers 500 and names middleware and type: the program has a mistake, which its
/// first request shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MissingSessionMiddleware(pub(crate) NoSession);

impl fmt::Display for MissingSessionMiddleware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for MissingSessionMiddleware {}

impl ResponseError for MissingSessionMiddleware {
    fn error_response(&self) -> HttpResponse<BoxBody> {
        tracing::error!(target: "sealjar", "{self}");
        plain(StatusCode::INTERNAL_SERVER_ERROR, self.to_string())
    }
}

/// A change to the session was not accepted. Answers 500, or 503 when no key can seal now, and logs
/// the reason.
///
/// # Examples
/// Handlers return it with `?`. To answer in your own way, look at the reason:
/// ```
/// use sealjar_actix::{Session, SessionData, SessionError, UpdateError};
///
/// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
/// # struct Visits { count: u32 }
/// # impl SessionData for Visits {}
///
/// async fn index(session: Session<Visits>) -> Result<&'static str, SessionError> {
///     match session.update(|visits| visits.count += 1) {
///         Err(error) if matches!(error.reason(), UpdateError::TooLarge { .. }) => Ok("too much"),
///         result => result.map(|()| "counted"),
///     }
/// }
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct SessionError(UpdateError);

impl SessionError {
    /// Returns the reason.
    #[must_use]
    pub const fn reason(&self) -> &UpdateError {
        &self.0
    }
}

impl From<UpdateError> for SessionError {
    fn from(error: UpdateError) -> Self {
        Self(error)
    }
}

impl From<Infallible> for SessionError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

sealjar::__debug_as_report!(@ SessionError, |error: &SessionError| Some(error.0.hint()));

impl std::error::Error for SessionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0)
    }
}

impl ResponseError for SessionError {
    fn status_code(&self) -> StatusCode {
        let status = StatusCode::from_u16(status_of(&self.0));
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        plain(self.status_code(), explain(&self.0))
    }
}

pub(crate) fn plain(status: StatusCode, text: impl Into<String>) -> HttpResponse<BoxBody> {
    HttpResponse::build(status)
        .insert_header(ContentType::plaintext())
        .body(text.into())
}
