//! `cargo run -p actix-identity-example`, then <http://127.0.0.1:3000>, as `ada` with the password
//! `lovelace`.

use std::error::Error;

use actix_web::{App, HttpServer, rt};
use sealjar_actix::{FileSource, Watcher};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let config: shop::Config = shop::begin();

    // Without a ring the app cannot serve.
    let watcher = Watcher::start(FileSource::find("session-ring")?)
        .await?
        .poll_every(config.ring_poll());
    let app =
        actix_identity_example::app(watcher.ring(), &config.cookie, config.allow_insecure_http)?;
    rt::spawn(watcher.run());

    let server = HttpServer::new(move || App::new().configure(&app))
        .shutdown_signal(shop::asked_to_stop())
        .bind(config.listen)?;
    for address in server.addrs() {
        tracing::info!("listening on http://{address}");
    }
    Ok(server.run().await?)
}
