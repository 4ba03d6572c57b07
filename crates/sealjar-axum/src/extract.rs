//! How does a handler get its session, and how does it answer when that fails?

use std::convert::Infallible;
use std::fmt;
use std::ops::Deref;

use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;
use http::{Extensions, StatusCode};
use sealjar_session::{Mount, NotMounted, SessionData, UpdateError};

/// Extracts the visitor's session. Code shared between frameworks takes what it derefs to,
/// [`sealjar_session::Session<T>`].
#[derive(Clone, Debug)]
pub struct Session<T: SessionData>(sealjar_session::Session<T>);

impl<T: SessionData> Session<T> {
    /// Changes the session, as [`sealjar_session::Session::update`] does.
    ///
    /// # Errors
    /// [`SessionError`], which answers for the failure when a handler returns it.
    pub fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> Result<R, SessionError> {
        Ok(self.0.update(change)?)
    }

    /// Changes the session if the closure returns `Ok`, as
    /// [`sealjar_session::Session::try_update`] does.
    ///
    /// # Errors
    /// [`SessionError`]. The inner result is the closure's own.
    pub fn try_update<R, E>(
        &self,
        change: impl FnOnce(&mut T) -> Result<R, E>,
    ) -> Result<Result<R, E>, SessionError> {
        Ok(self.0.try_update(change)?)
    }
}

impl<T: SessionData> Deref for Session<T> {
    type Target = sealjar_session::Session<T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T: SessionData, S: Send + Sync> FromRequestParts<S> for Session<T> {
    type Rejection = MissingSessionLayer<T>;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        session_of(&parts.extensions).map(Self)
    }
}

/// Finds the session in a request's extensions, for plain tower services.
///
/// # Errors
/// [`MissingSessionLayer`] when no [`SessionLayer`](crate::SessionLayer) for `T` is around the
/// service, or several with different jars.
pub fn session_of<T: SessionData>(
    extensions: &Extensions,
) -> Result<sealjar_session::Session<T>, MissingSessionLayer<T>> {
    Mount::session(extensions.get()).map_err(MissingSessionLayer)
}

/// A handler asked for a session, and no [`SessionLayer`](crate::SessionLayer) of that type is around
/// it, or one that cannot work beside another. Answers 500 and names layer and type: it is a mistake in
/// the program, found at the first request.
pub struct MissingSessionLayer<T>(NotMounted<T>);

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
#[derive(Clone, Debug, Eq, PartialEq)]
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
