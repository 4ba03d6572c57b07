//! Where is a keeper's health served? At `/livez` for orchestrators, at `/healthz` for people and
//! their alarms, at `/metrics` for Prometheus.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use sealjar::Timestamp;

use crate::daemon::health::Health;
use crate::escape::escaped;

pub(super) fn router(health: Arc<Health>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/livez", get(livez))
        .route("/metrics", get(metrics))
        .with_state(health)
}

async fn healthz(State(health): State<Arc<Health>>) -> (StatusCode, String) {
    answer(|now| health.answer(now))
}

async fn livez(State(health): State<Arc<Health>>) -> (StatusCode, String) {
    answer(|now| health.alive(now))
}

fn answer(ask: impl FnOnce(Timestamp) -> Result<String, String>) -> (StatusCode, String) {
    let now = Timestamp::now().map_err(|error| format!("{error}\n"));
    let (status, text) = match now.and_then(ask) {
        Ok(text) => (StatusCode::OK, text),
        Err(text) => (StatusCode::SERVICE_UNAVAILABLE, text),
    };
    // It names paths, services and nodes, and `curl` shows it to a terminal.
    (status, format!("{}\n", escaped(text.trim_end())))
}

async fn metrics(State(health): State<Arc<Health>>) -> impl IntoResponse {
    let text = Timestamp::now()
        .map(|now| health.metrics(now))
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()));
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_one_line_whatever_it_names() {
        for ask in [Ok, Err] {
            let (_, text) = answer(|_| ask("failing: a\r\nok\u{1b}[2J \"web\"\n".into()));
            assert_eq!(text, "failing: a\\r\\nok\\u{1b}[2J \"web\"\n");
        }
    }
}
