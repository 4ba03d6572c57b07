//! A login in one file, and tests of it. `cargo run -p sealjar-axum --example login`

use std::borrow::Cow;

use axum::extract::Query;
use axum::response::{Html, Redirect};
use axum::{Form, Router, routing::get, routing::post};
use sealjar_axum::{
    Authenticated, FileSource, Jar, ReturnTo, Session, SessionData, SessionError, SessionLayer,
};
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
    #[serde(default)]
    next: ReturnTo,
}

/// The page that a visitor wanted, in the address of the login page.
#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    next: ReturnTo,
}

/// For people who are logged in. Others are sent to the login page.
async fn home(session: Authenticated<Option<Account>>) -> Html<String> {
    let account = Option::clone(&session.get()).unwrap_or_default();
    Html(format!("Hello {}. {LOG_OUT}", account.name))
}

async fn login_page(Query(Wanted { next }): Query<Wanted>) -> Html<String> {
    Html(LOG_IN.replace("NEXT", &next.as_str().replace('&', "&amp;")))
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
    Ok(Redirect::to(form.next.as_str()))
}

async fn log_out(session: Session<Option<Account>>) -> Redirect {
    session.purge();
    Redirect::to("/")
}

fn app(jar: Jar<Option<Account>>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/login", get(login_page).post(log_in))
        .route("/logout", post(log_out))
        .layer(SessionLayer::new(jar))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ring = FileSource::find("session-ring")?.fetch()?;
    let jar = Jar::builder(ring, "login-dev")
        .login_page("/login")
        .build()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, app(jar)).await?)
}

const LOG_IN: &str = "<form method=post action=/login><input name=name placeholder=ada> \
    <input name=next type=hidden value=\"NEXT\"> \
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
        let jar = testing::jar();
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
    async fn a_visitor_who_is_not_logged_in_is_led_to_the_login_and_back() {
        let jar = Jar::builder(testing::ring(), "test").login_page("/login");
        let app = app(jar.build().unwrap());
        let page = Request::get("/?of=today").header(header::ACCEPT, "text/html");
        let page = app.clone().oneshot(page.body(Body::empty()).unwrap());
        let page = page.await.unwrap();
        let login_page = &page.headers()[header::LOCATION];
        assert_eq!(login_page, "/login?next=/%3Fof%3Dtoday");

        let form = Request::get(login_page.to_str().unwrap());
        let form = app.clone().oneshot(form.body(Body::empty()).unwrap());
        let form = to_bytes(form.await.unwrap().into_body(), 1024).await;
        let form = String::from_utf8(form.unwrap().into()).unwrap();
        assert!(form.contains("value=\"/?of=today\""), "{form}");

        let form = Request::post("/login")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("name=ada&password=lovelace&next=/?of=today"));
        let response = app.oneshot(form.unwrap()).await.unwrap();
        assert_eq!(response.headers()[header::LOCATION], "/?of=today");
    }

    #[tokio::test]
    async fn a_visitor_who_is_logged_in_is_greeted() {
        let jar = testing::jar();
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
