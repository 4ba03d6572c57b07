//! A small shop, rendered on the server, whose sessions are sealed into cookies. On axum.
//!
//! Read it in this order:
//! * [`app`]: two jars, and a layer for each around the handlers;
//! * `handlers.rs`: handlers that work with a `Session<Visitor>`;
//! * `main.rs`: the process around it, which follows the key ring while it runs;
//! * the crate `shop`: the app itself, which `examples/actix-ssr` shares.

mod form;
mod handlers;
mod response;
#[cfg(feature = "wishlist")]
mod wish;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue};
use axum::routing::{Router, get};
use sealjar_axum::{ConfigError, LiveRing, Readiness, SessionLayer};
use shop::{Jars, Replica, Shutdown};
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

pub use crate::response::response;

/// Builds the app: the handlers, and around them one layer for each session type.
///
/// `cookie` names both cookies, `__Host-Http-session` and `__Host-Http-session-flash` for
/// `session`.
///
/// # Errors
/// [`ConfigError`] when the cookies' settings cannot work.
pub fn app(
    ring: &LiveRing,
    replica: &Replica,
    cookie: &str,
    insecure_http: bool,
) -> Result<Router, ConfigError> {
    let jars = Jars::new(ring, cookie, insecure_http)?;
    let routes = handlers::routes();
    #[cfg(feature = "wishlist")]
    let routes = routes.merge(wish::routes());
    let routes = routes
        .layer(DefaultBodyLimit::max(shop::FORM_LIMIT))
        .layer(SessionLayer::new(jars.flashes))
        .layer(SessionLayer::new(jars.visitors));
    Ok(serve_as(replica, routes))
}

/// Names the replica in every response, for clients that do not show the panel, such as curl, and
/// refuses forms of other sites. The cookies are also SameSite=Lax.
pub fn serve_as(replica: &Replica, routes: Router<Replica>) -> Router {
    let name = HeaderValue::from_str(replica.name())
        .unwrap_or_else(|_| HeaderValue::from_static("unprintable"));
    routes
        .layer(CsrfLayer::new())
        .layer(SetResponseHeaderLayer::overriding(
            HeaderName::from_static("x-replica"),
            name,
        ))
        .with_state(replica.clone())
}

/// Serves `/healthz`.
pub fn health(readiness: Readiness, shutdown: Shutdown) -> Router {
    let answer = async move || response(shop::health(&readiness, &shutdown));
    Router::new().route("/healthz", get(answer))
}
