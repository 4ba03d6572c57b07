//! How does a handler get its session, and what is the response when there is none?

use actix_web::test::init_service;
use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, web};
use sealjar_actix::{Session, SessionError, SessionMiddleware, session_of};

use crate::support::{Basket, NAME, Visits, call, jar};

async fn visit(session: Session<Visits>) -> Result<String, SessionError> {
    let count = session.update(|it| {
        it.count += 1;
        it.count
    })?;
    Ok(format!("visit {count}"))
}

#[actix_web::test]
async fn the_middleware_is_built_once_and_every_worker_opens_what_another_sealed() {
    let sessions = SessionMiddleware::new(jar::<Visits>(NAME));
    let worker = || {
        let sessions = sessions.clone();
        init_service(App::new().wrap(sessions).route("/", web::get().to(visit)))
    };
    let (one, other) = (worker().await, worker().await);
    let first = call(&one, "").await;
    assert_eq!(first.body, "visit 1");
    assert_eq!(call(&other, &first.cookie()).await.body, "visit 2");

    // The negative control: a middleware built for each worker, with a key of its own.
    let sessions = SessionMiddleware::new(jar::<Visits>(NAME));
    let stranger = init_service(App::new().wrap(sessions).route("/", web::get().to(visit))).await;
    assert_eq!(call(&stranger, &first.cookie()).await.body, "visit 1");
}

#[actix_web::test]
async fn a_missing_middleware_answers_500_and_names_middleware_and_type() {
    let bare = App::new().route("/", web::get().to(visit));
    let other_type = App::new()
        .wrap(SessionMiddleware::new(jar::<Basket>(NAME)))
        .route("/", web::get().to(visit));
    let wanted = "no SessionMiddleware<adapter::support::Visits> is around this handler: add \
                  `.wrap(SessionMiddleware::new(jar))` with a Jar<adapter::support::Visits>";
    let answer = call(&init_service(bare).await, "").await;
    assert_eq!((answer.status, answer.body.as_str()), (500, wanted));
    let answer = call(&init_service(other_type).await, "").await;
    assert_eq!((answer.status, answer.body.as_str()), (500, wanted));
    assert!(answer.cookies().is_empty());
}

#[actix_web::test]
async fn around_a_scope_it_gives_sessions_to_that_scope_alone() {
    let app = App::new()
        .service(
            web::scope("/shop")
                .wrap(SessionMiddleware::new(jar::<Visits>(NAME)))
                .route("", web::get().to(visit)),
        )
        .route("/", web::get().to(visit));
    let app = init_service(app).await;
    assert_eq!(call(&app, "").await.status, 500);
    let request = actix_web::test::TestRequest::get().uri("/shop");
    let body = actix_web::test::call_and_read_body(&app, request.to_request()).await;
    assert_eq!(body, "visit 1");
}

#[actix_web::test]
async fn a_middleware_further_in_shares_the_handlers_session() {
    let app = App::new()
        .route("/", web::get().to(visit))
        .wrap(actix_web::middleware::from_fn(
            |request: actix_web::dev::ServiceRequest,
             next: actix_web::middleware::Next<actix_web::body::BoxBody>| async move {
                let session = session_of::<Visits>(&request.extensions())?;
                session
                    .update(|it| it.count = 40)
                    .map_err(SessionError::from)?;
                next.call(request).await
            },
        ))
        .wrap(SessionMiddleware::new(jar::<Visits>(NAME)));
    let answer = call(&init_service(app).await, "").await;
    assert_eq!(answer.body, "visit 41");
    assert_eq!(answer.cookies().len(), 1);
}

#[actix_web::test]
async fn a_session_that_outlives_its_request_holds_no_request_and_takes_no_change() {
    // actix-web panics if a clone of the request is still held when it routes the next one.
    let kept: web::Data<std::sync::Mutex<Vec<Session<Visits>>>> = web::Data::default();
    let keep = |session: Session<Visits>,
                kept: web::Data<std::sync::Mutex<Vec<Session<Visits>>>>,
                _: HttpRequest| async move {
        kept.lock().unwrap().push(session);
        HttpResponse::Ok().finish()
    };
    let app = App::new()
        .app_data(kept.clone())
        .route("/", web::get().to(keep))
        .wrap(SessionMiddleware::new(jar::<Visits>(NAME)));
    let app = init_service(app).await;
    for _ in 0..3 {
        assert_eq!(call(&app, "").await.status, 200);
    }
    for session in kept.lock().unwrap().iter() {
        assert_eq!(
            session.update(|it| it.count = 9),
            Err(sealjar_actix::UpdateError::Closed.into())
        );
    }
}
