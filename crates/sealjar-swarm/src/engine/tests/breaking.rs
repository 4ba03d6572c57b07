//! What has happened when no answer came, or none that can be read?

use std::fs;
use std::io::ErrorKind;

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use serde_json::json;

use super::peer::{Peer, Reply, ok, status};
use crate::engine::host::Host;
use crate::engine::wire::LONGEST_ANSWER;
use crate::engine::{Engine, EngineError, Kind, Labels};
use crate::exchange::exchange;

/// Asks to read and to write, and checks that the first is known to have done nothing and the
/// second may have done something.
async fn is_ambiguous(peer: &Peer, reason: &str) {
    let read = peer.engine.services().await.unwrap_err();
    let EngineError::Unavailable {
        operation,
        reason: said,
    } = &read
    else {
        panic!("{read:?}");
    };
    assert_eq!(operation, "read the services");
    assert!(said.contains(reason), "{said}");
    let written = [
        peer.engine.update_service("web", 1, &json!({})).await,
        peer.engine.remove(Kind::Secret, "web").await,
        peer.engine
            .create(Kind::Secret, "web", &Labels::new(), SECRET)
            .await
            .map(drop),
    ];
    for outcome in written {
        let error = outcome.unwrap_err();
        let EngineError::Unknown { reason: said, .. } = &error else {
            panic!("{error:?}");
        };
        assert!(said.contains(reason), "{said}");
        let shown = format!("{error} {error:?} {}", error.hint());
        assert!(!shown.contains("c2VhbGphci"), "{shown}");
        assert!(!shown.contains("sealjar-key-1"), "{shown}");
    }
}

#[tokio::test]
async fn no_answer_in_time_leaves_it_open_what_was_done() {
    let peer = Peer::new(|_| Reply::Raw(Vec::new())).impatient();
    is_ambiguous(&peer, "no answer within 0.25 s").await;
}

#[tokio::test]
async fn an_answer_that_stops_halfway_leaves_it_open() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"ID\":";
    let peer = Peer::new(|_| Reply::Raw(head.into())).impatient();
    is_ambiguous(&peer, "no answer within 0.25 s").await;
}

#[tokio::test]
async fn a_connection_that_is_cut_once_the_question_was_sent_leaves_it_open() {
    let peer = Peer::new(|_| Reply::Cut);
    is_ambiguous(&peer, "connection closed").await;
}

#[tokio::test]
async fn whatever_is_no_http_leaves_it_open() {
    let peer = Peer::new(|_| Reply::Raw(b"SSH-2.0-OpenSSH_9.6\r\n".into()));
    is_ambiguous(&peer, "HTTP").await;
}

#[tokio::test]
async fn whatever_is_no_json_leaves_it_open() {
    for body in ["<html>", "{\"ID\":", "{} {}"] {
        let peer = Peer::new(move |_| ok(body));
        is_ambiguous(&peer, "the answer is no JSON").await;
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_it() {
    let peer = Peer::new(|_| ok(&" ".repeat(LONGEST_ANSWER + 1)));
    let error = peer.engine.tasks().await.unwrap_err();
    assert!(
        error.to_string().contains("length limit exceeded"),
        "{error}"
    );
    // The longest that may come does.
    let peer = Peer::new(|_| ok(&(" ".repeat(LONGEST_ANSWER - 2) + "[]")));
    assert!(peer.engine.tasks().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_error_of_the_engine_itself_leaves_it_open() {
    // Both were seen: the first had been committed, the second had not.
    for message in ["raft: lost leader", "context deadline exceeded"] {
        let message = format!("rpc error: code = Unknown desc = {message}");
        let peer = Peer::new(move |_| status(500, &json!({ "message": message })));
        is_ambiguous(&peer, "(500)").await;
    }
    // The leader may have had it before the connection to it was lost.
    let message = "rpc error: code = Unavailable desc = transport is closing";
    let peer = Peer::new(move |_| status(503, &json!({ "message": message })));
    is_ambiguous(&peer, "transport is closing (503)").await;
}

#[tokio::test]
async fn what_was_certainly_not_sent_was_certainly_not_done() {
    let (ours, theirs) = tokio::io::duplex(1024);
    drop(theirs);
    let request = Request::post("/").body(Full::new(Bytes::from_static(b"x")));
    let broken = exchange(ours, request.unwrap(), 10).await.unwrap_err();
    assert!(!broken.sent, "{broken}");
}

#[tokio::test]
async fn a_socket_that_nobody_listens_at_is_named() {
    let peer = Peer::new(|_| ok("{}"));
    let socket = peer.socket().clone();
    let elsewhere = socket.with_extension("other");
    let hosts = [
        (socket.clone(), ErrorKind::ConnectionRefused),
        (elsewhere, ErrorKind::NotFound),
    ];
    drop(peer);
    fs::create_dir_all(socket.parent().unwrap()).unwrap();
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    for (socket, kind) in hosts {
        let engine = Engine::new(Host::Unix(socket.clone()));
        let failed = engine.update_service("web", 1, &json!({})).await;
        match failed.unwrap_err() {
            EngineError::NoEngine { host, error } => {
                assert_eq!(host, format!("unix://{}", socket.display()));
                assert_eq!(error.kind(), kind);
            }
            error => panic!("{error:?}"),
        }
    }
}

const SECRET: &[u8] = b"sealjar-key-1_this-is-one";
