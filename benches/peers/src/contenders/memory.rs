//! How is tower-sessions with its `MemoryStore` set up? As its documentation shows; the key of a
//! session is its random id, so there is no key to rotate.

use axum::Router;
use cookie::SameSite;
use cookie::time::Duration;
use tower_sessions::{Expiry, MemoryStore, Session, SessionManagerLayer};

use crate::app::{COOKIE, router};
use crate::facts::Facts;

pub(crate) const FACTS: Facts = Facts {
    crates: &["tower-sessions-memory-store", "tower-sessions 0.15"],
    file: file!(),
    rotation: "needs none: its cookie is a random id; \"useful for testing but not recommended for real \
               applications\" (docs.rs, `MemoryStore`)",
    strengths: "no size limit, a small cookie, a session can be revoked at once, no other server; right for one \
                process that may forget",
    servers: "none",
};

pub(crate) fn app() -> Router {
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_name(COOKIE)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(Duration::days(1)));
    router::<Session, ()>().layer(sessions)
}
