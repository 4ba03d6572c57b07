//! The process around the app: configuration, logs, the ring, a listener, an orderly shutdown.
//!
//! `cargo run -p axum-login-ssr`, then <http://127.0.0.1:3000>, as `ada` with the password
//! `lovelace`.

use std::error::Error;

use axum_login_ssr::app::app;
use sealjar_axum::{FileSource, Watcher};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config: shop::Config = shop::begin();

    // Without a ring the app cannot serve.
    let watcher = Watcher::start(FileSource::find("session-ring")?)
        .await?
        .poll_every(config.ring_poll());
    let app = app(
        watcher.ring(),
        &config.replica,
        &config.cookie,
        config.allow_insecure_http,
    )?;
    tokio::spawn(watcher.run());

    let listener = TcpListener::bind(config.listen).await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app)
        .with_graceful_shutdown(shop::asked_to_stop())
        .await?;
    Ok(())
}
