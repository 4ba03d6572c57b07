//! The process around the app: configuration, logs, the ring, a listener, an orderly end.
//!
//! `cargo run -p axum-ssr`, then <http://127.0.0.1:3000>, as `ada` with the password `lovelace`.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use axum_ssr::{health, sealed};
use clap::Parser;
use sealjar_axum::{FileSource, Watcher};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// A small shop whose sessions are sealed into cookies.
///
/// The key ring comes from the file that $SEALJAR_RING names, or from /run/secrets/session-ring. A
/// debug build makes one for development.
#[derive(Debug, Parser)]
struct Config {
    /// The address to listen on.
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// The name of this replica, shown on its pages.
    #[arg(long, env = "HOSTNAME", default_value = "replica")]
    replica: String,
    /// The name of the cookie, without its prefix.
    #[arg(long, env = "COOKIE", default_value = "session")]
    cookie: String,
    /// How often the ring is read again when nothing is heard of a change, in milliseconds.
    #[arg(long, env = "RING_POLL_MS", default_value_t = 1000)]
    ring_poll_ms: u64,
    /// Drops Secure and __Host- from the cookies: for plain http on a local network, and Safari.
    #[arg(long, env = "ALLOW_INSECURE_HTTP")]
    allow_insecure_http: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).init();
    let config = Config::parse();

    // No ring, no service.
    let watcher = Watcher::start(FileSource::find("session-ring")?)
        .await?
        .poll_every(Duration::from_millis(config.ring_poll_ms));
    let app = sealed::app(
        watcher.ring(),
        &config.replica,
        &config.cookie,
        config.allow_insecure_http,
    )?
    .merge(health::routes(watcher.readiness()));
    tokio::spawn(watcher.run());

    let listener = TcpListener::bind(config.listen).await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app)
        .with_graceful_shutdown(axum_ssr::shutdown::asked_to_stop())
        .await?;
    Ok(())
}
