//! How does a handler get its session, and what is the response when that fails?

use std::convert::Infallible;
use std::error::Error;

use axum::response::IntoResponse;
use sealjar::SealError;
use sealjar_axum::{Session, SessionError, UpdateError};

use crate::support::{Account, app, call, get, jar};

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
        let nested = inner.is_err_and(|it| *it.reason() == UpdateError::Nested);
        Ok(format!("{kept:?} {nested} {}", never??))
    }
    let answer = call(&app(&jar(), handler), get("/")).await;
    assert_eq!(answer.body, "Err(\"no\") true 0");
    assert!(answer.cookies().is_empty());
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
