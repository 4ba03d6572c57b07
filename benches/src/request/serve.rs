//! The server child of the load table: one application on loopback, one thread for requests.

use std::net::TcpListener;

use actix_web::HttpServer;
use sealjar_bench_parts::server;

use super::apps::{Actix, App, Axum};
use super::in_process::runtime;
use crate::measure::{uncounted, uncounted_from_here};

/// Serves an application until standard input closes.
///
/// Prints the port on the first line, and then the CPU time so far in nanoseconds for each input
/// line.
///
/// # Errors
/// An invalid name; only the parent knows it.
pub(crate) fn serve(name: &str) -> Result<(), String> {
    let app: App = serde_json::from_str(name)
        .map_err(|error| format!("there is no application {name:?} to serve: {error}"))?;
    let listener = server::begin().map_err(|error| error.to_string())?;
    let served = uncounted(|| match app {
        App::Actix(app) => actix(app, listener),
        App::Axum(app) => runtime().block_on(axum(app, listener)),
    });
    served.map_err(|error| error.to_string())
}

fn actix(app: Actix, listener: TcpListener) -> std::io::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let factory = app.factory().await;
        let server = HttpServer::new(move || {
            // actix makes the worker's thread.
            uncounted_from_here();
            factory()
        });
        server::announce(&listener)?;
        let server = server.workers(1).disable_signals().listen(listener)?;
        server.run().await
    })
}

async fn axum(app: Axum, listener: TcpListener) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let router = app.router().await;
    server::announce(&listener)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    axum::serve(listener, router).await
}
