//! Is a change kept when a middleware between session and handler fails?

use std::cell::RefCell;
use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpMessage, HttpResponse, ResponseError, web};
use sealjar_actix::{Session, SessionError, SessionMiddleware, UpdateError, session_of};

use crate::support::{Basket, NAME, Visits, call, jar};

/// An error of an application's own middleware.
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
    let [_, removed, mark] = &answer.cookies()[..] else {
        panic!("{:?}", answer.cookies());
    };
    assert!(removed.starts_with(&format!("{NAME}=; ")) && removed.contains("; Max-Age=0"));
    assert!(mark.starts_with(&format!("{NAME}.out=")));
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
async fn a_response_that_an_error_gives_away_once_goes_out_with_the_session() {
    async fn sends_to_the_login(
        request: ServiceRequest,
        _: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<BoxBody>, Error> {
        if request.path() == "/" {
            let session = session_of::<Visits>(&request.extensions())?;
            session
                .update(|it| it.count += 1)
                .map_err(SessionError::from)?;
        }
        let response = HttpResponse::SeeOther()
            .insert_header((header::LOCATION, "/login"))
            .finish();
        Err(InternalError::from_response("not logged in", response).into())
    }
    let app = App::new()
        .route("/", web::get().to(count))
        .wrap(from_fn(sends_to_the_login))
        .wrap(SessionMiddleware::new(jar::<Visits>(NAME)))
        .wrap(SessionMiddleware::new(jar::<Basket>("__Host-basket")));
    let answer = call(&init_service(app).await, "").await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.all(header::LOCATION), ["/login"]);
    assert_eq!(answer.cookies().len(), 1);
}

#[actix_web::test]
async fn what_others_add_to_an_errors_response_is_respected() {
    async fn sets_a_policy(
        request: ServiceRequest,
        next: Next<BoxBody>,
    ) -> Result<ServiceResponse<BoxBody>, Error> {
        next.call(request).await.map_err(|mut error| {
            error.add_response_mapper(|mut response| {
                let headers = response.headers_mut();
                headers.insert(header::VARY, HeaderValue::from_static("Cookie"));
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private"));
                response
            });
            error
        })
    }
    let app = App::new()
        .route("/", web::get().to(count))
        .wrap(from_fn(counts_and_fails))
        .wrap(from_fn(sets_a_policy))
        .wrap(SessionMiddleware::new(jar::<Visits>(NAME)));
    let answer = call(&init_service(app).await, "").await;
    assert_eq!(answer.all(header::VARY), ["Cookie"]);
    assert_eq!(answer.all(header::CACHE_CONTROL), ["private"]);
    assert_eq!(answer.cookies().len(), 2);
}

#[actix_web::test]
async fn a_session_whose_error_nobody_answers_takes_no_change_any_more() {
    let kept = Rc::new(RefCell::new(None));
    let keep = Rc::clone(&kept);
    let keeps_and_fails = move |request: ServiceRequest, _: Next<BoxBody>| {
        *keep.borrow_mut() = session_of::<Visits>(&request.extensions()).ok();
        async { Err::<ServiceResponse<BoxBody>, Error>(Teapot.into()) }
    };
    let app = App::new()
        .route("/", web::get().to(count))
        .wrap(from_fn(keeps_and_fails))
        .wrap(SessionMiddleware::new(jar::<Visits>(NAME)));
    let request = TestRequest::get().uri("/").to_request();
    let error = init_service(app).await.call(request).await.err().unwrap();
    let session = kept.take().unwrap();
    assert!(session.update(|it| it.count = 1).is_ok());
    drop(error);
    assert_eq!(session.update(|it| it.count = 2), Err(UpdateError::Closed));
}

#[actix_web::test]
async fn an_error_stays_the_one_it_was_for_middlewares_further_out() {
    let seen = |request: ServiceRequest, next: Next<BoxBody>| async move {
        let failed = next.call(request).await.err().unwrap();
        assert!(failed.as_error::<Teapot>().is_some());
        Err::<ServiceResponse<BoxBody>, _>(failed)
    };
    for touches in [false, true] {
        let fails = move |request: ServiceRequest, next: Next<BoxBody>| async move {
            if touches {
                counts_and_fails(request, next).await
            } else {
                Err(Teapot.into())
            }
        };
        let app = App::new()
            .route("/", web::get().to(count))
            .wrap(from_fn(fails))
            .wrap(SessionMiddleware::new(jar::<Visits>(NAME)))
            .wrap(from_fn(seen));
        let answer = call(&init_service(app).await, "").await;
        assert_eq!(answer.status, 418);
        let (lines, policy) = match touches {
            true => (2, "no-store"),
            false => (1, "public, max-age=60"),
        };
        assert_eq!(answer.cookies().len(), lines);
        assert_eq!(answer.all(header::CACHE_CONTROL), [policy]);
    }
}

/// The negative control: an error from outside the session middleware carries no cookie.
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
