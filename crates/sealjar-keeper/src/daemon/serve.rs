//! Serves a keeper's health to anybody who asks, without letting them use up what the keeper needs
//! to work.
//!
//! A connection has one request and ten seconds. Of more than 64 at once the oldest gives way, so
//! a client that holds connections open blocks neither the keeper's files nor a health check.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// A task that ends with its handle.
#[derive(Debug)]
pub(super) struct Task(JoinHandle<()>);

impl Task {
    pub(super) fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(work))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Serves pages until it is dropped.
pub(super) async fn serve(listener: TcpListener, pages: Router) {
    let pages = TowerToHyperService::new(pages);
    let mut connections: VecDeque<Task> = VecDeque::new();
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            // The process has no descriptor left, or the other end is gone already.
            sleep(BREATH).await;
            continue;
        };
        connections.retain(|it| !it.0.is_finished());
        if connections.len() >= MOST {
            connections.pop_front();
        }
        connections.push_back(Task::spawn(answer(stream, Peer(peer.ip()), pages.clone())));
    }
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

async fn answer(stream: TcpStream, peer: Peer, pages: TowerToHyperService<Router>) {
    let pages = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        pages.call(request)
    });
    let mut server = http1::Builder::new();
    let connection = server
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), pages);
    // The client gets no other answer, whatever came of this one.
    _ = timeout(PATIENCE, connection).await;
}

const MOST: usize = 64;
const PATIENCE: Duration = Duration::from_secs(10);
const BREATH: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::Instant;

    use super::*;

    async fn begin() -> (TcpListener, std::net::SocketAddr, Router) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let pages = Router::new().route("/livez", get(async || "alive"));
        (listener, address, pages)
    }

    async fn ask(address: std::net::SocketAddr) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    /// Asks a server that would keep the connection.
    async fn ask_once(address: std::net::SocketAddr) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    /// How many of so many idle connections are still open once another has been answered.
    async fn kept_open(address: std::net::SocketAddr, count: usize) -> usize {
        let mut idle = Vec::new();
        for _ in 0..count {
            idle.push(slow_request(address).await);
        }
        let answer = ask_once(address).await;
        assert!(answer.ends_with("alive"), "{answer}");
        let mut open = 0;
        for mut stream in idle {
            let mut byte = [0; 1];
            let read = timeout(Duration::from_millis(20), stream.read(&mut byte)).await;
            open += usize::from(read.is_err());
        }
        open
    }

    #[tokio::test]
    async fn idle_connections_give_way_to_those_that_ask() {
        let (listener, address, pages) = begin().await;
        let _server = Task::spawn(serve(listener, pages));
        let open = kept_open(address, 100).await;
        assert!(open < MOST, "{open}");
        assert!(open > MOST / 2, "not more than have to: {open}");
    }

    /// The negative control: a server without a limit keeps them all.
    #[tokio::test]
    async fn idle_connections_of_a_server_without_a_limit_stay() {
        let (listener, address, pages) = begin().await;
        let _server = Task::spawn(async {
            _ = axum::serve(listener, pages).await;
        });
        assert_eq!(kept_open(address, 100).await, 100);
    }

    /// Begins a request, and never ends it.
    async fn slow_request(address: std::net::SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /livez HTT").await.unwrap();
        stream
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_never_ends_has_ten_seconds() {
        let (listener, address, pages) = begin().await;
        let _server = Task::spawn(serve(listener, pages));
        let mut slow = slow_request(address).await;
        let begun = Instant::now();
        assert_eq!(slow.read(&mut [0; 1]).await.unwrap_or(0), 0);
        assert_eq!(begun.elapsed().as_secs(), PATIENCE.as_secs());
    }

    /// The negative control: axum's own server waits for ever.
    #[tokio::test(start_paused = true)]
    async fn without_a_limit_a_request_that_never_ends_stays() {
        let (listener, address, pages) = begin().await;
        let _server = Task::spawn(async {
            _ = axum::serve(listener, pages).await;
        });
        let mut slow = slow_request(address).await;
        assert!(ask_once(address).await.ends_with("alive"));
        let read = timeout(100 * PATIENCE, slow.read(&mut [0; 1])).await;
        assert!(read.is_err(), "{read:?}");
    }

    #[tokio::test]
    async fn a_connection_has_one_request_and_ends_with_its_server() {
        let (listener, address, pages) = begin().await;
        let server = Task::spawn(serve(listener, pages));
        let answer = ask(address).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let mut idle = TcpStream::connect(address).await.unwrap();
        assert!(ask(address).await.ends_with("alive"));
        drop(server);
        assert_eq!(idle.read(&mut [0; 1]).await.unwrap_or(0), 0);
    }
}
