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
    let connection = Connection::open(keeper).await;
    let connection = connection.map_err(AskError::Unreachable)?;
    let path = format!("/v1/rings/{ring}/ask");
    let most = ANSWER_LEN + Parts::MAX_LEN;
    let reply = connection.post(authority, &path, question, most).await;
    let reply = reply.map_err(AskError::Unreachable)?;
    match reply.status {
        StatusCode::OK => Ok(reply.body),
        StatusCode::UNAUTHORIZED => Err(AskError::NotAdmitted),
        StatusCode::NOT_FOUND => Err(AskError::OtherRing),
        StatusCode::SERVICE_UNAVAILABLE => Err(AskError::Busy(reply.retry_after)),
        status => Err(AskError::Status(status)),
    }
}

/// A connection to a keeper, for one request.
pub(super) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    /// Ends with the request, whatever comes of it.
    _driver: JoinSet<hyper::Result<()>>,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    retry_after: Option<Duration>,
    pub(super) body: Bytes,
}

impl Connection {
    /// Connects. Nothing of the request is sent yet.
    pub(super) async fn open(keeper: SocketAddr) -> Result<Self, String> {
        let connected = timeout(CONNECTING, TcpStream::connect(keeper)).await;
        let stream = connected.map_err(|error| error.to_string())?;
        let stream = stream.map_err(|error| error.to_string())?;
        let shaken = http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = shaken.map_err(|error| error.to_string())?;
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        Ok(Self {
            sender,
            _driver: driver,
        })
    }

    /// Sends the request, and reads a reply of at most so many bytes. Only one of status 200 is
    /// read at all.
    pub(super) async fn post(
        mut self,
        authority: &str,
        path: &str,
        body: Vec<u8>,
        most: usize,
    ) -> Result<Reply, String> {
        let request = Request::post(path)
            .header(header::HOST, authority)
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| error.to_string())?;
        let reply = self.sender.send_request(request).await;
        let (head, body) = reply.map_err(|error| error.to_string())?.into_parts();
        let after = head.headers.get(header::RETRY_AFTER);
        let seconds = after.and_then(|it| it.to_str().ok()?.parse().ok());
        let mut reply = Reply {
            status: head.status,
            retry_after: seconds.map(Duration::from_secs),
            body: Bytes::new(),
        };
        if reply.status == StatusCode::OK {
            let body = Limited::new(body, most).collect().await;
            reply.body = body.map_err(|error| error.to_string())?.to_bytes();
        }
        Ok(reply)
    }
}

const CONNECTING: Duration = Duration::from_secs(5);
