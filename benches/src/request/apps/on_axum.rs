//! How does the application keep its sessions in axum?

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use axum_extra::extract::PrivateCookieJar;
use sealjar::{KeyRing, Timestamp};
use sealjar_axum::{Jar, Session, SessionData, SessionError, SessionLayer};
use serde::{Deserialize, Serialize};
use tower_layer::layer_fn;
use tower_sessions::MemoryStore;
use tower_sessions_redis_store::RedisStore;
use tower_sessions_redis_store::fred::prelude::{ClientLike, Config, Pool, ServerConfig};

use super::{USER, sealed_handlers};
use crate::data::User;
use crate::request::{LOGIN, NAME, READ, UNTOUCHED, WRITE, WRITES};
use crate::{peers, rings, seal_open};

/// Keeps sessions in a store of tower-sessions, whose versions have a `Session` each.
macro_rules! kept_in {
    ($tower_sessions:ident, $store:expr) => {{
        use $tower_sessions::cookie::SameSite;
        use $tower_sessions::{Expiry, Session, SessionManagerLayer};

        async fn user(session: &Session) -> User {
            let user = session.get(USER).await.expect("the store does not fail");
            user.unwrap_or_default()
        }
        async fn keep(session: &Session, user: User) {
            let kept = session.insert(USER, user).await;
            kept.expect("the store does not fail");
        }
        async fn login(session: Session) -> String {
            keep(&session, User::typical()).await;
            NAME.to_owned()
        }
        async fn read(session: Session) -> String {
            user(&session).await.name
        }
        async fn write(session: Session) -> String {
            let mut user = user(&session).await;
            user.bump();
            let name = user.name.clone();
            keep(&session, user).await;
            name
        }
        async fn writes(session: Session) -> String {
            user(&session).await.bumped().to_string()
        }
        let sessions = SessionManagerLayer::new($store)
            .with_name(peers::NAME)
            .with_same_site(SameSite::Lax)
            .with_expiry(Expiry::OnInactivity(cookie::time::Duration::days(1)));
        Router::new()
            .route(LOGIN, get(login))
            .route(READ, get(read))
            .route(WRITE, get(write))
            .route(WRITES, get(writes))
            .layer(sessions)
    }};
}

/// How an application keeps its sessions.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Axum {
    /// No session, but a layer: axum boxes the future of every layer.
    Idle,
    /// In a sealed cookie, next to two others that have jars of their own: sealjar.
    Jars,
    /// In the server's memory: tower-sessions.
    Memory,
    /// In several sealed cookies, because it is long: sealjar.
    Parts,
    /// Not at all.
    Plain,
    /// In an encrypted cookie: axum-extra.
    Private,
    /// In Redis on this port: tower-sessions.
    Redis(u16),
    /// In a sealed cookie: sealjar.
    Sealed,
}

impl Axum {
    pub(crate) async fn router(self) -> Router {
        let router = match self {
            Self::Idle => plain().layer(layer_fn(Nothing)),
            Self::Jars => jars(),
            Self::Memory => kept_in!(tower_sessions, MemoryStore::default()),
            Self::Parts => sealed(in_parts(), User::with_a_draft),
            Self::Plain => plain(),
            Self::Private => private(),
            Self::Redis(port) => kept_in!(tower_sessions_0_14, redis(port).await),
            Self::Sealed => sealed(seal_open::jar(), User::typical),
        };
        // As `axum::serve` does it once: without, axum builds the layers anew for each request.
        router.with_state(())
    }
}

fn plain() -> Router {
    async fn name() -> String {
        NAME.to_owned()
    }
    Router::new()
        .route(LOGIN, get(name))
        .route(READ, get(name))
        .route(UNTOUCHED, get(name))
        .route(WRITE, get(name))
}

