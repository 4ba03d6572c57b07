//! The process around the app: logs, the ring, a listener.
//!
//! `cargo run -p axum-login-ssr`, then <http://127.0.0.1:3000>, as `emmy` with the password `noether`.
//! `$LISTEN` names another address, `$SEALJAR_RING` another ring than the one that a debug build makes.

use std::env;
use std::error::Error;

use axum_login_ssr::app::app;
use sealjar_axum::{FileSource, Watcher};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).init();

    // No ring, no service.
    let watcher = Watcher::start(FileSource::find("session-ring")?).await?;
    let replica = env::var("HOSTNAME").unwrap_or_else(|_| "replica".into());
    let app = app(watcher.ring(), &replica)?;
    tokio::spawn(watcher.run());

    let listen = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".into());
    let listener = TcpListener::bind(&listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
