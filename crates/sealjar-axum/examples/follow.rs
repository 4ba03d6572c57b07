//! `visits` with a ring that is followed while it runs.
//! `cargo run -p sealjar-axum --example follow`

use axum::{Router, http::StatusCode, routing::get};
use sealjar_axum::{FileSource, Jar, Session, SessionData, SessionError, SessionLayer, Watcher};

#[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
struct Visits {
    count: u32,
}
impl SessionData for Visits {}

async fn index(session: Session<Visits>) -> Result<String, SessionError> {
    let count = session.update(|v| {
        v.count += 1;
        v.count
    })?;
    Ok(format!("visit {count}"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let watcher = Watcher::start(FileSource::find("session-ring")?).await?;
    let jar = Jar::<Visits>::new(watcher.ring(), "hello-dev")?;
    let readiness = watcher.readiness();
    tokio::spawn(watcher.run());

    let health = async move || {
        let unready = |why| (StatusCode::SERVICE_UNAVAILABLE, format!("{why}"));
        readiness.check().map_err(unready)
    };
    let app = Router::new()
        .route("/", get(index))
        .layer(SessionLayer::new(jar))
        .route("/healthz", get(health));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, app).await?)
}
