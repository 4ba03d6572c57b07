//! How is one question asked over HTTP?

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use sealjar_follow::{ANSWER_LEN, AnswerError, Parts};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Why a question brought nothing.
#[derive(Debug)]
pub(super) enum AskError {
    Answer(AnswerError),
    /// The keeper has too much to do, or cannot read its store. It may say when to come back.
    Busy(Option<Duration>),
    NotAdmitted,
    OtherRing,
    /// A relay, where a keeper should be.
    Relay,
    Status(StatusCode),
    /// Nothing came: what the operating system or the connection says.
    Unreachable(String),
}

impl AskError {
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Answer(error) => error.to_string(),
            Self::Busy(_) => "the keeper cannot answer now".into(),
            Self::NotAdmitted => "the keeper does not take the delivery key".into(),
            Self::OtherRing => "the keeper keeps a ring of another name".into(),
            Self::Relay => "what answers is another replica, and no keeper".into(),
            Self::Status(status) => format!("it answers with {status}"),
            Self::Unreachable(error) => error.clone(),
        }
    }

    pub(super) const fn hint(&self) -> &'static str {
        match self {
            Self::Answer(error) => error.hint(),
            Self::Busy(_) => "see the log of the keeper; it is asked again",
            Self::NotAdmitted => {
                "mount the delivery key that belongs to the keeper's speaker key, and check the \
                 ring's name"
            }
            Self::OtherRing => "name the ring as `sealjar status` does",
            Self::Relay => "name the keepers, and other replicas as relays",
            Self::Status(_) => "check the address: it should be that of `sealjar run --serve`",
            Self::Unreachable(_) => {
                "check the address, and that the keeper runs with --serve; it is asked again"
            }
        }
    }
}

/// Asks a keeper, and returns the bytes of its answer.
pub(super) async fn ask(
    keeper: SocketAddr,
    authority: &str,
    ring: &str,
    question: Vec<u8>,
    patience: Duration,
) -> Result<Bytes, AskError> {
    let asked = timeout(patience, exchange(keeper, authority, ring, question)).await;
    asked.unwrap_or_else(|_| Err(AskError::Unreachable("there was no answer in time".into())))
}

async fn exchange(
    keeper: SocketAddr,
    authority: &str,
    ring: &str,
    question: Vec<u8>,
) -> Result<Bytes, AskError> {
    let broken = |error: &dyn std::error::Error| AskError::Unreachable(error.to_string());
    let connected = timeout(CONNECTING, TcpStream::connect(keeper)).await;
    let stream = connected
        .map_err(|error| broken(&error))?
        .map_err(|error| broken(&error))?;
    let shaken = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(|error| broken(&error))?;
    // Ends with this question, whatever comes of it.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let request = Request::post(format!("/v1/rings/{ring}/ask"))
        .header(header::HOST, authority)
        .body(Full::new(Bytes::from(question)))
        .map_err(|error| broken(&error))?;
    let answer = sender.send_request(request).await;
    let (head, body) = answer.map_err(|error| broken(&error))?.into_parts();
    match head.status {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED => return Err(AskError::NotAdmitted),
        StatusCode::NOT_FOUND => return Err(AskError::OtherRing),
        StatusCode::SERVICE_UNAVAILABLE => {
            let after = head.headers.get(header::RETRY_AFTER);
            let seconds = after.and_then(|it| it.to_str().ok()?.parse().ok());
            return Err(AskError::Busy(seconds.map(Duration::from_secs)));
        }
        status => return Err(AskError::Status(status)),
    }
    let body = Limited::new(body, ANSWER_LEN + Parts::MAX_LEN).collect();
    let body = body.await.map_err(|error| broken(&*error))?;
    Ok(body.to_bytes())
}

const CONNECTING: Duration = Duration::from_secs(5);
