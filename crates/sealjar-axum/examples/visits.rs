//! The example of the README. `cargo run -p sealjar-axum --example visits`

use axum::{Router, routing::get};
use sealjar_axum::{FileSource, Jar, Session, SessionData, SessionError, SessionLayer};

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
    let jar = Jar::<Visits>::new(FileSource::find("session-ring")?.fetch()?, "hello-dev")?;
    let app = Router::new()
        .route("/", get(index))
        .layer(SessionLayer::new(jar));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, app).await?)
}
