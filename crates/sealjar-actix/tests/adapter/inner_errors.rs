//! Is a change kept when a middleware between session and handler gives up?

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName};
use actix_web::middleware::{Next, from_fn};
use actix_web::test::init_service;
use actix_web::{App, Error, HttpMessage, HttpResponse, ResponseError, web};
use sealjar_actix::{Session, SessionError, SessionMiddleware, session_of};

use crate::support::{Basket, NAME, Visits, call, jar};

/// What an application's own middleware may fail with.
#[derive(Debug)]
struct Teapot;

impl std::fmt::Display for Teapot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("short and stout")
    }
}

impl ResponseError for Teapot {
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::ImATeapot()
            .insert_header((header::CACHE_CONTROL, "public, max-age=60"))
            .insert_header((header::SET_COOKIE, "theirs=1"))
            .body(self.to_string())
    }
}

async fn counts_and_fails(
    request: ServiceRequest,
    _: Next<impl MessageBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let session = session_of::<Visits>(&request.extensions())?;
    session
        .update(|it| it.count += 1)
        .map_err(SessionError::from)?;
    Err(Teapot.into())
}

async fn logs_out_and_fails(
    request: ServiceRequest,
    _: Next<impl MessageBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    session_of::<Visits>(&request.extensions())?.purge();
    Err(Teapot.into())
}

async fn only_fails(
    _: ServiceRequest,
    _: Next<impl MessageBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    Err(Teapot.into())
}

async fn count(session: Session<Visits>) -> String {
    session.get().count.to_string()
}

#[actix_web::test]
async fn what_was_updated_goes_out_with_the_errors_own_response() {
    let jar = jar::<Visits>(NAME);
    let app = App::new()
        .route("/", web::get().to(count))
        .wrap(from_fn(counts_and_fails))
        .wrap(SessionMiddleware::new(jar.clone()));
    let answer = call(&init_service(app).await, "").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (418, "short and stout")
    );
    assert_eq!(answer.cookies().len(), 2);
    assert!(answer.cookies()[0].starts_with("theirs=1"));
    assert_eq!(answer.all(header::CACHE_CONTROL), ["no-store"]);
    assert_eq!(answer.all(header::VARY), ["Cookie"]);

    let shows = App::new()
        .route("/", web::get().to(count))
        .wrap(SessionMiddleware::new(jar));
    assert_eq!(
        call(&init_service(shows).await, &answer.cookie())
            .await
            .body,
        "1"
    );
}

#[actix_web::test]
async fn a_logout_goes_out_with_the_errors_own_response() {
    let jar = jar::<Visits>(NAME);
    let app = App::new()
        .route("/", web::get().to(count))
        .wrap(from_fn(logs_out_and_fails))
        .wrap(SessionMiddleware::new(jar.clone()));
    let cookie = jar.cookie_for(&Visits::default()).unwrap();
    let answer = call(&init_service(app).await, &cookie).await;
    assert_eq!(answer.status, 418);
    let removed = answer.cookies().into_iter().find(|it| it.starts_with(NAME));
    assert!(removed.unwrap().contains("; Max-Age=0"));
    assert_eq!(
        answer.all(HeaderName::from_static("clear-site-data")),
        ["\"cache\""]
    );
}

#[actix_web::test]
async fn several_sessions_go_out_with_one_error() {
    async fn fills_both_and_fails(
        request: ServiceRequest,
        _: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<BoxBody>, Error> {
        let visits = session_of::<Visits>(&request.extensions())?;
        let basket = session_of::<Basket>(&request.extensions())?;
        visits
            .update(|it| it.count = 1)
            .map_err(SessionError::from)?;
        basket
            .update(|it| it.items.push("wax".into()))
            .map_err(SessionError::from)?;
        Err(Teapot.into())
    }
    let app = App::new()
        .route("/", web::get().to(count))
        .wrap(from_fn(fills_both_and_fails))
        .wrap(SessionMiddleware::new(jar::<Visits>(NAME)))
        .wrap(SessionMiddleware::new(jar::<Basket>("__Host-basket")));
    let answer = call(&init_service(app).await, "").await;
    assert_eq!(answer.cookies().len(), 3, "{answer:?}");
    assert_eq!(answer.all(header::CACHE_CONTROL), ["no-store"]);
    assert_eq!(answer.all(header::VARY), ["Cookie"]);
}

#[actix_web::test]
async fn an_error_without_a_touched_session_stays_the_one_it_was() {
    let seen = |request: ServiceRequest, next: Next<BoxBody>| async move {
        let failed = next.call(request).await.err().unwrap();
        assert!(failed.as_error::<Teapot>().is_some());
        Err::<ServiceResponse<BoxBody>, _>(failed)
    };
    let app = App::new()
        .route("/", web::get().to(count))
        .wrap(from_fn(only_fails))
        .wrap(SessionMiddleware::new(jar::<Visits>(NAME)))
        .wrap(from_fn(seen));
    let answer = call(&init_service(app).await, "").await;
    assert_eq!(answer.status, 418);
    assert_eq!(answer.cookies(), ["theirs=1"]);
    assert_eq!(answer.all(header::CACHE_CONTROL), ["public, max-age=60"]);
}

/// The negative control: outside of the session a middleware's error takes nothing along.
#[actix_web::test]
async fn an_error_from_outside_the_session_knows_nothing_of_it() {
    let fails_after = |request: ServiceRequest, next: Next<BoxBody>| async move {
        next.call(request).await?;
        Err::<ServiceResponse<BoxBody>, Error>(Teapot.into())
    };
    let visit = |session: Session<Visits>| async move {
        session.update(|it| it.count += 1)?;
        Ok::<_, SessionError>("counted")
    };
    let app = App::new()
        .route("/", web::get().to(visit))
        .wrap(SessionMiddleware::new(jar::<Visits>(NAME)))
        .wrap(from_fn(fails_after));
    assert_eq!(
        call(&init_service(app).await, "").await.cookies(),
        ["theirs=1"]
    );
}
