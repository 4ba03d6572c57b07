//! When does a session end, and what extends it?

use std::time::Duration;

use actix_web::App;
use actix_web::http::{Method, header};
use actix_web::test::{TestRequest, init_service};
use sealjar_actix::actix_session::SessionMiddleware;

use crate::handlers::configure;
use crate::support::{Browser, Time, builder, ring};

const TTL: u32 = 60;

fn max_age(answer: &crate::support::Answer) -> Option<i64> {
    Some(answer.session()?.max_age()?.whole_seconds())
}

#[actix_web::test]
async fn a_change_gives_the_whole_time_again_and_a_read_within_the_first_quarter_does_not() {
    let time = Time::starting();
    let jar = builder(&ring(), &time).idle_timeout(Duration::from_secs(TTL.into()));
    let sessions = SessionMiddleware::new(jar.build().unwrap());
    let app = init_service(App::new().wrap(sessions).configure(configure)).await;
    let mut browser = Browser::default();
    assert_eq!(max_age(&browser.post(&app, "/count").await), Some(60));
    time.pass(10);
    assert_eq!(max_age(&browser.get(&app, "/plain").await), None);
    assert_eq!(max_age(&browser.post(&app, "/count").await), Some(60));
    // A quarter later, a page that only reads also extends it, whether or not the handler looked.
    time.pass(15);
    assert_eq!(max_age(&browser.get(&app, "/plain").await), Some(60));
    time.pass(59);
    assert_eq!(browser.clone().get(&app, "/").await.body, "nobody 2");
    time.pass(1);
    assert_eq!(browser.get(&app, "/").await.body, "nobody 0");
}

#[actix_web::test]
async fn every_request_extends_the_time_if_so_configured() {
    let time = Time::starting();
    let jar = builder(&ring(), &time)
        .idle_timeout(Duration::from_secs(TTL.into()))
        .refresh_after(Duration::from_secs(1));
    let jar = jar.build().unwrap();
    let background = || {
        let request = TestRequest::with_uri("/plain");
        request.insert_header((header::HeaderName::from_static("sec-fetch-mode"), "cors"))
    };
    for (sessions, extended) in [
        (
            SessionMiddleware::new(jar.clone()).keep_alive(true),
            Some(60),
        ),
        // The negative control: without the setting, a background request extends nothing.
        (SessionMiddleware::new(jar).keep_alive(false), None),
    ] {
        let app = init_service(App::new().wrap(sessions).configure(configure)).await;
        let mut browser = Browser::default();
        browser.post(&app, "/count").await;
        for _ in 0..3 {
            time.pass(1);
            assert_eq!(max_age(&browser.get(&app, "/plain").await), Some(60));
            time.pass(1);
            assert_eq!(max_age(&browser.send(&app, background()).await), extended);
            // A prefetched page does not count as a visit.
            time.pass(1);
            let ahead = TestRequest::with_uri("/plain").insert_header(("sec-purpose", "prefetch"));
            assert_eq!(max_age(&browser.send(&app, ahead).await), None);
        }
    }
}

#[actix_web::test]
async fn an_equal_value_that_is_inserted_extends_the_session_and_a_read_does_not() {
    let time = Time::starting();
    let jar = builder(&ring(), &time).idle_timeout(Duration::from_secs(TTL.into()));
    let sessions = SessionMiddleware::new(jar.build().unwrap());
    let app = init_service(App::new().wrap(sessions).configure(configure)).await;
    let mut browser = Browser::default();
    browser.post(&app, "/count").await;
    // Neither loads a page.
    let background = |method, path| {
        let request = TestRequest::with_uri(path).method(method);
        request.insert_header((header::HeaderName::from_static("sec-fetch-mode"), "cors"))
    };
    for (wait, path, extended) in [
        (14, "/same", None),
        (1, "/", None),
        (0, "/same", Some(60)),
        (14, "/same", None),
        (1, "/same", Some(60)),
    ] {
        time.pass(wait);
        let method = if path == "/" {
            Method::GET
        } else {
            Method::POST
        };
        let answer = browser.send(&app, background(method, path)).await;
        assert_eq!(answer.body, "nobody 1");
        assert_eq!(max_age(&answer), extended, "{path}");
    }
}
