//! What is answered when there is no session, or when it does not take a change?

use std::convert::Infallible;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, ResponseError};
use sealjar_session::UpdateError;
use sealjar_session::adapter::{NoSession, explain, status_of};

/// A handler asked for a session, and no [`SessionMiddleware`](crate::SessionMiddleware) of that type is
/// around it, or one that cannot work beside another. Answers 500 and names middleware and type: it is a
/// mistake in the program, found at the first request.
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

/// A change to the session was not taken. Answers 500, or 503 when nothing can be sealed now, and
/// logs the reason.
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

fn plain(status: StatusCode, text: impl Into<String>) -> HttpResponse<BoxBody> {
    HttpResponse::build(status)
        .insert_header(ContentType::plaintext())
        .body(text.into())
}
