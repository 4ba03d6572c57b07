//! Something that answers as an engine does, or as none should, over real sockets.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::task::JoinSet;

use crate::engine::host::Host;
use crate::engine::{Engine, PATIENCE};

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// `GET /v1.41/info`
    pub(crate) line: String,
    pub(crate) body: String,
}

impl Heard {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What is answered.
pub(crate) enum Reply {
    /// A status, the version in the header, and a body.
    Answer(u16, &'static str, String),
    /// The connection is cut.
    Cut,
    /// These bytes, and no more, while the connection stays.
    Raw(Vec<u8>),
}

/// Answers 200 with a body, as an engine of version 1.41.
pub(crate) fn ok(body: &(impl ToString + ?Sized)) -> Reply {
    status(200, body)
}

pub(crate) fn status(status: u16, body: &(impl ToString + ?Sized)) -> Reply {
    Reply::Answer(status, "1.41", body.to_string())
}

/// What it heard, the latest last.
pub(crate) type Record = Arc<Mutex<Vec<Heard>>>;

/// A server at a socket in a directory of its own, and a client of it.
pub(crate) struct Peer {
    pub(crate) engine: Engine,
    heard: Record,
    socket: PathBuf,
    _directory: TempDir,
    _server: JoinSet<()>,
}

impl Peer {
    /// One that answers to everything, `/version` too.
    pub(crate) fn bare(replies: impl Fn(&Heard) -> Reply + Send + Sync + 'static) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("docker.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let (heard, replies) = (Record::default(), Arc::new(replies));
        let record = Arc::clone(&heard);
        let mut server = JoinSet::new();
        server.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (record, replies) = (Arc::clone(&record), Arc::clone(&replies));
                connections.spawn(async move { serve(stream, &record, &*replies).await });
            }
        });
        Self {
            engine: Engine::new(Host::Unix(socket.clone())),
            heard,
            socket,
            _directory: directory,
            _server: server,
        }
    }

    /// One that speaks version 1.41.
    pub(crate) fn new(replies: impl Fn(&Heard) -> Reply + Send + Sync + 'static) -> Self {
        Self::bare(move |heard| match heard.line.as_str() {
            "GET /version" => ok(r#"{"ApiVersion":"1.41"}"#),
            _ => replies(heard),
        })
    }

    /// Makes the client give up sooner.
    pub(crate) fn impatient(mut self) -> Self {
        self.engine.patience = PATIENCE / 100;
        self
    }

    /// What was asked, but for the version.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        let mut heard = self.heard.lock().unwrap().clone();
        heard.retain(|it| it.line != "GET /version");
        heard
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        heard.iter().map(|it| it.line.clone()).collect()
    }

    pub(crate) fn socket(&self) -> &PathBuf {
        &self.socket
    }
}

/// Reads a question whole, and answers it.
pub(crate) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    record: &Record,
    replies: &(dyn Fn(&Heard) -> Reply + Send + Sync),
) {
    let mut read = Vec::new();
    let heard = loop {
        if let Some(heard) = whole(&read) {
            break heard;
        }
        match stream.read_buf(&mut read).await {
            Ok(1..) => {}
            _ => return,
        }
    };
    let reply = replies(&heard);
    record.lock().unwrap().push(heard);
    match reply {
        Reply::Answer(status, version, body) => {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} Whatever\r\nApi-Version: {version}\r\nContent-Length: {length}\r\n\r\n"
            );
            // The client may be gone.
            _ = stream.write_all((head + &body).as_bytes()).await;
        }
        Reply::Cut => return,
        Reply::Raw(bytes) => _ = stream.write_all(&bytes).await,
    }
    // Until the client has done with it.
    _ = stream.flush().await;
    _ = stream.read_to_end(&mut Vec::new()).await;
}

fn whole(read: &[u8]) -> Option<Heard> {
    let text = std::str::from_utf8(read).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse().unwrap())
    });
    let line = head.lines().next()?.strip_suffix(" HTTP/1.1")?;
    (body.len() >= length.unwrap_or(0)).then(|| Heard {
        line: line.into(),
        body: body.into(),
    })
}
