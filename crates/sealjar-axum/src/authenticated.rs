//! The extractor of handlers that need somebody who is logged in.

use std::fmt;
use std::ops::Deref;

use axum::extract::OriginalUri;
use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use sealjar_session::SessionData;
use sealjar_session::adapter::{NotLoggedIn, subject_of};

use crate::error::MissingSessionLayer;
use crate::extract::{Session, session_of};

/// Extracts the session of somebody who is logged in: one whose type returns a
/// [`subject`](SessionData::subject). It is the [`Session<T>`](Session) to the handler, which is
/// not called for anybody else.
///
/// A page that nobody is logged in for redirects (303) to the jar's
/// [`login_page`](crate::JarBuilder::login_page), with the way back in the query parameter `next`
/// ([`ReturnTo`](crate::ReturnTo)). The way back of a form that was sent is the page of the form.
/// Requests of scripts, such as `fetch` and htmx, get 401, and so does everybody if the jar has no
/// login page.
///
/// # Examples
/// ```
/// use sealjar_axum::{Authenticated, SessionData};
///
/// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
/// struct Account { id: Option<u64>, name: String }
///
/// impl SessionData for Account {
///     fn subject(&self) -> Option<std::borrow::Cow<'_, str>> {
///         self.id.map(|id| id.to_string().into())
///     }
/// }
///
/// async fn orders(session: Authenticated<Account>) -> String {
///     format!("The orders of {}", session.get().name)
/// }
/// ```
#[derive(Clone)]
pub struct Authenticated<T: SessionData> {
    session: Session<T>,
    subject: String,
}

impl<T: SessionData> Authenticated<T> {
    /// Returns who was logged in when the request came: what
    /// [`SessionData::subject`] returned.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

impl<T: SessionData> Deref for Authenticated<T> {
    type Target = Session<T>;

    fn deref(&self) -> &Self::Target {
        &self.session
    }
}

impl<T: SessionData> fmt::Debug for Authenticated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authenticated")
            .field(&self.session.0)
            .finish()
    }
}

impl<T: SessionData, S: Send + Sync> FromRequestParts<S> for Authenticated<T> {
    type Rejection = Unauthenticated;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let session = session_of(&parts.extensions).map_err(Reason::NoSession)?;
        // Below `nest` a router hides the beginning of the path from its handlers.
        let uri = match parts.extensions.get() {
            Some(OriginalUri(uri)) => uri,
            None => &parts.uri,
        };
        let target = uri.path_and_query().map_or("/", |it| it.as_str());
        let header = |name: &'static str| match parts.headers.get(name) {
            // HTTP/2 has the host in the address.
            None if name == "host" => uri.authority().map(|it| it.as_str().as_bytes()),
            value => value.map(HeaderValue::as_bytes),
        };
        let subject = subject_of::<T>(&session, parts.method.as_str(), target, header);
        Ok(Self {
            subject: subject.map_err(Reason::NotLoggedIn)?,
            session: Session(session),
        })
    }
}

/// The rejection of [`Authenticated`]: redirects to the login page, or answers 401. Answers 500 if
/// the program has a mistake: no [`SessionLayer`](crate::SessionLayer) is around the handler, or
/// the session type does not implement [`subject`](SessionData::subject).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unauthenticated(Reason);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Reason {
    NoSession(MissingSessionLayer),
    NotLoggedIn(NotLoggedIn),
}

impl Unauthenticated {
    /// Returns the address of the login page with the way back, if the response redirects there.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        match &self.0 {
            Reason::NoSession(_) => None,
            Reason::NotLoggedIn(it) => it.location(),
        }
    }
}

impl From<Reason> for Unauthenticated {
    fn from(reason: Reason) -> Self {
        Self(reason)
    }
}

impl fmt::Display for Unauthenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::NoSession(it) => fmt::Display::fmt(it, f),
            Reason::NotLoggedIn(it) => fmt::Display::fmt(it, f),
        }
    }
}

impl std::error::Error for Unauthenticated {}

impl IntoResponse for Unauthenticated {
    fn into_response(self) -> Response {
        let denied = match self.0 {
            Reason::NoSession(missing) => return missing.into_response(),
            Reason::NotLoggedIn(denied) => denied,
        };
        let status = StatusCode::from_u16(denied.status());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            tracing::error!(target: "sealjar", "{denied}");
        }
        match denied.location() {
            Some(location) => (status, [(header::LOCATION, location)]).into_response(),
            None => (status, denied.to_string()).into_response(),
        }
    }
}
