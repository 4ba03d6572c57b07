//! How do axum-login's sessions get into sealed cookies? With the layer at the end of this file.

use axum::http::HeaderValue;
use axum::http::header::VARY;
use axum::routing::{Router, get, post};
use axum_login::{AuthManager, login_required};
use sealjar_axum::tower_sessions_0_14::SessionManagerLayer;
use sealjar_axum::{ConfigError, Jar, LiveRing};
use shop::Replica;
use tower::layer::layer_fn;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::handlers::{hall, log_in, log_out, login_form, reading_room};
use crate::members::Members;

/// Builds the app. Its pages show the replica's name, so that one can see which replica answered.
///
/// # Errors
/// [`ConfigError`] when the cookie's settings cannot work.
pub fn app(
    ring: &LiveRing,
    replica: &Replica,
    cookie: &str,
    insecure_http: bool,
) -> Result<Router, ConfigError> {
    let members_only = Router::new()
        .route("/room", get(reading_room))
        .route_layer(login_required!(Members, login_url = "/login"));

    // axum-login's builder accepts only tower-sessions' own layer. Its manager accepts any layer.
    let logins = layer_fn(|inner| AuthManager::new(inner, Members, "login"));
    let jar = Jar::builder(ring, "axum-login-ssr")
        .cookie_name(shop::cookie_name(cookie, insecure_http))
        .allow_insecure_http(insecure_http)
        .build()?;
    let sessions = SessionManagerLayer::new(jar)
        // Makes "log this person out everywhere" work.
        .with_subject("/login/user_id")?;

    Ok(Router::new()
        .route("/", get(hall))
        .route("/login", get(login_form).post(log_in))
        .route("/logout", post(log_out))
        .merge(members_only)
        .with_state(replica.clone())
        .layer(logins)
        // A visitor without a cookie gets pages for which no session was used. A cache must not
        // give these to members.
        .layer(SetResponseHeaderLayer::appending(
            VARY,
            HeaderValue::from_static("Cookie"),
        ))
        .layer(sessions)
        // The cookie is SameSite=Lax, and forms from other origins are also refused.
        .layer(CsrfLayer::new()))
}
