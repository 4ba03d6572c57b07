//! How is a keeper that runs in another process?

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use http::{Request, Response, StatusCode, header, request};
use http_body_util::Full;
use hyper::body::Bytes;
use tokio::net::TcpStream;
use tokio::time::timeout;

use sealjar_follow::Instance;
use sealjar_keeper::__program::{FORGET, HINT};
use sealjar_swarm::exchange::exchange;

/// What a keeper is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Question {
    /// Which replicas ask it.
    Replicas,
    /// Whether it takes its turns. One that does is not helped by a new start.
    Alive,
    /// Whether all is well.
    Well,
}

impl Question {
    const fn path(self) -> &'static str {
        match self {
            Self::Alive => "/livez",
            Self::Replicas => "/replicas",
            Self::Well => "/healthz",
        }
    }
}

/// Asks the keeper that serves its health at an address, and returns what it says when the answer
/// is yes.
///
/// Waits for at most 5 seconds. It asks loopback if the address means all of a machine's (0.0.0.0).
///
/// # Errors
/// [`ProbeError::Unwell`] when it says why not, another one when nothing or something else answers.
pub(crate) async fn probe(address: SocketAddr, question: Question) -> Result<String, ProbeError> {
    let address = reachable(address);
    match timeout(PATIENCE, ask(address, question.path())).await {
        Ok(answer) => answer,
        Err(_) => Err(ProbeError::Silent {
            address,
            error: io::ErrorKind::TimedOut.into(),
        }),
    }
}

/// Asks the keeper at an address to wait for a replica no longer.
///
/// # Errors
/// As [`probe`], and [`ProbeError::Unheard`] if it does not know the replica.
pub(crate) async fn forget(address: SocketAddr, instance: Instance) -> Result<(), ProbeError> {
    let address = reachable(address);
    let path = format!("/replicas/{instance}/forget");
    let request = Request::post(&path).header(FORGET, "yes");
    let asked = timeout(PATIENCE, send(address, request)).await;
    let answer = asked.map_err(|_| ProbeError::Silent {
        address,
        error: io::ErrorKind::TimedOut.into(),
    })??;
    match answer.status() {
        StatusCode::NO_CONTENT => Ok(()),
        StatusCode::NOT_FOUND => Err(ProbeError::Unheard { address }),
        status => Err(ProbeError::Foreign {
            address,
            reason: format!("it answers {path} with {status}"),
        }),
    }
}

/// Why a keeper is not known to be well.
#[derive(Debug)]
pub(crate) enum ProbeError {
    /// Something else than a keeper answers.
    Foreign {
        /// Where.
        address: SocketAddr,
        /// What is strange about it.
        reason: String,
    },
    /// Nothing answers.
    Silent {
        /// Where.
        address: SocketAddr,
        /// What the operating system says.
        error: io::Error,
    },
    /// It does not follow what was asked about.
    Unheard {
        /// Where.
        address: SocketAddr,
    },
    /// What answers there says that it is not well. It may be another program: these are its words.
    Unwell {
        /// Where.
        address: SocketAddr,
        /// Why not.
        message: String,
        /// What it says to do about that.
        hint: Option<String>,
    },
}

impl ProbeError {
    /// Returns a word for it.
    #[must_use]
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Foreign { .. } => "foreign",
            Self::Silent { .. } => "silent",
            Self::Unheard { .. } => "unheard",
            Self::Unwell { .. } => "unwell",
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub(crate) fn hint(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Foreign { .. } => {
                "see what listens there, or name the keeper's address with --listen"
            }
            Self::Silent { .. } => {
                "`sealjar run` starts a keeper; --listen names its address when that is another one"
            }
            Self::Unheard { .. } => "`sealjar replicas` lists those that it knows",
            Self::Unwell {
                address,
                hint: Some(hint),
                ..
            } => return format!("{address} answers: {hint}").into(),
            Self::Unwell { hint: None, .. } => "see what the keeper logs",
        })
    }
}

impl fmt::Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign { address, reason } => write!(f, "{address} is no keeper: {reason}"),
            Self::Silent { address, error } => write!(f, "no keeper answers at {address}: {error}"),
            Self::Unheard { address } => {
                write!(f, "the keeper at {address} knows no such replica")
            }
            Self::Unwell {
                address, message, ..
            } => write!(f, "{address} answers: {message}"),
        }
    }
}

/// The message has the cause, so that it is printed once.
impl std::error::Error for ProbeError {}

async fn ask(address: SocketAddr, path: &str) -> Result<String, ProbeError> {
    let foreign = |reason: String| ProbeError::Foreign { address, reason };
    let answer = send(address, Request::get(path)).await?;
    let text = String::from_utf8_lossy(answer.body());
    let text = text.trim();
    match answer.status() {
        StatusCode::OK => Ok(text.into()),
        StatusCode::SERVICE_UNAVAILABLE => {
            let (message, hint) = match text.split_once(HINT) {
                Some((message, hint)) => (message, Some(hint.into())),
                None => (text, None),
            };
            Err(ProbeError::Unwell {
                address,
                message: message.into(),
                hint,
            })
        }
        StatusCode::NOT_FOUND if path == Question::Replicas.path() => Err(foreign(
            "it answers no replicas: it runs without --serve".into(),
        )),
        status => Err(foreign(format!("it answers {path} with {status}"))),
    }
}

async fn send(
    address: SocketAddr,
    request: request::Builder,
) -> Result<Response<Bytes>, ProbeError> {
    let foreign = |reason: String| ProbeError::Foreign { address, reason };
    let stream = TcpStream::connect(address).await;
    let stream = stream.map_err(|error| ProbeError::Silent { address, error })?;
    let request = request
        .header(header::HOST, address.to_string())
        .body(Full::default())
        .map_err(|error| foreign(error.to_string()))?;
    let answer = exchange(stream, request, LONGEST_ANSWER).await;
    answer.map_err(|error| foreign(error.to_string()))
}

fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// What separates an error from its hint.
const PATIENCE: Duration = Duration::from_secs(5);
/// 4096 replicas with long names.
const LONGEST_ANSWER: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_stands_for_all_of_a_machine_is_asked_on_loopback() {
        for (given, asked) in [
            ("0.0.0.0:9464", "127.0.0.1:9464"),
            ("[::]:9464", "[::1]:9464"),
            ("10.0.0.1:80", "10.0.0.1:80"),
            ("127.0.0.2:80", "127.0.0.2:80"),
        ] {
            let address: SocketAddr = given.parse().unwrap();
            assert_eq!(reachable(address).to_string(), asked);
        }
    }
}
