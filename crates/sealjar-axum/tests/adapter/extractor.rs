//! How a handler gets its session and what it answers when that fails.

use std::convert::Infallible;
use std::error::Error;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get as on_get;
use http::StatusCode;
use sealjar::SealError;
use sealjar_axum::{Origin, Session, SessionError, SessionLayer, UpdateError};

use crate::support::{
    Account, Basket, Browser, NAME, Time, app, call, get, get_with, jar, jar_named, ring,
    ring_that_only_opens, show, visit,
};

#[tokio::test]
async fn any_replica_with_the_ring_counts_on() {
    let (ring, time) = (ring(), Time::starting());
    let replicas = [0; 3].map(|_| app(&jar_named(&ring, &time, NAME), visit));
    let mut browser = Browser::default();
    for count in 1..10 {
        let answer = browser.go(&replicas[count % 3], "/").await;
        assert_eq!(
            (answer.status, answer.body),
            (StatusCode::OK, format!("visit {count}"))
        );
    }
    // The negative control: a replica with a ring of its own begins anew.
    let stranger = app(&jar(), visit);
    assert_eq!(browser.clone().go(&stranger, "/").await.body, "visit 1");
}

#[tokio::test]
async fn a_missing_layer_answers_500_and_names_layer_and_type() {
    let bare = Router::new().route("/", on_get(show));
    let other_type = Router::new()
        .route("/", on_get(show))
        .layer(SessionLayer::new(jar::<Basket>()));
    // Routes added after the layer are outside of it, which is how it happens.
    let too_late = Router::new()
        .layer(SessionLayer::new(jar::<Account>()))
        .route("/", on_get(show));
    for app in [bare, other_type, too_late] {
        let answer = call(&app, get("/")).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(
            answer.body,
            "no SessionLayer<adapter::support::Account> is around this handler: add \
             `.layer(SessionLayer::new(jar))` with a Jar<adapter::support::Account>"
        );
        assert!(answer.cookies().is_empty());
    }
    let app = app(&jar(), show);
    assert_eq!(call(&app, get("/")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_change_that_does_not_fit_answers_500_and_tells_the_visitor_no_sizes() {
    async fn fill(session: Session<Account>) -> Result<&'static str, SessionError> {
        session.update(|it| it.name = "x".repeat(5000))?;
        Ok("kept")
    }
    let answer = call(&app(&jar(), fill), get("/")).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.body, "the session could not be saved");
    assert!(answer.cookies().is_empty());
}

#[tokio::test]
async fn without_a_sealing_key_a_change_answers_503_and_reading_goes_on() {
    let (ring, time) = (ring(), Time::starting());
    let header = jar_named::<Account>(&ring, &time, NAME)
        .cookie_for(&Account {
            name: "ada".into(),
            visits: 3,
        })
        .unwrap();
    let jar = jar_named(&ring_that_only_opens(&ring), &time, NAME);
    let answer = call(&app(&jar, visit), get_with(&header)).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "the session could not be saved"
        )
    );
    assert!(answer.cookies().is_empty());
    assert!(
        call(&app(&jar, show), get_with(&header))
            .await
            .body
            .contains("ada")
    );

    // What fails only when the head goes out must not look as if it had been kept.
    async fn renew(session: Session<Account>) -> &'static str {
        session.renew();
        "renewed"
    }
    let answer = call(&app(&jar, renew), get_with(&header)).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::INTERNAL_SERVER_ERROR, "")
    );
    assert!(answer.cookies().is_empty() && answer.all("cache-control").is_empty());
}

#[tokio::test]
async fn each_reason_has_its_status() {
    for (reason, status) in [
        (UpdateError::Closed, 500),
        (UpdateError::Nested, 500),
        (UpdateError::TooLarge { size: 2, limit: 1 }, 500),
        (UpdateError::Unencodable { reason: "x".into() }, 500),
        (UpdateError::Seal(SealError::NoSealingKey), 503),
        (
            UpdateError::Seal(SealError::Clock(sealjar::ClockError)),
            503,
        ),
    ] {
        let error = SessionError::from(reason.clone());
        assert_eq!(error.reason(), &reason);
        assert_eq!(error.to_string(), reason.to_string());
        assert_eq!(
            error.source().map(ToString::to_string),
            reason.source().map(ToString::to_string)
        );
        let response = error.into_response();
        assert_eq!(response.status(), status, "{reason}");
    }
}

#[tokio::test]
async fn try_update_and_nested_updates_answer_through_the_adapters_error() {
    async fn handler(session: Session<Account>) -> Result<String, SessionError> {
        let kept = session.try_update(|it| {
            it.visits = 99;
            Err::<(), _>("no")
        })?;
        let inner = session.update(|_| session.update(|it| it.visits = 98))?;
        let never: Result<Result<u32, Infallible>, SessionError> =
            session.try_update(|it| Ok(it.visits));
        Ok(format!("{kept:?} {inner:?} {}", never??))
    }
    let answer = call(&app(&jar(), handler), get("/")).await;
    assert_eq!(answer.body, "Err(\"no\") Err(SessionError(Nested)) 0");
    assert!(answer.cookies().is_empty());
}

/// Code between frameworks takes the session that the extractor derefs to.
fn shared(session: &sealjar_session::Session<Account>) -> Result<u32, UpdateError> {
    session.update(|it| it.visits = 7)?;
    Ok(session.get().visits)
}

#[tokio::test]
async fn shared_code_works_on_what_the_extractor_derefs_to() {
    async fn handler(session: Session<Account>) -> Result<String, SessionError> {
        let came = matches!(session.origin(), Origin::Absent);
        Ok(format!(
            "{came} {} {}",
            shared(&session)?,
            session.id().is_some()
        ))
    }
    let answer = call(&app(&jar(), handler), get("/")).await;
    assert_eq!(answer.body, "true 7 true");
    assert_eq!(answer.cookies().len(), 1);
}

#[tokio::test]
async fn extracting_twice_gives_one_session() {
    async fn handler(a: Session<Account>, b: Session<Account>) -> Result<String, SessionError> {
        a.update(|it| it.visits += 1)?;
        b.update(|it| it.visits += 1)?;
        Ok(a.get().visits.to_string())
    }
    let answer = call(&app(&jar(), handler), get("/")).await;
    assert_eq!((answer.body.as_str(), answer.cookies().len()), ("2", 1));
}
