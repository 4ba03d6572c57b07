//! The app: the handlers, and the middlewares around them.

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use sealjar_actix::{ConfigError, LiveRing, Readiness, SessionMiddleware};
use shop::{Jars, Replica, Shutdown};

use crate::response::response;
use crate::{csrf, form, handlers};

/// Builds the app: the handlers, and around them one middleware for each session type.
///
/// `cookie` names both cookies, `__Host-Http-session` and `__Host-Http-session-flash` for
/// `session`.
///
/// # Errors
/// [`ConfigError`] when the cookies' settings cannot work.
pub(crate) fn app(
    ring: &LiveRing,
    replica: &Replica,
    cookie: &str,
    insecure_http: bool,
) -> Result<impl Fn(&mut ServiceConfig) + Clone + Send + use<>, ConfigError> {
    let jars = Jars::new(ring, cookie, insecure_http)?;
    let visitors = SessionMiddleware::new(jars.visitors);
    let flashes = SessionMiddleware::new(jars.flashes);
    let name = HeaderValue::from_str(replica.name())
        .unwrap_or_else(|_| HeaderValue::from_static("unprintable"));
    let replica = Data::new(replica.clone());
    Ok(move |config: &mut ServiceConfig| {
        let routes = web::scope("")
            .app_data(replica.clone())
            .app_data(form::config())
            .configure(handlers::routes)
            .wrap(flashes.clone())
            .wrap(visitors.clone())
            // The cookies are SameSite=Lax, and forms from other origins are also refused.
            .wrap(from_fn(csrf::refuse_foreign_forms))
            // A client that does not show the panel, such as curl, sees here which replica
            // answered.
            .wrap(DefaultHeaders::new().add((X_REPLICA, name.clone())));
        config.service(routes);
    })
}

/// Serves `/healthz`.
pub(crate) fn health(
    readiness: Readiness,
    shutdown: Shutdown,
) -> impl Fn(&mut ServiceConfig) + Clone + Send {
    move |config| {
        let (readiness, shutdown) = (readiness.clone(), shutdown.clone());
        let answer = move || std::future::ready(response(shop::health(&readiness, &shutdown)));
        config.service(web::resource("/healthz").route(handlers::look().to(answer)));
    }
}

const X_REPLICA: HeaderName = HeaderName::from_static("x-replica");
