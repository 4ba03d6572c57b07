//! The extractor of a handler's session.

use std::ops::Deref;

use axum_core::extract::FromRequestParts;
use http::Extensions;
use http::request::Parts;
use sealjar_session::adapter::Slot;
use sealjar_session::{Flash, FlashLevel, SessionData};

use crate::error::{MissingSessionLayer, SessionError};

/// Extracts the visitor's session. Code shared between frameworks takes what it dereferences to,
/// [`sealjar_session::Session<T>`].
///
/// # Examples
/// ```
/// use sealjar_axum::{Session, SessionData, SessionError};
///
/// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
/// # struct Visits { count: u32 }
/// # impl SessionData for Visits {}
///
/// async fn index(session: Session<Visits>) -> Result<String, SessionError> {
///     let count = session.update(|visits| {
///         visits.count += 1;
///         visits.count
///     })?;
///     Ok(format!("visit {count}"))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Session<T: SessionData>(pub(crate) sealjar_session::Session<T>);

impl<T: SessionData> Session<T> {
    /// Changes the session, as [`sealjar_session::Session::update`] does.
    ///
    /// # Errors
    /// [`SessionError`], which is the failure's response when a handler returns it.
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

    /// Makes a token for a hidden field of a form, as [`sealjar_session::Session::csrf_token`]
    /// does.
    ///
    /// # Errors
    /// [`SessionError`], which is the failure's response when a handler returns it.
    pub fn csrf_token(&self) -> Result<Option<String>, SessionError> {
        Ok(self.0.csrf_token()?)
    }
}

impl Session<Flash> {
    /// Adds a message for the next page that the visitor sees, as
    /// [`sealjar_session::Session::add`] does.
    ///
    /// # Errors
    /// [`SessionError`], which is the failure's response when a handler returns it.
    pub fn add(&self, level: FlashLevel, text: impl Into<String>) -> Result<(), SessionError> {
        Ok(self.0.add(level, text)?)
    }
}

impl<T: SessionData> Deref for Session<T> {
    type Target = sealjar_session::Session<T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T: SessionData, S: Send + Sync> FromRequestParts<S> for Session<T> {
    type Rejection = MissingSessionLayer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        session_of(&parts.extensions).map(Self)
    }
}

/// Finds the session in a request's extensions, for plain tower services.
///
/// # Examples
/// ```
/// use http::Request;
/// use sealjar_axum::{MissingSessionLayer, SessionData, session_of};
///
/// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
/// # struct Visits { count: u32 }
/// # impl SessionData for Visits {}
///
/// fn visits<B>(request: &Request<B>) -> Result<u32, MissingSessionLayer> {
///     Ok(session_of::<Visits>(request.extensions())?.get().count)
/// }
/// # assert!(visits(&Request::new(())).is_err());
/// ```
///
/// # Errors
/// [`MissingSessionLayer`] when no [`SessionLayer`](crate::SessionLayer) for `T` is around the
/// service, or two that cannot work together.
pub fn session_of<T: SessionData>(
    extensions: &Extensions,
) -> Result<sealjar_session::Session<T>, MissingSessionLayer> {
    Slot::session(extensions.get(), "SessionLayer", "layer").map_err(MissingSessionLayer)
}
