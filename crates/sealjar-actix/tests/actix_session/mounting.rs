//! What if the middleware is there twice, or a middleware further in gives up?

use actix_session::SessionExt;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::init_service;
use actix_web::{App, Error, web};
use sealjar_actix::actix_session::SessionMiddleware;

use crate::handlers::configure;
use crate::support::{Browser, Time, builder, ours, ring};

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
