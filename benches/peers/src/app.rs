//! The application that every contender serves: one page that shows the visitor and the basket, and
//! three forms: log in, add to the basket, log out.

use std::borrow::Borrow;
use std::fmt::{Display, Write};

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, IntoResponseParts, Response};
use axum::routing::{get, post};
use sealjar_bench_parts::data::User;

/// How a handler on axum uses a session, in each contender's own way.
pub(crate) trait Sessions: Send + Sized + 'static {
    /// The user as a read returns it, without a copy if possible.
    type Read: Borrow<User> + Send;
    /// The part of the response that keeps the change.
    type Written: IntoResponseParts + Send;

    fn user(&self) -> impl Future<Output = Result<Option<Self::Read>, Failed>> + Send;
    fn log_in(self, user: User) -> impl Future<Output = Result<Self::Written, Failed>> + Send;
    /// Adds one to the basket, and returns the new number. `None` if nobody is logged in.
    fn add(self) -> impl Future<Output = Result<Option<(Self::Written, u32)>, Failed>> + Send;
    fn log_out(self) -> impl Future<Output = Result<Self::Written, Failed>> + Send;
}

pub(crate) fn router<S, State>() -> Router<State>
where
    S: Sessions + FromRequestParts<State>,
    State: Clone + Send + Sync + 'static,
{
    async fn index<S: Sessions>(session: S) -> Result<Html<String>, Failed> {
        let user = session.user().await?;
        Ok(Html(page(user.as_ref().map(Borrow::borrow))))
    }
    async fn log_in<S: Sessions>(
        session: S,
        Path(id): Path<u64>,
    ) -> Result<impl IntoResponse, Failed> {
        let user = somebody(id);
        let count = user.bumped();
        Ok((session.log_in(user).await?, count.to_string()))
    }
    async fn add<S: Sessions>(session: S) -> Result<Response, Failed> {
        Ok(match session.add().await? {
            Some((written, count)) => (written, count.to_string()).into_response(),
            None => (StatusCode::UNAUTHORIZED, NOBODY).into_response(),
        })
    }
    async fn log_out<S: Sessions>(session: S) -> Result<impl IntoResponse, Failed> {
        Ok((session.log_out().await?, "gone"))
    }
    Router::new()
        .route("/", get(index::<S>))
        .route("/login/{id}", post(log_in::<S>))
        .route("/add", post(add::<S>))
        .route("/logout", post(log_out::<S>))
}

/// Why a session could not be read or kept.
#[derive(Debug)]
pub(crate) struct Failed(String);

impl<E: Display> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0).into_response()
    }
}

/// Makes the typical user, as the visitor with this number, from 1 on; 0 means nobody.
pub(crate) fn somebody(id: u64) -> User {
    User {
        id,
        ..User::typical()
    }
}

pub(crate) fn page(user: Option<&User>) -> String {
    let Some(user) = user else {
        return NOBODY.into();
    };
    let mut page = format!(
        "<!doctype html><title>Race</title><p data-id=\"{}\" data-count=\"{}\">{} ({})<ul>",
        user.id,
        user.bumped(),
        user.name,
        user.roles.join(", ")
    );
    for (article, quantity) in &user.basket {
        // Writing to a string does not fail.
        _ = write!(page, "<li>{article}: {quantity}");
    }
    page.push_str("</ul>");
    page
}

/// Reads a page: the visitor's number, and how many things are in the basket.
pub(crate) fn shown(page: &str) -> Option<(u64, u32)> {
    let number = |name: &str| page.split_once(name)?.1.split_once('"').map(|it| it.0);
    let id = number("data-id=\"")?.parse().ok()?;
    Some((id, number("data-count=\"")?.parse().ok()?))
}

pub(crate) const NOBODY: &str = "nobody is logged in";
/// The name of every contender's cookie.
pub(crate) const COOKIE: &str = "__Host-Http-session";
/// The name under which the session crates keep the user.
pub(crate) const USER: &str = "user";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_who_it_is_for_and_what_is_in_the_basket() {
        let mut user = somebody(17);
        let before = user.bumped();
        user.bump();
        assert_eq!(shown(&page(Some(&user))), Some((17, before + 1)));
        assert_eq!(shown(&page(None)), None);
    }
}
