//! What is answered when there is no session, or when it does not take a change?

use std::convert::Infallible;
use std::fmt;

use axum_core::response::{IntoResponse, Response};
use http::StatusCode;
use sealjar_session::UpdateError;
use sealjar_session::adapter::NoSession;

/// A handler asked for a session, and no [`SessionLayer`](crate::SessionLayer) of that type is around
/// it, or one that cannot work beside another. Answers 500 and names layer and type: it is a mistake in
/// the program, found at the first request.
pub struct MissingSessionLayer<T>(pub(crate) NoSession<T>);

impl<T> fmt::Display for MissingSessionLayer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .explain("SessionLayer", ".layer(SessionLayer::new(jar))", f)
    }
}

impl<T> fmt::Debug for MissingSessionLayer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MissingSessionLayer<{}>", std::any::type_name::<T>())
    }
}

impl<T> std::error::Error for MissingSessionLayer<T> {}

impl<T> IntoResponse for MissingSessionLayer<T> {
    fn into_response(self) -> Response {
        tracing::error!(target: "sealjar", "{self}");
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
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

impl IntoResponse for SessionError {
    fn into_response(self) -> Response {
        tracing::error!(
            target: "sealjar",
            error = &self.0 as &dyn std::error::Error,
            "a change to a session was not taken"
        );
        // The reason is for the operator: it may name fields and sizes.
        let status = match self.0 {
            UpdateError::Seal(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, "the session could not be saved").into_response()
    }
}
