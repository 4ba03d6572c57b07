//! The extractor of a handler's session.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::{Extensions, Payload};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use sealjar_session::adapter::Slot;
use sealjar_session::{Flash, FlashLevel, SessionData};

use crate::error::{MissingSessionMiddleware, SessionError};

/// Extracts the visitor's session. Code shared between frameworks takes what it dereferences to,
/// [`sealjar_session::Session<T>`].
///
/// # Examples
/// ```
/// use sealjar_actix::{Session, SessionData, SessionError};
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

impl<T: SessionData> FromRequest for Session<T> {
    type Error = MissingSessionMiddleware;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(session_of(&request.extensions()).map(Self))
    }
}

/// Finds the session in a request's extensions, for inner middlewares.
///
/// # Examples
/// ```
/// use actix_web::HttpMessage;
/// use actix_web::dev::ServiceRequest;
/// use sealjar_actix::{MissingSessionMiddleware, SessionData, session_of};
///
/// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
/// # struct Visits { count: u32 }
/// # impl SessionData for Visits {}
///
/// fn visits(request: &ServiceRequest) -> Result<u32, MissingSessionMiddleware> {
///     Ok(session_of::<Visits>(&request.extensions())?.get().count)
/// }
/// ```
///
/// # Errors
/// [`MissingSessionMiddleware`] when no [`SessionMiddleware`](crate::SessionMiddleware) for `T` is
/// around the caller, or two that cannot work together.
pub fn session_of<T: SessionData>(
    extensions: &Extensions,
) -> Result<sealjar_session::Session<T>, MissingSessionMiddleware> {
    Slot::session(extensions.get(), "SessionMiddleware", "wrap").map_err(MissingSessionMiddleware)
}
