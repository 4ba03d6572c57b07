//! Where is a keeper's health served? At `/healthz` for orchestrators, at `/metrics` for Prometheus.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use sealjar::Timestamp;

use crate::daemon::health::Health;

pub(super) fn router(health: Arc<Health>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics))
        .with_state(health)
}

async fn healthz(State(health): State<Arc<Health>>) -> (StatusCode, String) {
    let answer = Timestamp::now()
        .map_err(|error| format!("{error}\n"))
        .and_then(|now| health.answer(now));
    match answer {
        Ok(text) => (StatusCode::OK, text),
        Err(text) => (StatusCode::SERVICE_UNAVAILABLE, text),
    }
}

async fn metrics(State(health): State<Arc<Health>>) -> impl IntoResponse {
    let text = Timestamp::now()
        .map(|now| health.metrics(now))
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()));
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}
