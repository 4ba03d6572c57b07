//! Where is a keeper's health served? At `/livez` for orchestrators, at `/healthz` for people and
//! their alarms, at `/metrics` for Prometheus, at `/replicas` for `sealjar replicas`.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use sealjar::Timestamp;
use sealjar_follow::{HolderState, Instance};
use serde_json::{Value, json};

use crate::daemon::health::Health;
use crate::daemon::serve::Peer;
use crate::escape::escaped;

pub(super) fn router(health: Arc<Health>) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/livez", get(livez))
        .route("/metrics", get(metrics))
        .route("/replicas", get(replicas))
        .route("/replicas/{instance}/forget", post(forget))
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

/// Lists the replicas that ask, as JSON.
async fn replicas(State(health): State<Arc<Health>>) -> Result<Json<Value>, StatusCode> {
    let followed = health.followed.as_ref().ok_or(StatusCode::NOT_FOUND)?;
    let now = Timestamp::now().map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let known = followed.known(now);
    let replica = |it: &HolderState| {
        json!({
            "instance": it.instance.to_string(),
            "name": it.name,
            "epoch": it.held.map(|held| held.epoch),
            "heard_seconds_ago": it.heard_ago.as_secs(),
            "lost": it.is_lost,
        })
    };
    Ok(Json(json!({
        "listens_for_seconds": known.listens_for.as_secs(),
        "replicas": known.holders.iter().map(replica).collect::<Vec<_>>(),
    })))
}

/// Waits for a replica no longer. Only who is on this machine may ask for that, and no page in a
/// browser: it can send no such header.
async fn forget(
    State(health): State<Arc<Health>>,
    Extension(Peer(peer)): Extension<Peer>,
    Path(instance): Path<String>,
    headers: HeaderMap,
) -> StatusCode {
    if !peer.is_loopback() || !headers.contains_key(FORGET) {
        return StatusCode::FORBIDDEN;
    }
    let instance = instance.parse::<Instance>().ok();
    let followed = health.followed.as_ref();
    match followed.zip(instance) {
        Some((followed, instance)) if followed.forget(instance) => StatusCode::NO_CONTENT,
        _ => StatusCode::NOT_FOUND,
    }
}

/// The header of a request to forget a replica.
pub const FORGET: &str = "sealjar-forget";

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
