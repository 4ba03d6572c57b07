//! The server child of the load table: one application on loopback, one thread for requests, asked over
//! its standard input how much CPU time it has used.

use std::io::{BufRead, Write, stdin, stdout};
use std::net::{SocketAddr, TcpListener};

use actix_web::HttpServer;
use cpu_time::ProcessTime;

use super::apps::{Actix, App, Axum};
use super::in_process::runtime;
use crate::measure::{uncounted, uncounted_from_here};

/// Serves an application until standard input closes.
///
/// Prints the port on the first line, and for each line that comes in the CPU time so far in
/// nanoseconds.
///
/// # Errors
/// What is wrong with the application's name, which is only known to the parent.
pub(crate) fn serve(name: &str) -> Result<(), String> {
    let app: App = serde_json::from_str(name)
        .map_err(|error| format!("there is no application {name:?} to serve: {error}"))?;
    std::thread::spawn(|| {
        for _ in stdin().lock().lines().map_while(Result::ok) {
            let used = ProcessTime::now().as_duration().as_nanos();
            println!("{used}");
        }
        std::process::exit(0);
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let served = uncounted(|| match app {
        App::Actix(app) => actix(app, listener, address),
        App::Axum(app) => runtime().block_on(axum(app, listener, address)),
    });
    served.map_err(|error| error.to_string())
}

fn actix(app: Actix, listener: TcpListener, address: SocketAddr) -> std::io::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let factory = app.factory().await;
        let server = HttpServer::new(move || {
            // The worker's thread is of actix' making.
            uncounted_from_here();
            factory()
        });
        let server = server.workers(1).disable_signals().listen(listener)?;
        announce(address);
        server.run().await
    })
}

async fn axum(app: Axum, listener: TcpListener, address: SocketAddr) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = app.router().await;
    announce(address);
    axum::serve(listener, router).await
}

fn announce(address: SocketAddr) {
    println!("{}", address.port());
    stdout().flush().expect("the parent reads");
}
