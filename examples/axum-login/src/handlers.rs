//! The handler of each address. None knows where the sessions are.

use std::error::Error;

use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_login::{AuthSession, AuthUser};
use serde::Deserialize;
use shop::Replica;

use crate::members::{Credentials, Member, Members};
use crate::pages::{Frame, HallPage, LoginPage, RoomPage, page};

type Auth = AuthSession<Members>;
type Page = Html<String>;

pub(crate) async fn hall(replica: State<Replica>, auth: Auth) -> Result<Page, Failed> {
    Ok(page(&HallPage {
        frame: Frame::new(&replica, &auth),
    })?)
}

pub(crate) async fn login_form(
    replica: State<Replica>,
    auth: Auth,
    Query(asked): Query<Asked>,
) -> Result<Page, Failed> {
    Ok(page(&LoginPage {
        frame: Frame::new(&replica, &auth),
        login: "ada".into(),
        next: asked.next.unwrap_or_default(),
        refused: false,
    })?)
}

pub(crate) async fn log_in(
    replica: State<Replica>,
    mut auth: Auth,
    Form(credentials): Form<Credentials>,
) -> Result<Response, Failed> {
    let login = credentials.login.clone();
    let next = credentials.next.clone().unwrap_or_default();
    let Some(member) = auth.authenticate(credentials).await? else {
        let refused = page(&LoginPage {
            frame: Frame::new(&replica, &auth),
            login,
            next,
            refused: true,
        })?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, refused).into_response());
    };
    let before = auth.user.as_ref().map(Member::id);
    if before.is_some_and(|before| before != member.id()) {
        // The session belongs to another member.
        auth.logout().await?;
    }
    auth.login(&member).await?;
    let next = if is_ours(&next) { &next } else { "/room" };
    Ok(Redirect::to(next).into_response())
}

pub(crate) async fn log_out(mut auth: Auth) -> Result<Redirect, Failed> {
    auth.logout().await?;
    Ok(Redirect::to("/"))
}

/// Counts in the session of tower-sessions, beside what axum-login keeps there.
pub(crate) async fn reading_room(replica: State<Replica>, auth: Auth) -> Result<Page, Failed> {
    let visits = auth.session.get::<u32>("visits").await?.unwrap_or(0) + 1;
    auth.session.insert("visits", visits).await?;
    Ok(page(&RoomPage {
        frame: Frame::new(&replica, &auth),
        visits,
    })?)
}

/// Whether an address belongs to this app, and browsers cannot read it as another host's.
fn is_ours(next: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    next.starts_with('/') && !next.starts_with("//") && next.bytes().all(plain)
}

/// The page that a visitor wanted before being sent to the login form.
#[derive(Deserialize)]
pub(crate) struct Asked {
    next: Option<String>,
}

/// A session could not be read or written, a password not checked, or a page not rendered. The log
/// says which, and why.
pub(crate) struct Failed(Box<dyn Error>);

impl<E: Error + 'static> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        tracing::error!(error = &*self.0, "a request failed");
        (StatusCode::INTERNAL_SERVER_ERROR, "that did not work").into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn a_login_leads_nowhere_but_here() {
        for ours in ["/", "/room", "/room?page=2", "/a/b"] {
            assert!(is_ours(ours), "{ours}");
        }
        for other in [
            "",
            "room",
            "//evil.test",
            "/\\evil.test",
            "/\t/evil.test",
            "https://evil.test",
            "javascript:alert(1)",
        ] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
