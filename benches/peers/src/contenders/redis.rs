//! How is tower-sessions over Redis set up? As the README of its store shows, and it connects again
//! when Redis was gone, which the README leaves to the application.

use axum::Router;
use cookie::SameSite;
use cookie::time::Duration;
use tower_sessions_0_14::{Expiry, Session, SessionManagerLayer};
use tower_sessions_redis_store::RedisStore;
use tower_sessions_redis_store::fred::prelude::{
    ClientLike, Config, Error, Pool, ReconnectPolicy, ServerConfig,
};

use crate::app::{COOKIE, router};
use crate::facts::Facts;

pub(crate) const FACTS: Facts = Facts {
    crates: &["tower-sessions-redis-store", "tower-sessions 0.14", "fred"],
    file: file!(),
    rotation: "needs none: \"cookies hold a pointer to the session in the form of an ID\", which is random \
               (docs.rs, tower-sessions)",
    strengths: "no size limit, a small cookie, revocation at once on the server, all sessions can be counted \
                and listed; replicas hold nothing",
    servers: "a Redis",
};

pub(crate) async fn app(port: u16) -> Result<Router, Error> {
    let config = Config {
        server: ServerConfig::new_centralized("127.0.0.1", port),
        ..Config::default()
    };
    let pool = Pool::new(config, None, None, Some(ReconnectPolicy::default()), 6)?;
    pool.connect();
    pool.wait_for_connect().await?;
    let sessions = SessionManagerLayer::new(RedisStore::new(pool))
        .with_name(COOKIE)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(Duration::days(1)));
    Ok(router::<Session, ()>().layer(sessions))
}
