//! One small application with four kinds of session: which user is it, and count one more.

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use axum_extra::extract::PrivateCookieJar;
use sealjar_axum::{Session, SessionError, SessionLayer};
use tower_layer::layer_fn;
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, MemoryStore, SessionManagerLayer};

use super::{LOGIN, READ, UNTOUCHED, WRITE, WRITES};
use crate::data::User;
use crate::{peers, seal_open};

/// How an application keeps its sessions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum App {
    /// Not at all, but there is a layer: axum boxes the future of every layer.
    Idle,
    /// In the server's memory: tower-sessions.
    Memory,
    /// Not at all.
    Plain,
    /// In an encrypted cookie: axum-extra.
    Private,
    /// In a sealed cookie: sealjar.
    Sealed,
}

impl App {
    pub(crate) const ALL: [Self; 5] = [
        Self::Idle,
        Self::Memory,
        Self::Plain,
        Self::Private,
        Self::Sealed,
    ];

    /// Returns the word for it on the server's command line.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Memory => "memory",
            Self::Plain => "plain",
            Self::Private => "private",
            Self::Sealed => "sealed",
        }
    }

    pub(crate) fn router(self) -> Router {
        let router = match self {
            Self::Idle => plain().layer(layer_fn(Nothing)),
            Self::Memory => memory(),
            Self::Plain => plain(),
            Self::Private => private(),
            Self::Sealed => sealed(),
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

fn sealed() -> Router {
    async fn login(session: Session<User>) -> Result<String, SessionError> {
        session.update(|user| *user = User::typical())?;
        Ok(session.get().name.clone())
    }
    async fn read(session: Session<User>) -> String {
        session.get().name.clone()
    }
    async fn untouched() -> String {
        NAME.to_owned()
    }
    async fn write(session: Session<User>) -> Result<String, SessionError> {
        session.update(|user| {
            user.bump();
            user.name.clone()
        })
    }
    async fn writes(session: Session<User>) -> String {
        session.get().bumped().to_string()
    }
    Router::new()
        .route(LOGIN, get(login))
        .route(READ, get(read))
        .route(UNTOUCHED, get(untouched))
        .route(WRITE, get(write))
        .route(WRITES, get(writes))
        .layer(SessionLayer::new(seal_open::jar()))
}

fn memory() -> Router {
    use tower_sessions::Session;
    async fn user(session: &Session) -> User {
        let user = session.get(USER).await.expect("memory does not fail");
        user.unwrap_or_default()
    }
    async fn keep(session: &Session, user: User) {
        let kept = session.insert(USER, user).await;
        kept.expect("memory does not fail");
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
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_name(peers::NAME)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(cookie::time::Duration::days(1)));
    Router::new()
        .route(LOGIN, get(login))
        .route(READ, get(read))
        .route(WRITE, get(write))
        .route(WRITES, get(writes))
        .layer(sessions)
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

/// What the applications without a session answer.
const NAME: &str = "Wilhelmina Oberlander";
const USER: &str = "user";
