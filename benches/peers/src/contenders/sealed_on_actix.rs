//! How is sealjar set up on actix-web? As on axum, with a ring in a file, which is followed.

use std::error::Error;
use std::path::Path;

use actix_web::web::{Html, Path as Segment, ServiceConfig, get, post};
use actix_web::{HttpResponse, rt};
use sealjar_actix::{FileSource, Jar, Session, SessionError, SessionMiddleware, Watcher};
use sealjar_bench_parts::data::User;

use super::sealed;
use crate::app::{COOKIE, NOBODY, page, somebody};
use crate::facts::Facts;

pub(crate) const FACTS: Facts = Facts {
    crates: &["sealjar-actix", "sealjar-keeper", "actix-web"],
    file: file!(),
    ..sealed::FACTS
};

/// Follows the ring at `ring`.
pub(crate) async fn following(ring: &Path) -> Result<SessionMiddleware<User>, Box<dyn Error>> {
    let watcher = Watcher::start(FileSource::new(ring)).await?;
    let jar = Jar::<User>::builder(watcher.ring(), "race")
        .cookie_name(COOKIE)
        .build()?;
    rt::spawn(watcher.run());
    Ok(SessionMiddleware::new(jar))
}

pub(crate) fn app(app: &mut ServiceConfig) {
    async fn index(session: Session<User>) -> Html {
        let user = session.get();
        Html::new(page((user.id != 0).then_some(&*user)))
    }
    async fn log_in(session: Session<User>, id: Segment<u64>) -> Result<String, SessionError> {
        let user = somebody(id.into_inner());
        let count = user.bumped();
        session.update(|it| *it = user)?;
        Ok(count.to_string())
    }
    async fn add(session: Session<User>) -> Result<HttpResponse, SessionError> {
        if session.get().id == 0 {
            return Ok(HttpResponse::Unauthorized().body(NOBODY));
        }
        let count = session.update(|user| {
            user.bump();
            user.bumped()
        })?;
        Ok(HttpResponse::Ok().body(count.to_string()))
    }
    async fn log_out(session: Session<User>) -> &'static str {
        session.purge();
        "gone"
    }
    app.route("/", get().to(index))
        .route("/login/{id}", post().to(log_in))
        .route("/add", post().to(add))
        .route("/logout", post().to(log_out));
}
