//! A login in one file, and tests of it. `cargo run -p sealjar-axum --example login`

use std::borrow::Cow;

use axum::response::{Html, Redirect};
use axum::{Form, Router, routing::get, routing::post};
use sealjar_axum::{FileSource, Jar, Session, SessionData, SessionError, SessionLayer};
use serde::{Deserialize, Serialize};

#[derive(Clone, Default, Serialize, Deserialize)]
struct Account {
    id: u32,
    name: String,
}

impl SessionData for Account {
    /// Who this is. With it a login gets a new session id, and one person can be revoked.
    fn subject(&self) -> Option<Cow<'_, str>> {
        Some(self.id.to_string().into())
    }
}

#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
}

async fn home(session: Session<Option<Account>>) -> Html<String> {
    Html(match &*session.get() {
        Some(account) => format!("Hello {}. {LOG_OUT}", account.name),
        None => LOG_IN.to_owned(),
    })
}

async fn log_in(
    session: Session<Option<Account>>,
    Form(form): Form<Credentials>,
) -> Result<Redirect, SessionError> {
    // A real application looks the account up and compares a password hash.
    if (form.name.as_str(), form.password.as_str()) == ("ada", "lovelace") {
        let (id, name) = (7, form.name);
        session.update(|account| *account = Some(Account { id, name }))?;
    }
    Ok(Redirect::to("/"))
}

async fn log_out(session: Session<Option<Account>>) -> Redirect {
    session.purge();
    Redirect::to("/")
}

fn app(jar: Jar<Option<Account>>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
        .layer(SessionLayer::new(jar))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let jar = Jar::new(FileSource::find("session-ring")?.fetch()?, "login-dev")?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, app(jar)).await?)
}

const LOG_IN: &str = "<form method=post action=/login><input name=name placeholder=ada> \
    <input name=password type=password placeholder=lovelace> <button>Log in</button></form>";
const LOG_OUT: &str = "<form method=post action=/logout><button>Log out</button></form>";

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, header};
    use sealjar_axum::{Jar, testing};
    use tower::ServiceExt;

    use super::{Account, app};

    #[tokio::test]
    async fn a_login_names_the_person() {
        let jar = Jar::new(testing::ring(), "test").unwrap();
        let request = Request::post("/login")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("name=ada&password=lovelace"))
            .unwrap();
        let response = app(jar.clone()).oneshot(request).await.unwrap();
        let set = response.headers().get_all(header::SET_COOKIE);
        let account = jar.value_of(set).unwrap().flatten();
        assert_eq!(account.unwrap().id, 7);
    }

    #[tokio::test]
    async fn a_visitor_who_is_logged_in_is_greeted() {
        let jar = Jar::new(testing::ring(), "test").unwrap();
        let name = "Ada".to_owned();
        let cookie = jar.cookie_for(&Some(Account { id: 7, name })).unwrap();
        let request = Request::get("/").header(header::COOKIE, cookie);
        let response = app(jar).oneshot(request.body(Body::empty()).unwrap());
        let body = response.await.unwrap().into_body();
        assert!(
            to_bytes(body, 1024)
                .await
                .unwrap()
                .starts_with(b"Hello Ada")
        );
    }
}
