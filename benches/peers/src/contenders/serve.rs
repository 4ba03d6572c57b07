//! The process of a replica: it serves one application on loopback, on one thread.

use std::error::Error;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::{HttpServer, rt};
use axum::Router;
use sealjar_bench_parts::server;
use serde::{Deserialize, Serialize};

use super::{
    App, actix_cookie, biscotti, cookie_store, memory, nothing, private_jar, redis, sealed,
    sealed_on_actix, seshcookie,
};
use crate::keys::Keys;

/// What a replica serves.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Order {
    pub(crate) app: App,
    /// The file of the keys, or of the ring.
    pub(crate) keys: PathBuf,
    /// The port of a Redis on loopback.
    pub(crate) redis: Option<u16>,
}

/// Serves until the parent has ended.
pub(crate) fn serve(order: &str) -> Result<(), Box<dyn Error>> {
    let order: Order = serde_json::from_str(order)?;
    let listener = server::begin()?;
    match order.app {
        App::ActixCookie | App::NothingOnActix | App::SealedOnActix => {
            rt::System::new().block_on(on_actix(&order, listener))
        }
        _ => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(on_axum(&order, listener)),
    }
}

async fn on_axum(order: &Order, listener: TcpListener) -> Result<(), Box<dyn Error>> {
    // As `axum::serve` does it once: without, axum builds the layers anew for each request.
    let router = router(order).await?.with_state(());
    listener.set_nonblocking(true)?;
    server::announce(&listener)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    Ok(axum::serve(listener, router).await?)
}

async fn router(order: &Order) -> Result<Router, Box<dyn Error>> {
    let keys = || Keys::read(&order.keys);
    Ok(match order.app {
        App::Biscotti => biscotti::app(&keys()?),
        App::CookieStore => cookie_store::app(&keys()?),
        App::Memory => memory::app(),
        App::PrivateJar => private_jar::app(&keys()?),
        App::Redis => redis::app(order.redis.ok_or("no Redis was named")?).await?,
        App::Sealed => sealed::following(&order.keys).await?,
        App::SealedAtStart => sealed::at_start(&order.keys)?,
        App::Seshcookie => seshcookie::app(&keys()?)?,
        App::NothingOnAxum => nothing::on_axum(),
        App::ActixCookie | App::NothingOnActix | App::SealedOnActix => {
            return Err("this one is served by actix-web".into());
        }
    })
}

async fn on_actix(order: &Order, listener: TcpListener) -> Result<(), Box<dyn Error>> {
    // Each application has a type of its own, which only its server no longer has.
    macro_rules! announced {
        ($app:expr) => {{
            server::announce(&listener)?;
            let server = HttpServer::new($app).workers(1).disable_signals();
            server.listen(listener)?.run()
        }};
    }
    let server = match order.app {
        App::ActixCookie => {
            let keys = Arc::new(Keys::read(&order.keys)?);
            let app = move || {
                actix_web::App::new()
                    .wrap(actix_cookie::middleware(&keys))
                    .configure(actix_cookie::app)
            };
            announced!(app)
        }
        App::SealedOnActix => {
            let sessions = sealed_on_actix::following(&order.keys).await?;
            let app = move || {
                actix_web::App::new()
                    .wrap(sessions.clone())
                    .configure(sealed_on_actix::app)
            };
            announced!(app)
        }
        _ => {
            let app = || actix_web::App::new().configure(nothing::on_actix);
            announced!(app)
        }
    };
    Ok(server.await?)
}
