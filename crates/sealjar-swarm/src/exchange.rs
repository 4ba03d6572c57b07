//! How is one question asked over HTTP, and was it sent when no answer came?

use std::error::Error;
use std::fmt;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

/// Asks over a connection that nobody else uses, and reads the answer, of at most `limit` bytes.
pub async fn exchange<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    limit: usize,
) -> Result<Response<Bytes>, Broken>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let shaken = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(|error| Broken::new(false, error))?;
    // Ends with this question, whatever comes of it.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let answer = sender.try_send_request(request).await;
    let (head, body) = answer
        .map_err(|mut error| Broken::new(error.take_message().is_none(), error.into_error()))?
        .into_parts();
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(Response::from_parts(head, body.to_bytes())),
        Err(error) => Err(Broken { sent: true, error }),
    }
}

/// Why no answer came.
#[derive(Debug)]
pub struct Broken {
    /// Whether any of the question may have been received.
    pub sent: bool,
    pub error: Box<dyn Error + Send + Sync>,
}

impl Broken {
    fn new(sent: bool, error: hyper::Error) -> Self {
        Self {
            sent,
            error: error.into(),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error)?;
        let mut cause = self.error.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
