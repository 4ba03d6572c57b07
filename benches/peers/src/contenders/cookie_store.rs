//! How is tower-sessions-cookie-store set up? With private cookies, as its README shows signed
//! ones.

use axum::Router;
use cookie::time::Duration;
use tower_sessions_cookie_store::{
    CookieSessionConfig, CookieSessionManagerLayer, Expiry, Key, SameSite, Session,
};

use crate::app::{COOKIE, router};
use crate::facts::Facts;
use crate::keys::Keys;

pub(crate) const FACTS: Facts = Facts {
    crates: &["tower-sessions-cookie-store"],
    file: file!(),
    rotation: "cannot: \"Rotate the signing/encryption key. All existing cookies will fail verification and be \
               rejected\" is its answer to how everyone is logged out (README, FAQ)",
    strengths: "tower-sessions' own `Session`, so handlers stay when the store changes; a cookie that is too \
                large is a 500 and not lost; signed cookies where the content is no secret",
    servers: "none",
};

pub(crate) fn app(keys: &Keys) -> Router {
    let config = CookieSessionConfig::default()
        .with_name(COOKIE)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(Duration::days(1)));
    let key = Key::from(keys.first());
    router::<Session, ()>().layer(CookieSessionManagerLayer::private(key).with_config(config))
}
