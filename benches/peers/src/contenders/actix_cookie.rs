//! How is actix-session's `CookieSessionStore` set up? With its middleware's defaults, which
//! encrypt the cookie, as its documentation shows.

use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::Key;
use actix_web::web::{Html, Path, ServiceConfig, get, post};
use actix_web::{Error, HttpResponse};
use sealjar_bench_parts::data::User;

use crate::app::{COOKIE, NOBODY, USER, page, somebody};
use crate::facts::Facts;
use crate::keys::Keys;

pub(crate) const FACTS: Facts = Facts {
    crates: &["actix-session", "actix-web"],
    file: file!(),
    rotation: "cannot: `SessionMiddleware::new` takes one `Key`, and the documentation says nothing of another \
               (docs.rs, `SessionMiddleware`)",
    strengths: "actix-web's own; the same handlers over Redis; its middleware's lifecycle can be chosen",
    servers: "none",
};

pub(crate) fn middleware(keys: &Keys) -> SessionMiddleware<CookieSessionStore> {
    let key = Key::from(keys.first());
    SessionMiddleware::builder(CookieSessionStore::default(), key)
        .cookie_name(COOKIE.into())
        .build()
}

pub(crate) fn app(app: &mut ServiceConfig) {
    async fn index(session: Session) -> Result<Html, Error> {
        Ok(Html::new(page(session.get::<User>(USER)?.as_ref())))
    }
    async fn log_in(session: Session, id: Path<u64>) -> Result<String, Error> {
        let user = somebody(id.into_inner());
        session.insert(USER, &user)?;
        Ok(user.bumped().to_string())
    }
    async fn add(session: Session) -> Result<HttpResponse, Error> {
        let Some(mut user) = session.get::<User>(USER)? else {
            return Ok(HttpResponse::Unauthorized().body(NOBODY));
        };
        user.bump();
        session.insert(USER, &user)?;
        Ok(HttpResponse::Ok().body(user.bumped().to_string()))
    }
    async fn log_out(session: Session) -> &'static str {
        session.purge();
        "gone"
    }
    app.route("/", get().to(index))
        .route("/login/{id}", post().to(log_in))
        .route("/add", post().to(add))
        .route("/logout", post().to(log_out));
}
