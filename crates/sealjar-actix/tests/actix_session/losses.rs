//! Is every change kept or refused with an error? Does every logout end the session?

use actix_web::App;
use actix_web::http::StatusCode;
use actix_web::test::init_service;

use crate::handlers::configure;
use crate::support::{Browser, NAME, ours, theirs};

#[actix_web::test]
async fn what_update_changes_in_a_loaded_session_is_kept() {
    let app = init_service(App::new().wrap(ours()).configure(configure)).await;
    let mut browser = Browser::default();
    browser.post(&app, "/count").await;
    browser.post(&app, "/bump").await;
    assert_eq!(browser.get(&app, "/").await.body, "nobody 2");

    // The negative control: their own middleware loses it (0.11.0).
    let app = init_service(App::new().wrap(theirs()).configure(configure)).await;
    let mut browser = Browser::default();
    browser.post(&app, "/count").await;
    assert_eq!(browser.post(&app, "/bump").await.body, "nobody 2");
    assert_eq!(browser.get(&app, "/").await.body, "nobody 1");
}

#[actix_web::test]
async fn a_session_that_does_not_fit_is_answered_with_500_and_the_old_one_stays() {
    let app = init_service(App::new().wrap(ours()).configure(configure)).await;
    let mut browser = Browser::default();
    browser.post(&app, "/count").await;
    let answer = browser.post(&app, "/fill/4000").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.body, "", "as over actix-session");
    assert!(answer.session().is_none());
    assert_eq!(browser.get(&app, "/").await.body, "nobody 1");

    // The negative control: theirs answers 200 with a line that browsers drop.
    let app = init_service(App::new().wrap(theirs()).configure(configure)).await;
    let answer = Browser::default().post(&app, "/fill/4000").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::OK, "kept")
    );
    assert!(answer.session().is_some_and(|it| it.value().len() > 4096));
}

#[actix_web::test]
async fn a_logout_with_an_unreadable_cookie_removes_it() {
    let app = init_service(App::new().wrap(ours()).configure(configure)).await;
    let answer = Browser::with(NAME, "garbage").post(&app, "/logout").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let removed = answer.session().and_then(|cookie| cookie.max_age());
    assert!(removed.is_some_and(|age| age.is_zero()));

    // The negative control: theirs leaves it there.
    let app = init_service(App::new().wrap(theirs()).configure(configure)).await;
    let answer = Browser::with(NAME, "garbage").post(&app, "/logout").await;
    assert_eq!(
        (answer.status, answer.session()),
        (StatusCode::NO_CONTENT, None)
    );
}

#[actix_web::test]
async fn the_same_value_again_writes_nothing() {
    let app = init_service(App::new().wrap(ours()).configure(configure)).await;
    let mut browser = Browser::default();
    browser.post(&app, "/count").await;
    let answer = browser.post(&app, "/same").await;
    assert_eq!((answer.body.as_str(), answer.session()), ("nobody 1", None));
}

#[actix_web::test]
async fn a_response_with_a_session_is_for_nobody_else() {
    let app = init_service(App::new().wrap(ours()).configure(configure)).await;
    let mut browser = Browser::default();
    let written = browser.post(&app, "/count").await;
    let read = browser.get(&app, "/").await;
    for (answer, policy) in [(written, "no-store"), (read, "private")] {
        assert_eq!(answer.headers.get("cache-control").unwrap(), policy);
        assert_eq!(answer.headers.get("vary").unwrap(), "Cookie");
    }
}
