//! A jar, a clock that is set by hand, requests, and a browser that keeps cookies.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use sealjar_axum::{
    Jar, JarBuilder, Key, LiveRing, Session, SessionData, SessionError, SessionLayer, Suite,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use tower::ServiceExt;

pub(crate) const DAY: u32 = 86_400;
pub(crate) const START: u32 = 100 * DAY;
pub(crate) const APP: &str = "shop-test";
pub(crate) const NAME: &str = "__Host-session";

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

#[derive(Clone, Debug)]
pub(crate) struct Time(Arc<AtomicU32>);

impl Time {
    pub(crate) fn starting() -> Self {
        Self(Arc::new(AtomicU32::new(START)))
    }

    pub(crate) fn pass(&self, seconds: u32) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_stored(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) fn ring() -> LiveRing {
    Key::generate(Suite::Xaes256Gcm).unwrap().into()
}

/// A ring whose only key has stopped sealing and still opens.
pub(crate) fn ring_that_only_opens(ring: &LiveRing) -> LiveRing {
    let mut draft = ring.load().draft();
    draft.keys[0].seals_until = Some(Timestamp::from_stored(START - 1));
    draft.build().unwrap().into()
}

pub(crate) fn builder_named<T: SessionData>(
    ring: &LiveRing,
    time: &Time,
    name: &str,
) -> JarBuilder<T> {
    let time = time.clone();
    Jar::builder(ring, APP)
        .cookie_name(name)
        .clock(move || Ok(time.now()))
}

pub(crate) fn jar_named<T: SessionData>(ring: &LiveRing, time: &Time, name: &str) -> Jar<T> {
    builder_named(ring, time, name).build().unwrap()
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

    /// Everything that goes over the wire, as it would.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{}\r\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        bytes.extend(self.body.bytes());
        bytes
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

/// Keeps cookies by name, in the order they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browser(pub(crate) Vec<(String, String)>);

impl Browser {
    pub(crate) fn with(header: &str) -> Self {
        let pairs = header.split("; ").filter_map(|pair| pair.split_once('='));
        Self(
            pairs
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    pub(crate) fn header(&self) -> String {
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    pub(crate) fn receive(&mut self, answer: &Answer) {
        for line in answer.cookies() {
            let (name, rest) = line.split_once('=').unwrap();
            self.0.retain(|it| it.0 != name);
            let ends = |it: &str| it == "Max-Age=0" || it.starts_with("Max-Age=-");
            if !rest.split("; ").any(ends) {
                self.0
                    .push((name.into(), rest.split(';').next().unwrap().into()));
            }
        }
    }

    pub(crate) async fn go(&mut self, app: &Router, path: &str) -> Answer {
        let mut request = get(path);
        if !self.0.is_empty() {
            request
                .headers_mut()
                .insert(header::COOKIE, self.header().parse().unwrap());
        }
        let answer = call(app, request).await;
        self.receive(&answer);
        answer
    }
}