fn sealed(jar: Jar<User>, user: fn() -> User) -> Router {
    sealed_handlers!(sealjar_axum);
    Router::new()
        .route(LOGIN, get(move |session| login(session, user())))
        .route(READ, get(read))
        .route(UNTOUCHED, get(untouched))
        .route(WRITE, get(write))
        .route(WRITES, get(writes))
        .layer(SessionLayer::new(jar))
}

/// Three jars, one of which is read.
fn jars() -> Router {
    #[derive(Clone, Default, Deserialize, Serialize)]
    struct Basket(Vec<(u64, u32)>);
    #[derive(Clone, Default, Deserialize, Serialize)]
    struct Wishes(Vec<u64>);
    impl SessionData for Basket {}
    impl SessionData for Wishes {}

    async fn login(
        user: Session<User>,
        basket: Session<Basket>,
        wishes: Session<Wishes>,
    ) -> Result<String, SessionError> {
        user.update(|it| *it = User::typical())?;
        basket.update(|it| it.0.push((4711, 2)))?;
        wishes.update(|it| it.0.push(4712))?;
        Ok(NAME.to_owned())
    }
    fn layer<T: SessionData>(name: &str) -> SessionLayer<T> {
        let jar = Jar::builder(one_key(), rings::APP).cookie_name(name);
        SessionLayer::new(jar.build().expect("a sound jar"))
    }
    async fn read(user: Session<User>) -> String {
        user.get().name.clone()
    }
    Router::new()
        .route(LOGIN, get(login))
        .route(READ, get(read))
        .layer(SessionLayer::new(seal_open::jar()))
        .layer(layer::<Basket>("__Host-basket"))
        .layer(layer::<Wishes>("__Host-wishes"))
}

/// A jar for sessions as large as cookies can carry.
fn in_parts() -> Jar<User> {
    let jar = Jar::builder(one_key(), rings::APP).max_size(12_288);
    jar.build().expect("a user survives being encoded")
}

fn one_key() -> KeyRing {
    let now = Timestamp::now().expect("a sane clock");
    rings::ring(&rings::keys(1, now), rings::no_revocations())
}

/// Connects as the documentation of the store does.
async fn redis(port: u16) -> RedisStore<Pool> {
    let config = Config {
        server: ServerConfig::new_centralized("127.0.0.1", port),
        ..Config::default()
    };
    let pool = Pool::new(config, None, None, None, 6).expect("a pool of six");
    pool.connect();
    let connected = pool.wait_for_connect().await;
    connected.expect("the parent has asked this Redis");
    RedisStore::new(pool)
}

fn private() -> Router {
    fn user(jar: &PrivateCookieJar) -> User {
        let cookie = jar.get(peers::NAME);
        cookie.map_or_else(User::default, |cookie| peers::from_json(cookie.value()))
    }
    async fn login(jar: PrivateCookieJar) -> (PrivateCookieJar, String) {
        let cookie = peers::cookie_for(&User::typical());
        (jar.add(cookie), NAME.to_owned())
    }
    async fn read(jar: PrivateCookieJar) -> String {
        user(&jar).name
    }
    async fn write(jar: PrivateCookieJar) -> (PrivateCookieJar, String) {
        let mut user = user(&jar);
        user.bump();
        (jar.add(peers::cookie_for(&user)), user.name)
    }
    async fn writes(jar: PrivateCookieJar) -> String {
        user(&jar).bumped().to_string()
    }
    Router::new()
        .route(LOGIN, get(login))
        .route(READ, get(read))
        .route(WRITE, get(write))
        .route(WRITES, get(writes))
        .with_state(PrivateKey(cookie::Key::generate()))
}

/// The state that axum-extra takes its key from.
#[derive(Clone)]
struct PrivateKey(cookie::Key);

impl FromRef<PrivateKey> for cookie::Key {
    fn from_ref(key: &PrivateKey) -> Self {
        key.0.clone()
    }
}

/// A service that only calls the one inside.
#[derive(Clone)]
struct Nothing<S>(S);

impl<S: tower_service::Service<R>, R> tower_service::Service<R> for Nothing<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.0.call(request)
    }
}
