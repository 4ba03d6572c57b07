//! Does a `flush` end the copies of a session, if the layer is told to, and nothing else?

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use sealjar_axum::tower_sessions::{Record, SessionManagerLayer};
use sealjar_axum::{RevokeError, Revoker};
use tower_sessions::Session;

use crate::support::{Browser, Time, jar_named, ring};

#[tokio::test]
async fn a_flush_revokes_the_session_that_came_and_no_other_end_does() {
    let (sent, revoker) = recording(|| Ok(()));
    let app = app(Some(revoker));
    let mut browser = Browser::default();
    for (path, body) in [
        ("/in", "in"),
        ("/cycle", "in"),
        ("/in", "in"),
        ("/read", "in"),
    ] {
        assert_eq!(browser.go(&app, path).await.body, body, "{path}");
    }
    assert_eq!(sent.lock().unwrap().len(), 0);
    for path in ["/out", "/out-and-in"] {
        let before = sent.lock().unwrap().len();
        assert_eq!(browser.go(&app, path).await.body, "out");
        assert_eq!(sent.lock().unwrap().len(), before + 1, "{path}");
        browser.go(&app, "/in").await;
    }
    // Nobody is there to end.
    assert_eq!(Browser::default().go(&app, "/out").await.body, "out");
    assert_eq!(sent.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn what_a_handler_writes_after_a_flush_is_a_session_that_goes_on() {
    let (_, revoker) = recording(|| Ok(()));
    let app = app(Some(revoker));
    let mut browser = Browser::default();
    browser.go(&app, "/in").await;
    browser.go(&app, "/out-and-in").await;
    assert_eq!(browser.go(&app, "/read").await.body, "in");
}

#[tokio::test]
async fn the_visitor_is_logged_out_here_if_no_keeper_commits_it() {
    let (sent, revoker) = recording(|| Err(RevokeError::not_known("no answer", "look")));
    let app = app(Some(revoker));
    let mut browser = Browser::default();
    browser.go(&app, "/in").await;
    assert_eq!(browser.go(&app, "/out").await.body, "out");
    assert_eq!(browser.go(&app, "/read").await.body, "nobody");
    assert_eq!(sent.lock().unwrap().len(), 1);
}

type Sent = Arc<Mutex<Vec<sealjar::Revocation>>>;

fn recording(result: fn() -> Result<(), RevokeError>) -> (Sent, Revoker) {
    let sent = Sent::default();
    let keeper = Arc::clone(&sent);
    let revoker = Revoker::new(move |mut revocations| {
        keeper.lock().unwrap().append(&mut revocations);
        async move { result() }
    });
    (sent, revoker)
}

fn app(revoker: Option<Revoker>) -> Router {
    let jar = jar_named::<Record>(&ring(), &Time::starting(), "session");
    let mut sessions = SessionManagerLayer::new(jar);
    if let Some(revoker) = revoker {
        sessions = sessions.with_revoker(revoker);
    }
    let log_in =
        async |session: Session| session.insert("name", "ada").await.map(|()| "in").unwrap();
    let read = async |session: Session| match session.get::<String>("name").await.unwrap() {
        Some(_) => "in",
        None => "nobody",
    };
    let cycle = async |session: Session| session.cycle_id().await.map(|()| "in").unwrap();
    let log_out = async |session: Session| session.flush().await.map(|()| "out").unwrap();
    let out_and_in = async |session: Session| {
        session.flush().await.unwrap();
        session.insert("name", "bob").await.unwrap();
        "out"
    };
    Router::new()
        .route("/in", get(log_in))
        .route("/read", get(read))
        .route("/cycle", get(cycle))
        .route("/out", get(log_out))
        .route("/out-and-in", get(out_and_in))
        .layer(sessions)
}
