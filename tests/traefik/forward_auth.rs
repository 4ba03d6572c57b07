//! What becomes of a session that a `forwardAuth` service writes too?
//!
//! The service that Traefik asks is the same application: it opens the session, and may write it.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::HeaderMap;
use http::header::SET_COOKIE;
use sealjar_axum::{Jar, Session, SessionError, SessionLayer};
use sealjar_tests::traefik::{Traefik, service};
use serde_json::json;
use tokio::net::TcpListener;

use crate::browser::{Browser, told};
use crate::notes::{self, LARGEST, Notes, Replica, digest, text_of};
use crate::wire::Spoken;

/// It writes a session of four cookies, and all four are on the list.
#[tokio::test(flavor = "multi_thread")]
async fn what_it_writes_comes_whole_if_all_cookies_are_listed() {
    let site = Site::start(&ALL).await;
    let mut browser = site.browser().await;
    browser.get("/guarded/read?auth=writes").await;
    assert_eq!(browser.read("open").await, site.written());
}

/// The control: with the name alone, the browser has one part of the new session and three of the
/// old.
#[tokio::test(flavor = "multi_thread")]
async fn what_it_writes_is_torn_if_only_the_name_is_listed() {
    let site = Site::start(&ALL[..1]).await;
    let mut browser = site.browser().await;
    browser.get("/guarded/read?auth=writes").await;
    assert_eq!(browser.read("open").await, digest(""));
}

/// Without a list nothing is torn: what it writes comes to nobody.
#[tokio::test(flavor = "multi_thread")]
async fn what_it_writes_is_lost_without_a_list() {
    let site = Site::start(&[]).await;
    let mut browser = site.browser().await;
    let before = browser.read("open").await;
    browser.get("/guarded/read?auth=writes").await;
    assert_eq!(browser.read("open").await, before);
}

/// If both write, the application's write is lost, and the handler does not know.
#[tokio::test(flavor = "multi_thread")]
async fn where_it_writes_the_application_only_reads() {
    let site = Site::start(&ALL).await;
    let mut browser = site.browser().await;
    let answer = browser.write("guarded", "application").await;
    assert_eq!(told(&answer), digest("application"));
    // The control: it did not write, and the application did.
    assert_eq!(browser.read("open").await, digest("application"));
    let answer = browser.post("/guarded/write?auth=writes", "again").await;
    assert_eq!(told(&answer), digest("again"));
    assert_eq!(browser.read("open").await, site.written());
}

/// Any cookie of its own is enough, whether it is on the list or not.
#[tokio::test(flavor = "multi_thread")]
async fn where_it_sets_another_cookie_the_application_only_reads() {
    for (listed, is_kept) in [(&ALL[..], false), (&[], true)] {
        let site = Site::start(listed).await;
        let mut browser = site.browser().await;
        let before = browser.read("open").await;
        let answer = browser.post("/guarded/write?auth=other", "again").await;
        assert_eq!(told(&answer), digest("again"));
        let expected = if is_kept { digest("again") } else { before };
        assert_eq!(browser.read("open").await, expected, "{listed:?}");
    }
}

/// The application, and the service that Traefik asks before it lets a request through to
/// `/guarded/`.
struct Site {
    traefik: Traefik,
    jar: Jar<Notes>,
    /// What the service writes when it does.
    written: String,
}

impl Site {
    /// Starts both. On the list are these endings of the session's name.
    async fn start(listed: &[&str]) -> Self {
        let jar = notes::jar();
        let written = text_of(&jar, LARGEST);
        let replica = Replica::start(&jar).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let asked = listener.local_addr().unwrap();
        let service_app = Router::new()
            .route("/check", get(check))
            .layer(SessionLayer::new(jar.clone()))
            .with_state(written.clone());
        tokio::spawn(async { axum::serve(listener, service_app).await });
        let listed: Vec<_> = listed
            .iter()
            .map(|ending| format!("{}{ending}", jar.cookie_name()))
            .collect();
        let auth = json!({
            "address": format!("http://{asked}/check"),
            "addAuthCookiesToResponse": listed,
        });
        let routes = json!({
            "routers": {
                "open": { "rule": "PathPrefix(`/open/`)", "service": "notes" },
                "guarded": {
                    "rule": "PathPrefix(`/guarded/`)",
                    "service": "notes",
                    "middlewares": ["auth"],
                },
            },
            "middlewares": { "auth": { "forwardAuth": auth } },
            "services": { "notes": service(&[replica.url("http")], &json!({})) },
        });
        Self {
            traefik: Traefik::start(&routes, &[]),
            jar,
            written,
        }
    }

    /// Somebody whose session takes four cookies.
    async fn browser(&self) -> Browser {
        let mut browser = Browser::at(&self.traefik, Spoken::Http2).await;
        browser.write("open", &text_of(&self.jar, LARGEST)).await;
        browser
    }

    fn written(&self) -> String {
        digest(&self.written)
    }
}

/// Lets everybody through, and does what the address that was asked for says.
async fn check(
    State(written): State<String>,
    session: Session<Notes>,
    headers: HeaderMap,
) -> Result<Response, SessionError> {
    let asked = headers["x-forwarded-uri"].to_str().unwrap_or_default();
    if asked.ends_with("auth=writes") {
        session.update(|notes| notes.text = written)?;
    }
    if asked.ends_with("auth=other") {
        return Ok([(SET_COOKIE, "checked=yes; Path=/")].into_response());
    }
    Ok(().into_response())
}

/// What the names of a long session's cookies end with.
const ALL: [&str; 4] = ["", ".1", ".2", ".3"];
