//! How does a question reach the engine, and what if that breaks on the way?

use std::error::Error;
use std::io;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use hyper::{Request, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use sealjar::Timestamp;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls;
use zeroize::Zeroizing;

use crate::engine::classify;
use crate::engine::error::EngineError;
use crate::engine::host::Host;
use crate::engine::operation::Operation;
use crate::engine::version::ApiVersion;
use crate::exchange::exchange;

/// What came back.
pub(super) struct Answer {
    /// The version of its API that the engine speaks.
    pub(super) version: Option<ApiVersion>,
    /// What its clock showed.
    pub(super) date: Option<Timestamp>,
    pub(super) value: Result<Value, EngineError>,
}

/// Asks over a connection of its own. `body` is wiped when it was sent.
pub(super) async fn ask(
    host: &Host,
    path: &str,
    operation: &Operation,
    body: Zeroizing<Vec<u8>>,
    patience: Duration,
) -> Result<Answer, EngineError> {
    let deadline = Instant::now() + patience;
    let connected = timeout_at(deadline, connect(host)).await;
    let stream = connected
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        .map_err(|error| unreached(host, error))?;
    let request = Request::builder()
        .method(operation.method())
        .uri(path)
        .header(header::HOST, host.authority())
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from_owner(body)))
        .map_err(|error| operation.undone(error.to_string()))?;
    let answer = match timeout_at(deadline, exchange(stream, request, LONGEST_ANSWER)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(broken)) => match alert(&*broken.error) {
            Some(alert) => return Err(denied(host, alert)),
            None if broken.sent => return Err(operation.unanswered(broken.to_string())),
            None => return Err(operation.undone(broken.to_string())),
        },
        Err(_) => {
            let seconds = patience.as_secs_f32();
            return Err(operation.unanswered(format!("no answer within {seconds} s")));
        }
    };
    let (head, body) = answer.into_parts();
    let version = head.headers.get("api-version");
    let version = version.and_then(|version| version.to_str().ok()?.parse().ok());
    let date = head.headers.get(header::DATE).and_then(date);
    let value = if !head.status.is_success() {
        Err(classify::refusal(operation, head.status, &body))
    } else if body.is_empty() {
        Ok(Value::Null)
    } else {
        serde_json::from_slice(&body)
            .map_err(|error| operation.unanswered(format!("the answer is no JSON: {error}")))
    };
    Ok(Answer {
        version,
        date,
        value,
    })
}

/// Reads a time as HTTP writes it: `Mon, 30 Nov 2026 10:47:17 GMT`.
fn date(value: &HeaderValue) -> Option<Timestamp> {
    let date = OffsetDateTime::parse(value.to_str().ok()?, &Rfc2822).ok()?;
    let unix = u64::try_from(date.unix_timestamp()).ok()?;
    Timestamp::from_unix(unix).ok()
}

/// Escapes what one part of a path, or a query, may not contain.
pub(super) fn segment(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, ESCAPED)
}

async fn connect(host: &Host) -> io::Result<Box<dyn Stream>> {
    match host {
        Host::Unix(path) => Ok(Box::new(UnixStream::connect(path).await?)),
        Host::Tcp(host) => {
            let stream = TcpStream::connect((host.name(), host.port())).await?;
            match host.tls() {
                None => Ok(Box::new(stream)),
                Some((config, name)) => {
                    let connector = TlsConnector::from(config);
                    Ok(Box::new(connector.connect(name, stream).await?))
                }
            }
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

fn unreached(host: &Host, error: io::Error) -> EngineError {
    let of_tls = error
        .get_ref()
        .is_some_and(|error| error.is::<rustls::Error>());
    match error.kind() {
        io::ErrorKind::PermissionDenied => denied(host, error),
        _ if of_tls => denied(host, error),
        _ => EngineError::NoEngine {
            host: host.to_string(),
            error,
        },
    }
}

fn denied(host: &Host, error: io::Error) -> EngineError {
    EngineError::Denied {
        host: host.to_string(),
        error,
    }
}

/// Finds what the other side of TLS has said. It says that a certificate is not good when the
/// question has left already, and has read none of it then.
fn alert(error: &(dyn Error + 'static)) -> Option<io::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        let tls = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(alert @ rustls::Error::AlertReceived(_)) = tls {
            return Some(io::Error::new(io::ErrorKind::InvalidData, alert.clone()));
        }
        cause = error.source();
    }
    None
}

/// Some hundred services with long specs, and all of their tasks.
pub(super) const LONGEST_ANSWER: usize = 64 << 20;
const USER_AGENT: &str = concat!("sealjar-keeper/", env!("CARGO_PKG_VERSION"));
/// All but what RFC 3986 section 2.3 leaves as it is.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_an_answer_is_read_and_what_is_none_is_not() {
        let read = |text: &'static str| date(&HeaderValue::from_static(text));
        let told = read("Mon, 30 Nov 2026 10:47:17 GMT");
        assert_eq!(told, "2026-11-30T10:47:17Z".parse().ok());
        for text in ["", "now", "Mon, 30 Nov 1970 10:47:17 GMT"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
