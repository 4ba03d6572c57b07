//! What is a load balancer told?

use axum::http::StatusCode;
use axum::routing::{Router, get};
use sealjar_axum::Readiness;

/// Serves `/healthz`: 200 while this replica can seal sessions, otherwise 503 with the reason.
pub fn routes(readiness: Readiness) -> Router {
    Router::new().route("/healthz", get(async move || answer(&readiness)))
}

fn answer(readiness: &Readiness) -> (StatusCode, String) {
    match readiness.check() {
        Ok(()) => (StatusCode::OK, "ok".into()),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, reason.to_string()),
    }
}
