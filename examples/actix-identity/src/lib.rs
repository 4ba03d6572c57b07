//! A page for members, over `actix-identity`, whose sessions are sealed into cookies.
//!
//! * [`app`] has all of sealjar: one jar, and one middleware around that of `actix-identity`;
//! * the handlers know `actix_identity::Identity` and nothing else.
//!
//! `docs/coming-from-actix-session.md` says what changes for an app that already has both.

mod handlers;

use actix_identity::IdentityMiddleware;
use actix_web::web::{self, ServiceConfig};
use sealjar_actix::actix_session::{Entries, SessionMiddleware};
use sealjar_actix::{ConfigError, Jar, LiveRing};

/// Builds the app.
///
/// # Errors
/// [`ConfigError`] when the cookie's settings cannot work.
pub fn app(
    ring: &LiveRing,
    cookie: &str,
    insecure_http: bool,
) -> Result<impl Fn(&mut ServiceConfig) + Clone + Send + use<>, ConfigError> {
    let jar = Jar::<Entries>::builder(ring, "identity-example")
        .cookie_name(shop::cookie_name(cookie, insecure_http))
        .allow_insecure_http(insecure_http)
        .build()?;
    // The entry in which actix-identity keeps the name: "log this person out everywhere" works with
    // it.
    let sessions = SessionMiddleware::new(jar).subject_key("actix_identity.user_id");
    Ok(move |config: &mut ServiceConfig| {
        let routes = web::scope("")
            .configure(handlers::routes)
            .wrap(IdentityMiddleware::default())
            .wrap(sessions.clone());
        config.service(routes);
    })
}
