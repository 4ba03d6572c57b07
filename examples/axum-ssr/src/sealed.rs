//! How does the app keep its sessions? In two sealed cookies.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::Router;
use sealjar::Timestamp;
use sealjar_axum::{ConfigError, Jar, LiveRing, Origin, Session, SessionError, SessionLayer};

use crate::handlers::{self, App};
use crate::visit::{Facts, Visit};
use crate::visitor::{Flash, User, Visitor};

/// Builds the app: the handlers, and around them one layer for each session type.
///
/// `cookie` names both cookies, `__Host-session` and `__Host-session-flash` for `session`.
///
/// # Errors
/// [`ConfigError`] when the cookies cannot be as asked.
pub fn app(
    ring: &LiveRing,
    replica: &str,
    cookie: &str,
    insecure_http: bool,
) -> Result<Router, ConfigError> {
    // Browsers take the prefix over https only, and with it the promise that no sibling host set it.
    let prefix = if insecure_http { "" } else { "__Host-" };
    let visitors = Jar::<Visitor>::builder(ring, "axum-ssr")
        .cookie_name(format!("{prefix}{cookie}"))
        .allow_insecure_http(insecure_http)
        .build()?;
    let flashes = Jar::<Flash>::builder(ring, "axum-ssr")
        .cookie_name(format!("{prefix}{cookie}-flash"))
        .allow_insecure_http(insecure_http)
        .idle_timeout(Duration::from_secs(60))
        .persistent(false)
        .build()?;

    Ok(handlers::router::<Sealed>(App::new(replica))
        .layer(SessionLayer::new(flashes))
        .layer(SessionLayer::new(visitors)))
}

/// A visit whose session and message came sealed in cookies.
#[derive(Debug)]
pub struct Sealed {
    session: Session<Visitor>,
    flash: Session<Flash>,
}

impl FromRequestParts<App> for Sealed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        Ok(Self {
            session: Session::from_request_parts(parts, app)
                .await
                .map_err(IntoResponse::into_response)?,
            flash: Session::from_request_parts(parts, app)
                .await
                .map_err(IntoResponse::into_response)?,
        })
    }
}

impl Visit for Sealed {
    type Error = SessionError;

    async fn read(&self) -> Result<Arc<Visitor>, SessionError> {
        Ok(self.session.get())
    }

    async fn change(&self, change: impl FnOnce(&mut Visitor) + Send) -> Result<(), SessionError> {
        self.session.update(change)
    }

    async fn log_in(&self, user: User) -> Result<(), SessionError> {
        self.session.update(|visitor| visitor.user = Some(user))?;
        // Another subject renews the session by itself. This is for who logs in twice.
        self.session.renew();
        Ok(())
    }

    async fn log_out(&self) -> Result<(), SessionError> {
        self.session.purge();
        Ok(())
    }

    async fn tell(&self, text: &str) -> Result<(), SessionError> {
        self.flash
            .update(|flash| flash.text = Some(text.to_owned()))
    }

    async fn take_message(&self) -> Result<Option<String>, SessionError> {
        // Without a message this changes nothing, and then no cookie is written.
        self.flash.update(|flash| flash.text.take())
    }

    fn stay(&self) {
        self.session.keep_alive();
    }

    async fn facts(&self) -> Facts {
        let mut facts = Facts {
            kept: "in the cookie, sealed".into(),
            id: self.session.id().map(|id| id.to_string()),
            ..Facts::default()
        };
        match self.session.origin() {
            Origin::Absent => facts.origin = "no cookie came".into(),
            Origin::Refused(refusal) => {
                // For the reader of this example. A real page keeps the reason to itself.
                facts.origin = format!("refused, {}", refusal.kind());
                facts.key = refusal.key_id().map(|id| id.to_string());
            }
            Origin::Opened {
                born,
                key_id,
                stale,
                size,
                ..
            } => {
                facts.origin = if *stale {
                    "opened, a newer key seals now".into()
                } else {
                    "opened".into()
                };
                facts.key = Some(key_id.to_string());
                facts.age = Timestamp::now().ok().map(|now| now.seconds_since(*born));
                facts.size = Some(*size);
                facts.revision = Some(self.session.revision());
            }
            _ => facts.origin = "unknown".into(),
        }
        facts
    }
}
