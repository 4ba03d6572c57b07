//! Do handlers see the same as over actix-session's own middleware?

use actix_http::Request;
use actix_web::App;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::init_service;
use sealjar_actix::actix_session::SessionMiddleware;

use crate::handlers::configure;
use crate::support::{Browser, NAME, Time, builder, ours, ring, theirs};

/// What a visitor sees from the first page to the logout: status, body, and what happens to the
/// cookie.
async fn visit<B: MessageBody + 'static>(
    app: &impl Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
) -> Vec<String> {
    let mut browser = Browser::default();
    let mut seen = Vec::new();
    for step in [
        "GET /",
        "GET /members",
        "POST /count",
        "GET /",
        "POST /count",
        "POST /login/ferris",
        "GET /",
        "GET /members",
        "POST /count",
        "POST /forget",
        "GET /",
        "POST /count",
        "POST /renew",
        "POST /clear",
        "GET /",
        "POST /count",
        "POST /logout",
        "GET /",
        "GET /members",
        "POST /login/corro",
        "GET /",
    ] {
        let (method, path) = step.split_once(' ').unwrap();
        let answer = match method {
            "GET" => browser.get(app, path).await,
            _ => browser.post(app, path).await,
        };
        let cookie = match answer.session() {
            None => "left",
            Some(cookie) if cookie.max_age().is_some_and(|age| age.is_zero()) => "removed",
            Some(_) => "set",
        };
        seen.push(format!(
            "{step}: {} {:?}, {cookie}",
            answer.status, answer.body
        ));
    }
    seen
}

#[actix_web::test]
async fn a_visit_from_first_page_to_logout_is_the_same_over_both_middlewares() {
    let ours = init_service(App::new().wrap(ours()).configure(configure)).await;
    let theirs = init_service(App::new().wrap(theirs()).configure(configure)).await;
    let seen = visit(&ours).await;
    assert_eq!(seen, visit(&theirs).await);
    assert_eq!(seen[5], "POST /login/ferris: 200 OK \"ferris 2\", set");
    assert_eq!(seen[1], "GET /members: 404 Not Found \"\", left");
    assert_eq!(seen[7], "GET /members: 200 OK \"ferris 2\", left");
    assert_eq!(seen[16], "POST /logout: 204 No Content \"\", removed");
    assert_eq!(seen[17], "GET /: 200 OK \"nobody 0\", left");
}

#[actix_web::test]
async fn a_login_gives_another_session_and_the_old_cookie_stays_what_it_was() {
    let app = init_service(App::new().wrap(ours()).configure(configure)).await;
    let mut browser = Browser::default();
    browser.post(&app, "/count").await;
    let mut old = browser.clone();
    browser.post(&app, "/login/ferris").await;
    assert_eq!(browser.get(&app, "/").await.body, "ferris 1");
    // The server keeps nothing, so it cannot know: a copy opens until it expires or the ring
    // revokes it.
    assert_eq!(old.get(&app, "/").await.body, "nobody 1");
}

#[actix_web::test]
async fn the_cookie_is_the_jars() {
    let jar = builder(&ring(), &Time::starting())
        .cookie_name("shop")
        .path("/shop")
        .domain("example.org");
    let sessions = SessionMiddleware::new(jar.build().unwrap());
    let app = init_service(App::new().wrap(sessions).configure(configure)).await;
    let answer = Browser::default().post(&app, "/count").await;
    let cookies = answer.cookies();
    let cookie = &cookies[0];
    assert_eq!((cookies.len(), cookie.name()), (1, "shop"));
    assert_eq!(cookie.path(), Some("/shop"));
    assert_eq!(cookie.domain(), Some("example.org"));
    assert_eq!(cookie.secure(), Some(true));
    assert_eq!(cookie.http_only(), Some(true));
}

#[actix_web::test]
async fn a_large_session_goes_in_parts_and_comes_back() {
    let jar = builder(&ring(), &Time::starting()).max_size(12_288);
    let sessions = SessionMiddleware::new(jar.build().unwrap());
    let app = init_service(App::new().wrap(sessions).configure(configure)).await;
    let mut browser = Browser::default();
    browser.post(&app, "/count").await;
    let answer = browser.post(&app, "/fill/6000").await;
    assert_eq!(answer.body, "kept");
    assert!(answer.cookies().len() > 2, "{:?}", answer.cookies().len());
    assert_eq!(browser.get(&app, "/").await.body, "nobody 1");
    let answer = browser.post(&app, "/clear").await;
    assert!(answer.session().is_some_and(|it| it.value().len() < 1000));
    assert_eq!(browser.get(&app, "/").await.body, "nobody 0");
}

#[actix_web::test]
async fn nothing_is_set_for_who_keeps_nothing() {
    let app = init_service(App::new().wrap(ours()).configure(configure)).await;
    for (path, body) in [("/", "nobody 0"), ("/plain", "plain")] {
        let answer = Browser::default().get(&app, path).await;
        assert_eq!((answer.body.as_str(), answer.session()), (body, None));
    }
    for path in ["/clear", "/renew", "/forget", "/bump"] {
        let answer = Browser::default().post(&app, path).await;
        assert_eq!(answer.session(), None, "{path}");
    }
    let unreadable = Browser::with(NAME, "garbage").get(&app, "/").await;
    assert_eq!(
        (unreadable.body.as_str(), unreadable.session()),
        ("nobody 0", None)
    );
}
