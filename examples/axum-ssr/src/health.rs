//! What is a load balancer told, and what the operator who asks in its place?

use axum::http::StatusCode;
use axum::routing::{Router, get};
use sealjar::Timestamp;
use sealjar_axum::Readiness;

/// Serves `/healthz`: 200 while this replica can seal sessions, otherwise 503 with the reason. Below it
/// stands what an operator should look after, which is no reason to take the replica out of service.
pub fn routes(readiness: Readiness) -> Router {
    Router::new().route("/healthz", get(async move || answer(&readiness)))
}

fn answer(readiness: &Readiness) -> (StatusCode, String) {
    let (status, mut body) = match readiness.check() {
        Ok(()) => (StatusCode::OK, "ok\n".into()),
        Err(reason) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{reason}\nhint: {}\n", reason.hint()),
        ),
    };
    if let Some(failure) = readiness.failure() {
        let since = failure.since.map(|time| format!(" since {time}"));
        body += &format!(
            "no usable ring at its source{}: {}\nhint: {}\n",
            since.unwrap_or_default(),
            failure.error,
            failure.error.hint()
        );
    }
    let now = Timestamp::now().ok();
    if let Some(due) = now.and_then(|now| readiness.overdue_at(now)) {
        body += &format!("the ring was to be rotated by {due}\nhint: see that its keeper runs\n");
    }
    body += &match readiness.last_look() {
        Some(time) => format!("last look at the source: {time}\n"),
        None => "last look at the source: none yet\n".into(),
    };
    (status, body)
}
