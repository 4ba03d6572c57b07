//! An application that keeps a text in the session, as long as a test wants it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use http::header::COOKIE;
use http::{Method, StatusCode, Version};
use sealjar::{Key, Suite};
use sealjar_axum::{Jar, Session, SessionData, SessionError, SessionLayer};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Notes {
    pub(crate) text: String,
}

impl SessionData for Notes {}

/// What arrived at an application.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) method: Method,
    /// Which of a browser's requests it was.
    pub(crate) number: Option<u64>,
    pub(crate) path: String,
    pub(crate) version: Version,
    /// How many `Cookie` fields there were.
    pub(crate) cookie_fields: usize,
}

/// A replica of the application, in this process.
#[derive(Clone, Debug)]
pub(crate) struct Replica {
    pub(crate) address: SocketAddr,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Replica {
    /// Starts one that takes HTTP/1.1, and HTTP/2 in the clear.
    pub(crate) async fn start(jar: &Jar<Notes>) -> Self {
        let (replica, listener) = Self::listen().await;
        let app = replica.app(jar);
        tokio::spawn(async { axum::serve(listener, app).await });
        replica
    }

    /// Takes an address, at which nobody answers yet.
    pub(crate) async fn listen() -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let replica = Self {
            address: listener.local_addr().unwrap(),
            arrived: Arc::default(),
        };
        (replica, listener)
    }

    /// Everything is below a name, for which Traefik has a route.
    pub(crate) fn app(&self, jar: &Jar<Notes>) -> Router {
        Router::new()
            .route("/{route}/read", get(read))
            .route("/{route}/write", post(write))
            .route("/{route}/socket", any(socket))
            .layer(SessionLayer::new(jar.clone()))
            .layer(from_fn_with_state(self.clone(), note))
    }

    /// Returns what has arrived since this was last asked.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.arrived.lock().unwrap())
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }
}

/// A jar whose sessions may be as long as any, over a ring of its own.
pub(crate) fn jar() -> Jar<Notes> {
    let key = Key::generate(Suite::Xaes256Gcm).unwrap();
    let jar = Jar::builder(key, "notes").max_size(LARGEST);
    jar.build().unwrap()
}

/// Returns the longest text whose session takes at most so many bytes in the `Cookie` header.
pub(crate) fn text_of(jar: &Jar<Notes>, bytes: usize) -> String {
    let text = |length: usize| (0..length).map(|_| fastrand::alphanumeric()).collect();
    let fits = |text: String| {
        let header = jar.cookie_for(&Notes { text });
        header.is_ok_and(|it| it.len() <= bytes)
    };
    let (mut fitting, mut too_long) = (0, bytes);
    assert!(fits(String::new()), "no session takes {bytes} bytes");
    while fitting + 1 < too_long {
        let middle = usize::midpoint(fitting, too_long);
        if fits(text(middle)) {
            fitting = middle;
        } else {
            too_long = middle;
        }
    }
    text(fitting)
}

async fn note(State(replica): State<Replica>, request: Request, next: Next) -> Response {
    let number = request.headers().get(NUMBER);
    replica.arrived.lock().unwrap().push(Arrived {
        method: request.method().clone(),
        number: number.and_then(|it| it.to_str().ok()?.parse().ok()),
        path: request.uri().path().to_owned(),
        version: request.version(),
        cookie_fields: request.headers().get_all(COOKIE).iter().count(),
    });
    next.run(request).await
}

async fn read(session: Session<Notes>) -> impl IntoResponse {
    page(&session)
}

/// Takes the new text as it is.
async fn write(session: Session<Notes>, text: String) -> Result<impl IntoResponse, SessionError> {
    session.update(|notes| notes.text = text)?;
    Ok(page(&session))
}

async fn socket(session: Session<Notes>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |mut socket| {
        let text = session.get().text.clone();
        // The test asks no more than this.
        _ = socket.send(text.into()).await;
    })
}

/// The text is in a header, so that a compressed body tells nothing else. The body is long enough
/// to be compressed.
fn page(session: &Session<Notes>) -> (StatusCode, [(&'static str, String); 1], String) {
    let text = &session.get().text;
    (
        StatusCode::OK,
        [(TEXT, digest(text))],
        "a page ".repeat(500),
    )
}

/// Tells texts apart in a header.
pub(crate) fn digest(text: &str) -> String {
    let head: String = text.chars().take(8).collect();
    let tail: String = text.chars().rev().take(8).collect();
    format!("{head}-{}-{tail}", text.len())
}

/// Where a browser numbers its requests.
pub(crate) const NUMBER: &str = "x-number";
/// Where the page tells the text.
pub(crate) const TEXT: &str = "x-text";
/// What all cookies of a session may take.
pub(crate) const LARGEST: usize = 12_288;
