//! Servers that answer, hang up or are dead, and what each request comes to.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use sealjar_tests::traefik::Traefik;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::wire::{Spoken, Wire};

/// Replicas that answer, or hang up.
pub(crate) struct Site {
    addresses: Vec<SocketAddr>,
    /// How often each form arrived, at any of them.
    arrived: Arc<Mutex<HashMap<String, u32>>>,
}

#[derive(Clone, Copy)]
pub(crate) enum Does {
    Answer,
    /// It reads the request, and closes the connection.
    HangUp,
}

/// What came of some requests.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) answered: usize,
    /// Of those that were answered.
    pub(crate) slowest: Duration,
    pub(crate) failed: HashMap<StatusCode, usize>,
    pub(crate) unanswered: usize,
}

impl Site {
    pub(crate) async fn of(replicas: &[Does]) -> Self {
        let arrived = Arc::default();
        let mut addresses = Vec::new();
        for does in replicas {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            addresses.push(listener.local_addr().unwrap());
            tokio::spawn(serve(listener, *does, Arc::clone(&arrived)));
        }
        Self { addresses, arrived }
    }

    pub(crate) fn servers(&self) -> Vec<String> {
        let urls = self.addresses.iter().map(|it| format!("http://{it}"));
        urls.collect()
    }

    /// Sends so many requests, each of its own, some of them at once.
    pub(crate) async fn send(
        &self,
        traefik: &Traefik,
        method: &Method,
        many: usize,
        at_once: usize,
    ) -> Sent {
        self.arrived.lock().unwrap().clear();
        let requests = (0..many).map(|number| async move {
            let request = Request::builder().method(method).uri(format!("/{number}"));
            let request = request.body(Full::from(FORM)).unwrap();
            let mut wire = Wire::to(traefik, Spoken::Http1).await;
            let begun = Instant::now();
            let answer = timeout(PATIENCE, wire.send(request)).await;
            let status = answer.ok().flatten().map(|it| it.status);
            (status, begun.elapsed())
        });
        let mut sent = Sent::default();
        let mut answers = stream::iter(requests).buffer_unordered(at_once);
        while let Some((status, took)) = answers.next().await {
            match status {
                None => sent.unanswered += 1,
                Some(StatusCode::OK) => {
                    sent.answered += 1;
                    sent.slowest = sent.slowest.max(took);
                }
                Some(status) => *sent.failed.entry(status).or_default() += 1,
            }
        }
        sent
    }

    pub(crate) fn arrived(&self) -> HashMap<String, u32> {
        self.arrived.lock().unwrap().clone()
    }

    /// Each request has arrived at one replica, one time.
    pub(crate) fn assert_once(&self, sent: usize) {
        let arrived = self.arrived();
        assert_eq!(arrived.len(), sent, "{arrived:?}");
        assert!(arrived.values().all(|times| *times == 1), "{arrived:?}");
    }
}

/// Takes one request of each connection.
async fn serve(listener: TcpListener, does: Does, arrived: Arc<Mutex<HashMap<String, u32>>>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let arrived = Arc::clone(&arrived);
        tokio::spawn(async move {
            let mut read = Vec::new();
            let mut part = [0; 4096];
            while !is_whole(&read) {
                match stream.read(&mut part).await {
                    // Traefik opens connections that it does not need after all.
                    Ok(0) | Err(_) => return,
                    Ok(length) => read.extend_from_slice(&part[..length]),
                }
            }
            let text = String::from_utf8(read).unwrap();
            let path = text.split(' ').nth(1).unwrap().to_owned();
            if path != HEALTH {
                *arrived.lock().unwrap().entry(path).or_default() += 1;
            }
            if matches!(does, Does::Answer) {
                let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                _ = stream.write_all(answer.as_bytes()).await;
            }
        });
    }
}

/// Whether a request is there to its end: a form, or what has no body.
fn is_whole(read: &[u8]) -> bool {
    let text = String::from_utf8_lossy(read);
    let is_form = text.to_lowercase().contains("\r\ncontent-length: ");
    let body = text.split_once("\r\n\r\n").map(|(_, body)| body);
    body == Some(if is_form { FORM } else { "" })
}

/// An address whose packets are dropped: the queue of its listener is full, and nobody takes from
/// it.
pub(crate) struct Swallowing {
    address: SocketAddr,
    _listener: TcpListener,
    _queued: Vec<TcpStream>,
}

impl Swallowing {
    pub(crate) async fn address() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queued = Vec::new();
        while let Ok(taken) = timeout(Duration::from_secs(2), TcpStream::connect(address)).await {
            queued.push(taken.unwrap());
            assert!(queued.len() < 10, "it takes connections");
        }
        Self {
            address,
            _listener: listener,
            _queued: queued,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

const FORM: &str = "good=jar";
const HEALTH: &str = "/healthz";
/// How long a visitor waits.
const PATIENCE: Duration = Duration::from_secs(6);
