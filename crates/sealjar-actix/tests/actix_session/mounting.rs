//! What if the middleware is mounted twice, or an inner middleware fails?

use actix_identity::{Identity, IdentityMiddleware};
use actix_session::{Session, SessionExt};
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::init_service;
use actix_web::{App, Error, web};
use sealjar_actix::actix_session::{Entries, SessionMiddleware};

use crate::handlers::configure;
use crate::support::{Browser, Time, builder, ours, ring, theirs};

#[actix_web::test]
async fn mounted_twice_it_serves_one_session() {
    let sessions = ours();
    let inside = web::scope("").wrap(sessions.clone()).configure(configure);
    let app = init_service(App::new().wrap(sessions).service(inside)).await;
    let mut browser = Browser::default();
    for count in 1..4 {
        let answer = browser.post(&app, "/count").await;
        assert_eq!(answer.body, format!("nobody {count}"));
        assert_eq!(answer.cookies().len(), 1);
    }
    browser.post(&app, "/logout").await;
    assert_eq!(browser.get(&app, "/").await.body, "nobody 0");
}

#[actix_web::test]
async fn two_jars_answer_500_and_say_so() {
    let other = builder(&ring(), &Time::starting()).cookie_name("other");
    let other = SessionMiddleware::new(other.build().unwrap());
    let app = App::new().configure(configure).wrap(ours()).wrap(other);
    let answer = Browser::default()
        .post(&init_service(app).await, "/count")
        .await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        answer.body.contains("with different jars"),
        "{}",
        answer.body
    );
    assert!(answer.cookies().is_empty());
}

#[actix_web::test]
async fn what_was_changed_is_kept_when_a_middleware_further_in_gives_up() {
    async fn counts_and_fails(
        request: ServiceRequest,
        _: Next<impl MessageBody>,
    ) -> Result<ServiceResponse, Error> {
        request.get_session().insert("count", 7)?;
        Err(actix_web::error::ErrorConflict("no"))
    }
    let sessions = ours();
    let fails = App::new()
        .configure(configure)
        .wrap(from_fn(counts_and_fails))
        .wrap(sessions.clone());
    let mut browser = Browser::default();
    let answer = browser.get(&init_service(fails).await, "/").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::CONFLICT, "no")
    );
    let app = init_service(App::new().wrap(sessions).configure(configure)).await;
    assert_eq!(browser.get(&app, "/").await.body, "nobody 7");
}

#[actix_web::test]
async fn a_middleware_that_asks_for_an_identity_refuses_as_it_does_over_theirs() {
    async fn members_only(
        mut request: ServiceRequest,
        next: Next<impl MessageBody + 'static>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        request.extract::<Identity>().await?;
        next.call(request).await
    }
    let app = || {
        App::new()
            .configure(configure)
            .wrap(from_fn(members_only))
            .wrap(IdentityMiddleware::default())
    };
    let over_theirs = init_service(app().wrap(theirs())).await;
    let over_ours = init_service(app().wrap(ours())).await;
    let theirs = Browser::default().get(&over_theirs, "/").await;
    let ours = Browser::default().get(&over_ours, "/").await;
    assert_eq!(theirs.status, StatusCode::UNAUTHORIZED);
    assert_eq!((ours.status, ours.body), (theirs.status, theirs.body));
}

#[actix_web::test]
async fn a_logout_of_the_sealed_session_is_not_undone_by_a_change_to_the_lent_one() {
    let both = |lent: Session, sealed: sealjar_actix::Session<Entries>| async move {
        lent.insert("count", 5)?;
        sealed.purge();
        Ok::<_, Error>("out")
    };
    let app = App::new()
        .configure(configure)
        .route("/both", web::post().to(both))
        .wrap(ours());
    let app = init_service(app).await;
    let mut browser = Browser::default();
    browser.post(&app, "/login/ferris").await;
    browser.post(&app, "/both").await;
    assert_eq!(browser.get(&app, "/").await.body, "nobody 0");
}
