//! Plain tower services, without axum.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll, Waker};

use http::{Request, Response, header};
use sealjar_axum::{SessionLayer, SessionService, session_of};
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::support::{Account, Basket, NAME, jar};

/// A service with text bodies that counts visits.
async fn count(request: Request<String>) -> Result<Response<String>, Infallible> {
    let session = session_of::<Account>(request.extensions()).unwrap();
    let visits = session.update(|it| {
        it.visits += 1;
        it.visits
    });
    Ok(Response::new(format!(
        "{} {}",
        request.body(),
        visits.unwrap()
    )))
}

#[tokio::test]
async fn a_service_fn_over_text_has_sessions() {
    let service = SessionService::new(jar::<Account>(), service_fn(count));
    let mut cookie = String::new();
    for visits in 1..4 {
        let request = Request::builder()
            .header(header::COOKIE, &cookie)
            .body("visit".to_owned())
            .unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(*response.body(), format!("visit {visits}"));
        let line = response.headers()[header::SET_COOKIE].to_str().unwrap();
        cookie = line.split(';').next().unwrap().to_owned();
    }
    assert!(cookie.starts_with(NAME));
}

#[tokio::test]
async fn without_the_layer_the_error_names_it() {
    let request = Request::new(());
    let error = session_of::<Account>(request.extensions()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no SessionLayer<adapter::account::Account> is around")
    );
    assert!(format!("{error:?}").contains("adapter::account::Account"));
    let service = SessionLayer::new(jar::<Basket>()).layer(service_fn(|request: Request<()>| {
        ready(Ok::<_, Infallible>(Response::new(
            session_of::<Account>(request.extensions())
                .is_err()
                .to_string(),
        )))
    }));
    assert_eq!(
        service.oneshot(Request::new(())).await.unwrap().body(),
        "true"
    );
}

#[tokio::test]
async fn an_error_of_the_inner_service_passes_through() {
    let service = SessionService::new(
        jar::<Account>(),
        service_fn(|request: Request<()>| {
            let session = session_of::<Account>(request.extensions()).unwrap();
            session.update(|it| it.visits = 1).unwrap();
            ready(Err::<Response<()>, _>("broken"))
        }),
    );
    assert_eq!(
        service.oneshot(Request::new(())).await.unwrap_err(),
        "broken"
    );
}

/// A service that is ready when the test says so.
#[derive(Clone)]
struct Gate(bool);

impl Service<Request<()>> for Gate {
    type Response = Response<()>;
    type Error = &'static str;
    type Future = Ready<Result<Response<()>, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        if self.0 {
            Poll::Ready(Err("shut"))
        } else {
            Poll::Pending
        }
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(Response::new(())))
    }
}

#[test]
fn readiness_is_that_of_the_inner_service() {
    let mut context = Context::from_waker(Waker::noop());
    let mut waiting = SessionService::new(jar::<Account>(), Gate(false));
    assert!(waiting.poll_ready(&mut context).is_pending());
    let mut shut = SessionService::new(jar::<Account>(), Gate(true));
    assert_eq!(shut.poll_ready(&mut context), Poll::Ready(Err("shut")));
}

#[test]
fn debug_of_layer_service_and_future_shows_no_value() {
    let jar = jar::<Account>();
    let mut service = SessionService::new(jar.clone(), service_fn(count));
    let header = jar
        .cookie_for(&Account {
            name: "hunter2".into(),
            visits: 1,
        })
        .unwrap();
    let request = Request::builder()
        .header(header::COOKIE, &header)
        .body(String::new())
        .unwrap();
    let future = service.call(request);
    let gate = SessionService::new(jar.clone(), 7);
    for text in [
        format!("{:?}", SessionLayer::new(jar)),
        format!("{future:?}"),
        format!("{gate:?}"),
    ] {
        assert!(
            !text.contains("hunter2") && !text.contains(&header[20..60]),
            "{text}"
        );
    }
}
