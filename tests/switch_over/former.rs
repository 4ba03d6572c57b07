//! The former builds: each keeps the session as its library's documentation shows.

use std::net::SocketAddr;

use actix_session::SessionMiddleware;
use actix_session::config::CookieContentSecurity;
use actix_session::storage::CookieSessionStore;
use actix_web::web;
use axum::extract::{FromRef, Path};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use axum_extra::extract::{PrivateCookieJar, SignedCookieJar};
use cookie::{Cookie, Key};
use sealjar_tests::server;
use tower_sessions_cookie_store::{CookieSessionConfig, CookieSessionManagerLayer, Session};

use crate::app::{Basket, Change, act, note, noted, page};
use crate::site::{KEY, NAMES, OLD, on_actix};

#[derive(Clone)]
struct State(Key);

impl FromRef<State> for Key {
    fn from_ref(state: &State) -> Self {
        state.0.clone()
    }
}

/// The two jars of axum-extra have the same methods and no trait in common.
macro_rules! jar_app {
    ($name:ident, $jar:ident) => {
        pub(crate) fn $name() -> SocketAddr {
            async fn index(jar: $jar, headers: HeaderMap) -> Response {
                answer(
                    (),
                    page(&read(jar.get(OLD).as_ref()), &message(&headers)),
                    "",
                )
            }
            async fn form(jar: $jar, Path(action): Path<String>) -> Response {
                let (change, message) = act(&action, read(jar.get(OLD).as_ref()));
                let jar = match change {
                    Change::Is(basket) => {
                        jar.add(cookie_of(serde_json::to_string(&basket).unwrap()))
                    }
                    Change::Ends => jar.remove(cookie_of(String::new())),
                };
                answer(jar, String::new(), message)
            }
            let app = Router::new()
                .route("/", get(index))
                .route("/{action}", post(form))
                .with_state(State(Key::from(KEY.as_slice())));
            server::serve(app)
        }
    };
}

jar_app!(axum_private, PrivateCookieJar);
jar_app!(axum_signed, SignedCookieJar);

fn read(cookie: Option<&Cookie<'static>>) -> Basket {
    let text = cookie.map(Cookie::value);
    text.map_or_else(Basket::default, |text| serde_json::from_str(text).unwrap())
}

fn cookie_of(text: String) -> Cookie<'static> {
    Cookie::build((OLD, text)).path("/").http_only(true).build()
}

/// The handlers of a build whose session is tower-sessions' `Session`, whatever keeps it.
pub(crate) fn tower_routes() -> Router {
    async fn index(Extension(session): Extension<Session>, headers: HeaderMap) -> Response {
        answer((), page(&load(&session).await, &message(&headers)), "")
    }
    async fn form(Extension(session): Extension<Session>, Path(action): Path<String>) -> Response {
        let (change, message) = act(&action, load(&session).await);
        match change {
            Change::Is(basket) => {
                session.insert(NAMES[0], basket.user).await.unwrap();
                session.insert(NAMES[1], basket.jars).await.unwrap();
            }
            Change::Ends => session.flush().await.unwrap(),
        }
        answer((), String::new(), message)
    }
    async fn load(session: &Session) -> Basket {
        Basket {
            user: session.get(NAMES[0]).await.unwrap().unwrap_or_default(),
            jars: session.get(NAMES[1]).await.unwrap().unwrap_or_default(),
        }
    }
    Router::new()
        .route("/", get(index))
        .route("/{action}", post(form))
}

pub(crate) fn tower(is_private: bool) -> SocketAddr {
    let app = tower_routes();
    let key = tower_sessions_cookie_store::Key::from(KEY.as_slice());
    let config = CookieSessionConfig::default()
        .with_name(OLD)
        .with_secure(false);
    server::serve(if is_private {
        app.layer(CookieSessionManagerLayer::private(key).with_config(config))
    } else {
        app.layer(CookieSessionManagerLayer::signed(key).with_config(config))
    })
}

pub(crate) fn message(headers: &HeaderMap) -> String {
    let header = headers.get("cookie").map_or("", |it| it.to_str().unwrap());
    noted(header)
}

/// Answers with the session's own headers, a page and the message for the next one.
pub(crate) fn answer(
    session: impl axum::response::IntoResponseParts,
    page: String,
    message: &str,
) -> Response {
    let headers = [("set-cookie", note(message)), ("x-replica", "axum".into())];
    (session, axum::response::AppendHeaders(headers), page).into_response()
}

/// The handlers of a build whose session is actix-session's `Session`, whatever keeps it.
pub(crate) fn actix_routes(app: &mut web::ServiceConfig) {
    async fn index(
        session: actix_session::Session,
        request: actix_web::HttpRequest,
    ) -> actix_web::HttpResponse {
        answer_actix(page(&load(&session), &actix_message(&request)), "")
    }
    async fn form(
        session: actix_session::Session,
        action: web::Path<String>,
    ) -> actix_web::HttpResponse {
        let (change, message) = act(&action, load(&session));
        match change {
            Change::Is(basket) => {
                session.insert(NAMES[0], basket.user).unwrap();
                session.insert(NAMES[1], basket.jars).unwrap();
            }
            Change::Ends => session.purge(),
        }
        answer_actix(String::new(), message)
    }
    fn load(session: &actix_session::Session) -> Basket {
        Basket {
            user: session.get(NAMES[0]).unwrap().unwrap_or_default(),
            jars: session.get(NAMES[1]).unwrap().unwrap_or_default(),
        }
    }
    app.route("/", web::get().to(index))
        .route("/{action}", web::post().to(form));
}

pub(crate) fn actix(security: CookieContentSecurity) -> SocketAddr {
    on_actix(move || {
        let key = actix_web::cookie::Key::from(KEY.as_slice());
        let sessions = SessionMiddleware::builder(CookieSessionStore::default(), key)
            .cookie_name(OLD.into())
            .cookie_secure(false)
            .cookie_content_security(security)
            .build();
        actix_web::App::new().wrap(sessions).configure(actix_routes)
    })
}

pub(crate) fn actix_message(request: &actix_web::HttpRequest) -> String {
    let header = request.headers().get("cookie");
    noted(header.map_or("", |it| it.to_str().unwrap()))
}

pub(crate) fn answer_actix(page: String, message: &str) -> actix_web::HttpResponse {
    actix_web::HttpResponse::Ok()
        .append_header(("set-cookie", note(message)))
        .append_header(("x-replica", "actix"))
        .body(page)
}
