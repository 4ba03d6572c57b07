//! The process around the app: configuration, logs, the ring, a listener, an orderly shutdown.
//!
//! `cargo run -p actix-ssr`, then <http://127.0.0.1:3000>, as `ada` with the password `lovelace`.
//! `LISTEN=127.0.0.1:3001 cargo run -p axum-ssr` beside it, from the same directory, finds the same
//! ring and knows everyone who has logged in here.
//!
//! A small shop, rendered on the server, whose sessions are sealed into cookies. Read it in this
//! order:
//! * `app.rs`: two jars, and a middleware for each around the handlers;
//! * `handlers.rs`: handlers that work with a `Session<Visitor>`;
//! * this file, which follows the key ring while the app runs;
//! * the crate `shop`: the app itself, which `examples/axum-ssr` shares.

mod app;
mod csrf;
mod form;
mod handlers;
mod response;

use std::error::Error;

use actix_web::{App, HttpServer, rt};
use sealjar_actix::{Watcher, revoker};
use shop::{Deployment, Ring, Shutdown};

#[actix_web::main]
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
    // Built once. Each worker gets a clone, and the clones share the jars' counts and memory.
    let app = app::app(
        watcher.ring(),
        &replica,
        &config.cookie,
        config.allow_insecure_http,
    )?;
    let health = app::health(watcher.readiness(), shutdown.clone());
    rt::spawn(watcher.run());

    let server = HttpServer::new(move || App::new().configure(&health).configure(&app))
        .shutdown_signal(shutdown.after(deployment.shutdown_grace))
        .bind(config.listen)?;
    for address in server.addrs() {
        tracing::info!("listening on http://{address}");
    }
    server.run().await?;
    Ok(())
}
