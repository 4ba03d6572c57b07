//! The process around the app: configuration, logs, the ring, a listener, an orderly shutdown.
//!
//! `cargo run -p axum-ssr`, then <http://127.0.0.1:3000>, as `ada` with the password `lovelace`.
//! `LISTEN=127.0.0.1:3001 cargo run -p actix-ssr` beside it, from the same directory, finds the
//! same ring and knows everyone who has logged in here.

use std::error::Error;

use sealjar_axum::{Watcher, revoker};
use shop::{Deployment, Ring, Shutdown};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let deployment = Deployment::begin().await;
    let (config, shutdown) = (deployment.config, Shutdown::default());

    // Without a ring the app cannot serve.
    let ring = Ring::find()?;
    // Where keepers are followed, visitors can log out on all devices.
    let replica = match ring.revocations() {
        Some(sender) => config.replica.clone().with_revoker(revoker(sender)),
        None => config.replica.clone(),
    };
    let watcher = Watcher::start(ring).await?.poll_every(config.ring_poll());
    let app = axum_ssr::app(
        watcher.ring(),
        &replica,
        &config.cookie,
        config.allow_insecure_http,
    )?;
    let app = axum_ssr::health(watcher.readiness(), shutdown.clone()).merge(app);
    tokio::spawn(watcher.run());

    let listener = TcpListener::bind(config.listen).await?;
    let stopped = shutdown.after(deployment.shutdown_grace);
    tracing::info!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app)
        .with_graceful_shutdown(stopped)
        .await?;
    Ok(())
}
