//! Does it work over a real socket? The other tests call the service directly.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use axum::Router;
use axum::routing::get as on_get;
use sealjar_axum::{Session, SessionLayer};

use crate::support::{Account, jar_over, ring, show, visit};

/// Sends one request as text and reads until the server closes.
fn exchange(server: SocketAddr, path: &str, cookie: &[u8]) -> (String, Vec<String>, String) {
    let mut stream = TcpStream::connect(server).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n");
    stream
        .write_all(&[head.as_bytes(), b"Cookie: ", cookie, b"\r\n\r\n"].concat())
        .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().to_owned();
    let set = lines
        .filter_map(|it| it.strip_prefix("set-cookie: "))
        .map(str::to_owned)
        .collect();
    (status, set, body.to_owned())
}

async fn serve(app: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_travels_over_real_http_between_two_replicas() {
    let ring = ring();
    let app = || {
        Router::new()
            .route("/visit", on_get(visit))
            .route("/show", on_get(show))
            .route(
                "/leave",
                on_get(|it: Session<Account>| async move { it.purge() }),
            )
            .layer(SessionLayer::new(jar_over::<Account>(&ring)))
    };
    let servers = [serve(app()).await, serve(app()).await];
    tokio::task::spawn_blocking(move || {
        let mut cookie = String::from("a=b");
        for count in 1..=6 {
            let (status, set, body) = exchange(servers[count % 2], "/visit", cookie.as_bytes());
            assert_eq!(
                (status.as_str(), body),
                ("HTTP/1.1 200 OK", format!("visit {count}"))
            );
            assert_eq!(set.len(), 1);
            assert!(set[0].starts_with("__Host-Http-session=") && set[0].contains("; HttpOnly"));
            cookie = set[0].split(';').next().unwrap().to_owned();
        }
        // Bytes that are not text, as they come over a socket.
        let hostile = [b"x=\xFF\xFE\x80; ", cookie.as_bytes()].concat();
        let (_, set, body) = exchange(servers[0], "/show", &hostile);
        assert!(body.contains("visits: 6") && set.is_empty());
        let (_, set, _) = exchange(servers[1], "/leave", cookie.as_bytes());
        assert_eq!(set.len(), 2);
        assert!(set[0].contains("; Max-Age=0") && set[1].starts_with("__Host-Http-session.out="));
    })
    .await
    .unwrap();
}
