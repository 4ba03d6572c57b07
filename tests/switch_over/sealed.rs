//! The new builds, which open the former cookie.

use std::net::SocketAddr;

use actix_web::web;
use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use sealjar::{LiveRing, Timestamp};
use sealjar_actix::actix_session::{Entries, SessionMiddleware};
use sealjar_axum::tower_sessions_0_14::{Record, SessionManagerLayer};
use sealjar_session::{Jar, LegacyCookie, LegacyLayout, Session, SessionData};
use sealjar_tests::server;

use crate::app::{Basket, Change, act, page};
use crate::former::{actix_message, actix_routes, answer, answer_actix, message, tower_routes};
use crate::site::{Build, KEY, Library, NAMES, OLD, on_actix};

impl SessionData for Basket {
    fn subject(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.user.as_deref().map(Into::into)
    }
}

/// Starts a replica that reads the ring and, but for `WithoutFormer`, the former library's cookie.
pub(crate) fn start(
    library: Library,
    build: Build,
    ring: &LiveRing,
    since: Timestamp,
) -> SocketAddr {
    let read = |text: &str| serde_json::from_str(text).ok();
    match library {
        Library::ActixPrivate | Library::ActixSigned => {
            actix(jar(ring, build, former(library, read), text, since))
        }
        Library::AxumPrivate
        | Library::AxumSigned
        | Library::TowerPrivate
        | Library::TowerSigned => axum(jar(ring, build, former(library, read), text, since)),
        Library::Sealed => axum(renamed(ring, build, since)),
        Library::ActixDropIn => {
            let former = former(library, |values| Entries::from_json(values, Some(NAMES[0])));
            let jar = jar(ring, build, former, Entries::to_json, since);
            let sessions = SessionMiddleware::new(jar).subject_key(NAMES[0]);
            on_actix(move || {
                actix_web::App::new()
                    .wrap(sessions.clone())
                    .configure(actix_routes)
            })
        }
        Library::TowerDropIn => {
            let former = former(library, |values| Record::from_json(values, Some("/user")));
            let jar = jar(ring, build, former, Record::to_json, since);
            let sessions = SessionManagerLayer::new(jar).with_subject("/user").unwrap();
            server::serve(tower_routes().layer(sessions))
        }
    }
}

fn jar<T: SessionData>(
    ring: &LiveRing,
    build: Build,
    former: LegacyCookie<T>,
    text: fn(&T) -> String,
    since: Timestamp,
) -> Jar<T> {
    let jar = Jar::builder(ring, "shop-test").allow_insecure_http(true);
    let jar = match build {
        Build::First => jar.also_opens(former.keep_writing(text), since),
        Build::Second => jar.also_opens(former, since),
        Build::Former | Build::WithoutFormer => jar,
    };
    jar.build().unwrap()
}

/// The jar of an application that gets another name. The first of the two roll-outs is the jar as
/// it was, which opens the new cookie too.
fn renamed(ring: &LiveRing, build: Build, since: Timestamp) -> Jar<Basket> {
    let [before, after] = [("shop", OLD), ("shop-test", "session")];
    let jar = |(app, name): (&str, &str)| {
        Jar::builder(ring, app)
            .cookie_name(name)
            .allow_insecure_http(true)
    };
    let former = |(app, name): (&str, &str)| LegacyCookie::sealed(app, name);
    let jar = match build {
        Build::Former => jar(before),
        Build::First => jar(before).also_opens(former(after), since),
        Build::Second => jar(after).also_opens(former(before), since),
        Build::WithoutFormer => jar(after),
    };
    jar.build().unwrap()
}

/// What the former build of a library has set.
fn former<T: SessionData>(
    library: Library,
    read: impl Fn(&str) -> Option<T> + Send + Sync + 'static,
) -> LegacyCookie<T> {
    let key = KEY.as_slice();
    match library {
        Library::AxumSigned | Library::ActixSigned | Library::TowerSigned => {
            LegacyCookie::signed(OLD, key, read)
        }
        _ => LegacyCookie::private(OLD, key, read),
    }
    .layout(match library {
        Library::AxumPrivate | Library::AxumSigned | Library::Sealed => LegacyLayout::Text,
        Library::ActixPrivate | Library::ActixDropIn | Library::ActixSigned => {
            LegacyLayout::ActixSession
        }
        Library::TowerPrivate | Library::TowerDropIn | Library::TowerSigned => {
            LegacyLayout::TowerSessions
        }
    })
}

fn text(basket: &Basket) -> String {
    serde_json::to_string(basket).unwrap()
}

fn change(session: &Session<Basket>, action: &str) -> &'static str {
    let (change, message) = act(action, Basket::clone(&session.get()));
    match change {
        Change::Is(basket) => session.update(|it| *it = basket).unwrap(),
        Change::Ends => session.purge(),
    }
    message
}

fn axum(jar: Jar<Basket>) -> SocketAddr {
    async fn index(session: sealjar_axum::Session<Basket>, headers: HeaderMap) -> Response {
        answer((), page(&session.get(), &message(&headers)), "")
    }
    async fn form(session: sealjar_axum::Session<Basket>, Path(action): Path<String>) -> Response {
        let message = change(&session, &action);
        answer((), String::new(), message)
    }
    let app = Router::new()
        .route("/", get(index))
        .route("/{action}", post(form));
    server::serve(app.layer(sealjar_axum::SessionLayer::new(jar)))
}

fn actix(jar: Jar<Basket>) -> SocketAddr {
    async fn index(
        session: sealjar_actix::Session<Basket>,
        request: actix_web::HttpRequest,
    ) -> actix_web::HttpResponse {
        answer_actix(page(&session.get(), &actix_message(&request)), "")
    }
    async fn form(
        session: sealjar_actix::Session<Basket>,
        action: web::Path<String>,
    ) -> actix_web::HttpResponse {
        let message = change(&session, &action);
        answer_actix(String::new(), message)
    }
    let sessions = sealjar_actix::SessionMiddleware::new(jar);
    on_actix(move || {
        actix_web::App::new()
            .wrap(sessions.clone())
            .route("/", web::get().to(index))
            .route("/{action}", web::post().to(form))
    })
}
