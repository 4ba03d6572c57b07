//! What both groups of tests share: an account, handlers for it, requests and responses.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU8, Ordering};

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use sealjar::__hazmat::known_key;
use sealjar_axum::{Jar, LiveRing, Session, SessionData, SessionError, SessionLayer};
use serde::{Deserialize, Serialize};
use tower::ServiceExt;

pub(crate) const APP: &str = "shop-test";
pub(crate) const NAME: &str = "__Host-Http-session";

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) visits: u32,
}

impl SessionData for Account {
    fn subject(&self) -> Option<Cow<'_, str>> {
        (!self.name.is_empty()).then(|| self.name.as_str().into())
    }
}

/// A key that no other test uses, and whose secret `just secrets` looks for.
pub(crate) fn ring() -> LiveRing {
    static MADE: AtomicU8 = AtomicU8::new(0);
    let seed = MADE.fetch_add(1, Ordering::Relaxed);
    known_key(sealjar::Suite::Xaes256Gcm, seed).into()
}

pub(crate) async fn visit(session: Session<Account>) -> Result<String, SessionError> {
    session.update(|it| {
        it.visits += 1;
        format!("visit {}", it.visits)
    })
}

/// A router with one handler behind the session layer.
pub(crate) fn app<H, X>(jar: &Jar<Account>, handler: H) -> Router
where
    H: axum::handler::Handler<X, ()>,
    X: 'static,
{
    Router::new()
        .route("/", axum::routing::any(handler))
        .layer(SessionLayer::new(jar.clone()))
}

pub(crate) fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

pub(crate) fn get_with(cookie: impl AsRef<[u8]>) -> Request<Body> {
    Request::get("/")
        .header(header::COOKIE, cookie.as_ref())
        .body(Body::empty())
        .unwrap()
}

/// What a client sees of a response: status, headers in order, body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers
            .get_all(name)
            .iter()
            .map(|it| it.to_str().unwrap())
            .collect()
    }

    pub(crate) fn cookies(&self) -> Vec<&str> {
        self.all("set-cookie")
    }
}

pub(crate) async fn answer(response: Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

pub(crate) async fn call(app: &Router, request: Request<Body>) -> Answer {
    answer(app.clone().oneshot(request).await.unwrap()).await
}
