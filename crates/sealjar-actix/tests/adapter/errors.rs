//! What is the response when a change is not accepted?

use std::error::Error;

use actix_web::ResponseError;
use actix_web::body::to_bytes;
use actix_web::http::header;
use sealjar_actix::{ClockError, SealError, SessionError, UpdateError};

#[actix_web::test]
async fn each_reason_has_its_status_and_the_visitor_reads_none_of_it() {
    for (reason, status) in [
        (UpdateError::Closed, 500),
        (UpdateError::Nested, 500),
        (UpdateError::TooLarge { size: 2, limit: 1 }, 500),
        (UpdateError::Unencodable { reason: "x".into() }, 500),
        (UpdateError::Seal(SealError::NoSealingKey), 503),
        (UpdateError::Seal(SealError::Clock(ClockError)), 503),
    ] {
        let error = SessionError::from(reason.clone());
        assert_eq!(error.reason(), &reason);
        assert_eq!(error.to_string(), reason.to_string());
        assert_eq!(
            error.source().map(ToString::to_string),
            reason.source().map(ToString::to_string)
        );
        let response = error.error_response();
        assert_eq!(response.status(), status, "{reason}");
        assert_eq!(
            response.headers().get(header::CONTENT_TYPE).unwrap(),
            "text/plain; charset=utf-8"
        );
        let body = to_bytes(response.into_body()).await.unwrap();
        assert_eq!(body, "the session could not be saved");
    }
}
