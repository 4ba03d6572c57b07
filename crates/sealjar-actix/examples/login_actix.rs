//! A login in one file, and tests of it. `cargo run -p sealjar-actix --example login_actix`

use std::borrow::Cow;

use actix_web::web::{Form, Html, Query, Redirect, ServiceConfig, get, post};
use actix_web::{App, HttpServer};
use sealjar_actix::{
    Authenticated, FileSource, Jar, ReturnTo, Session, SessionData, SessionError, SessionMiddleware,
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
async fn home(session: Authenticated<Option<Account>>) -> Html {
    let account = Option::clone(&session.get()).unwrap_or_default();
    Html::new(format!("Hello {}. {LOG_OUT}", account.name))
}

async fn login_page(Query(Wanted { next }): Query<Wanted>) -> Html {
    Html::new(LOG_IN.replace("NEXT", &next.as_str().replace('&', "&amp;")))
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
    Ok(Redirect::to(form.next.to_string()).see_other())
}

async fn log_out(session: Session<Option<Account>>) -> Redirect {
    session.purge();
    Redirect::to("/").see_other()
}

fn routes(app: &mut ServiceConfig) {
    app.route("/", get().to(home))
        .route("/login", get().to(login_page))
        .route("/login", post().to(log_in))
        .route("/logout", post().to(log_out));
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ring = FileSource::find("session-ring")?.fetch()?;
    let jar = Jar::<Option<Account>>::builder(ring, "login-dev")
        .login_page("/login")
        .build()?;
    let sessions = SessionMiddleware::new(jar);
    let app = move || App::new().wrap(sessions.clone()).configure(routes);
    Ok(HttpServer::new(app).bind("127.0.0.1:3000")?.run().await?)
}

const LOG_IN: &str = "<form method=post action=/login><input name=name placeholder=ada> \
    <input name=next type=hidden value=\"NEXT\"> \
    <input name=password type=password placeholder=lovelace> <button>Log in</button></form>";
const LOG_OUT: &str = "<form method=post action=/logout><button>Log out</button></form>";

#[cfg(test)]
mod tests {
    use actix_web::App;
    use actix_web::http::header;
    use actix_web::test::{TestRequest, call_and_read_body, call_service, init_service};
    use sealjar_actix::{Jar, SessionMiddleware, testing};

    use super::{Account, routes};

    #[actix_web::test]
    async fn a_login_names_the_person() {
        let jar = testing::jar::<Option<Account>>();
        let sessions = SessionMiddleware::new(jar.clone());
        let app = init_service(App::new().wrap(sessions).configure(routes)).await;
        let form = [("name", "ada"), ("password", "lovelace")];
        let request = TestRequest::post().uri("/login").set_form(form);
        let response = call_service(&app, request.to_request()).await;
        let set = response.headers().get_all(header::SET_COOKIE);
        let account = jar.value_of(set).unwrap().flatten();
        assert_eq!(account.unwrap().id, 7);
    }

    #[actix_web::test]
    async fn a_visitor_who_is_not_logged_in_is_led_to_the_login_and_back() {
        let jar = Jar::<Option<Account>>::builder(testing::ring(), "test").login_page("/login");
        let sessions = SessionMiddleware::new(jar.build().unwrap());
        let app = init_service(App::new().wrap(sessions).configure(routes)).await;
        let page = TestRequest::with_uri("/?of=today").insert_header((header::ACCEPT, "text/html"));
        let page = call_service(&app, page.to_request()).await;
        let login_page = page.headers().get(header::LOCATION).unwrap();
        let login_page = login_page.to_str().unwrap();
        assert_eq!(login_page, "/login?next=/%3Fof%3Dtoday");

        let form = TestRequest::with_uri(login_page).to_request();
        let form = String::from_utf8(call_and_read_body(&app, form).await.into()).unwrap();
        assert!(form.contains("value=\"/?of=today\""), "{form}");

        let form = [
            ("name", "ada"),
            ("password", "lovelace"),
            ("next", "/?of=today"),
        ];
        let form = TestRequest::post().uri("/login").set_form(form);
        let response = call_service(&app, form.to_request()).await;
        let back = response.headers().get(header::LOCATION).unwrap();
        assert_eq!(back, "/?of=today");
    }

    #[actix_web::test]
    async fn a_visitor_who_is_logged_in_is_greeted() {
        let jar = testing::jar::<Option<Account>>();
        let name = "Ada".to_owned();
        let cookie = jar.cookie_for(&Some(Account { id: 7, name })).unwrap();
        let sessions = SessionMiddleware::new(jar);
        let app = init_service(App::new().wrap(sessions).configure(routes)).await;
        let request = TestRequest::get().insert_header((header::COOKIE, cookie));
        let body = call_and_read_body(&app, request.to_request()).await;
        assert!(body.starts_with(b"Hello Ada"));
    }
}
