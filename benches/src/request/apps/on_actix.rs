//! How does the application keep its sessions in actix-web?

use std::sync::Arc;

use actix_http::Request;
use actix_service::boxed::{self, BoxServiceFactory};
use actix_service::{IntoServiceFactory, ServiceFactory};
use actix_session::Session;
use actix_session::storage::{CookieSessionStore, RedisSessionStore};
use actix_web::cookie::Key;
use actix_web::dev::{AppConfig, ServiceRequest, ServiceResponse};
use actix_web::web::{ServiceConfig, get};
use actix_web::{App, Error};
use serde::{Deserialize, Serialize};

use super::{USER, sealed_handlers};
use crate::data::User;
use crate::request::{LOGIN, NAME, READ, UNTOUCHED, WRITE, WRITES};
use crate::seal_open;

/// How an application keeps its sessions.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Actix {
    /// Not at all.
    Plain,
    /// In an encrypted cookie: actix-session.
    Private,
    /// In Redis on this port: actix-session.
    Redis(u16),
    /// In a sealed cookie: sealjar.
    Sealed,
}

/// Makes the application's service. Its type is the same for all, which costs every request of each
/// of them a box.
pub(crate) type Factory = BoxServiceFactory<AppConfig, Request, ServiceResponse, Error, ()>;

impl Actix {
    /// Returns what each worker calls.
    pub(crate) async fn factory(self) -> Arc<dyn Fn() -> Factory + Send + Sync> {
        match self {
            Self::Plain => Arc::new(|| erased(App::new().configure(plain))),
            Self::Private => {
                let key = Key::generate();
                Arc::new(move || {
                    let store = CookieSessionStore::default();
                    let sessions = actix_session::SessionMiddleware::new(store, key.clone());
                    erased(App::new().wrap(sessions).configure(stored))
                })
            }
            Self::Redis(port) => {
                let key = Key::generate();
                let store = RedisSessionStore::new(format!("redis://127.0.0.1:{port}")).await;
                let store = store.expect("the parent has asked this Redis");
                Arc::new(move || {
                    let sessions =
                        actix_session::SessionMiddleware::new(store.clone(), key.clone());
                    erased(App::new().wrap(sessions).configure(stored))
                })
            }
            Self::Sealed => {
                let sessions = sealjar_actix::SessionMiddleware::new(seal_open::jar());
                Arc::new(move || erased(App::new().wrap(sessions.clone()).configure(sealed)))
            }
        }
    }
}

fn erased<T>(app: App<T>) -> Factory
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse,
            Error = Error,
            InitError = (),
        > + 'static,
    T::Future: 'static,
{
    boxed::factory(app.into_factory())
}

fn plain(app: &mut ServiceConfig) {
    async fn name() -> String {
        NAME.to_owned()
    }
    for path in [LOGIN, READ, UNTOUCHED, WRITE] {
        app.route(path, get().to(name));
    }
}

fn sealed(app: &mut ServiceConfig) {
    sealed_handlers!(sealjar_actix);
    app.route(LOGIN, get().to(|session| login(session, User::typical())))
        .route(READ, get().to(read))
        .route(UNTOUCHED, get().to(untouched))
        .route(WRITE, get().to(write))
        .route(WRITES, get().to(writes));
}

fn stored(app: &mut ServiceConfig) {
    fn user(session: &Session) -> User {
        let user = session.get(USER).expect("a user was written");
        user.unwrap_or_default()
    }
    fn keep(session: &Session, user: &User) {
        session.insert(USER, user).expect("a user is JSON");
    }
    async fn login(session: Session) -> String {
        keep(&session, &User::typical());
        NAME.to_owned()
    }
    async fn read(session: Session) -> String {
        user(&session).name
    }
    async fn write(session: Session) -> String {
        let mut user = user(&session);
        user.bump();
        keep(&session, &user);
        user.name
    }
    async fn writes(session: Session) -> String {
        user(&session).bumped().to_string()
    }
    app.route(LOGIN, get().to(login))
        .route(READ, get().to(read))
        .route(WRITE, get().to(write))
        .route(WRITES, get().to(writes));
}
