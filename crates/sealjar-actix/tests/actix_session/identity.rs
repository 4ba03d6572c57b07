//! Does `actix-identity` run on it?

use std::time::Duration;

use actix_identity::{Identity, IdentityMiddleware};
use actix_web::http::StatusCode;
use actix_web::test::init_service;
use actix_web::web::{self, Path};
use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, Result};

use crate::support::{Browser, ours};

async fn who(identity: Option<Identity>) -> Result<String> {
    Ok(match identity {
        Some(identity) => identity
            .id()
            .map_err(actix_web::error::ErrorInternalServerError)?,
        None => "nobody".into(),
    })
}

async fn log_in(request: HttpRequest, user: Path<String>) -> Result<HttpResponse> {
    Identity::login(&request.extensions(), user.into_inner())
        .map_err(actix_web::error::ErrorInternalServerError)?;
    Ok(HttpResponse::NoContent().finish())
}

async fn log_out(identity: Identity) -> HttpResponse {
    identity.logout();
    HttpResponse::NoContent().finish()
}

#[actix_web::test]
async fn an_identity_logs_in_is_known_on_another_replica_and_logs_out() {
    let sessions = ours().subject_key("actix_identity.user_id");
    let replica = || {
        let app = App::new()
            .route("/", web::get().to(who))
            .route("/login/{user}", web::post().to(log_in))
            .route("/logout", web::post().to(log_out))
            .wrap(IdentityMiddleware::default())
            .wrap(sessions.clone());
        init_service(app)
    };
    let (one, other) = (replica().await, replica().await);
    let mut browser = Browser::default();
    assert_eq!(browser.get(&one, "/").await.body, "nobody");
    assert_eq!(
        browser.post(&one, "/logout").await.status,
        StatusCode::UNAUTHORIZED
    );
    browser.post(&one, "/login/ferris").await;
    assert_eq!(browser.get(&other, "/").await.body, "ferris");
    browser.post(&other, "/logout").await;
    assert_eq!(browser.get(&one, "/").await.body, "nobody");
}

#[actix_web::test]
async fn a_login_begins_another_session_and_a_missed_deadline_ends_it() {
    let identity = |deadline| {
        IdentityMiddleware::builder()
            .visit_deadline(deadline)
            .build()
    };
    let sessions = ours();
    let app = |deadline| {
        let app = App::new()
            .route("/", web::get().to(who))
            .route("/login/{user}", web::post().to(log_in))
            .wrap(identity(deadline))
            .wrap(sessions.clone());
        init_service(app)
    };
    let patient = app(Some(Duration::from_secs(3600))).await;
    let mut browser = Browser::default();
    browser.post(&patient, "/login/ferris").await;
    let first = browser.clone();
    browser.post(&patient, "/login/corro").await;
    assert_eq!(browser.get(&patient, "/").await.body, "corro");
    assert_ne!(browser.value(), first.value());
    // The middleware logs out before the handler runs, and the cookie expires with it.
    let strict = app(Some(Duration::ZERO)).await;
    let answer = browser.get(&strict, "/").await;
    assert_eq!(answer.body, "nobody");
    let removed = answer.session().and_then(|cookie| cookie.max_age());
    assert!(removed.is_some_and(|age| age.is_zero()));
}
