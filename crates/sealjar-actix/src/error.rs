//! What is answered when there is no session, or when it does not take a change?

use std::convert::Infallible;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, ResponseError};
use sealjar_session::UpdateError;
use sealjar_session::adapter::NoSession;

/// A handler asked for a session, and no [`SessionMiddleware`](crate::SessionMiddleware) of that type is
/// around it, or one that cannot work beside another. Answers 500 and names middleware and type: it is a
/// mistake in the program, found at the first request.
pub struct MissingSessionMiddleware<T>(pub(crate) NoSession<T>);

impl<T> fmt::Display for MissingSessionMiddleware<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .explain("SessionMiddleware", ".wrap(SessionMiddleware::new(jar))", f)
    }
}

impl<T> fmt::Debug for MissingSessionMiddleware<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "MissingSessionMiddleware<{}>",
            std::any::type_name::<T>()
        )
    }
}

impl<T> std::error::Error for MissingSessionMiddleware<T> {}

impl<T> ResponseError for MissingSessionMiddleware<T> {
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
        match self.0 {
            UpdateError::Seal(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        tracing::error!(
            target: "sealjar",
            error = &self.0 as &dyn std::error::Error,
            "a change to a session was not taken"
        );
        // The reason is for the operator: it may name fields and sizes.
        plain(self.status_code(), "the session could not be saved")
    }
}

fn plain(status: StatusCode, text: impl Into<String>) -> HttpResponse<BoxBody> {
    HttpResponse::build(status)
        .insert_header(ContentType::plaintext())
        .body(text.into())
}
