//! Why do `DOCKER_HOST` and `DOCKER_CERT_PATH` name no engine?

use std::fmt;
use std::path::PathBuf;

/// Why `DOCKER_HOST` and `DOCKER_CERT_PATH` name no engine.
#[non_exhaustive]
pub enum HostError {
    /// A certificate or a key cannot be used.
    Certificate {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Another machine, without TLS: anyone in between could read the ring and own the cluster.
    Plain {
        /// What `DOCKER_HOST` says.
        host: String,
    },
    /// A scheme that is not spoken.
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// No host at all.
    Unreadable {
        /// What `DOCKER_HOST` says.
        host: String,
        /// What is wrong.
        reason: &'static str,
    },
}

impl HostError {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Certificate { .. } => {
                "DOCKER_CERT_PATH names a directory with ca.pem, cert.pem and key.pem, in PEM, the key \
                 without a pass phrase"
            }
            Self::Plain { .. } => {
                "set DOCKER_CERT_PATH to the directory with ca.pem, cert.pem and key.pem, or run the \
                 keeper on that machine"
            }
            Self::Scheme { .. } => {
                "use unix:///path/of.sock, or tcp://host:2376 with DOCKER_CERT_PATH; for an engine \
                 behind ssh run the keeper there"
            }
            Self::Unreadable { .. } => {
                "write unix:///var/run/docker.sock or tcp://host:2376, or leave DOCKER_HOST unset"
            }
        }
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate { path, reason } => write!(f, "{}: {reason}", path.display()),
            Self::Plain { host } => write!(
                f,
                "DOCKER_HOST {host} is another machine, and there are no certificates for TLS"
            ),
            Self::Scheme { scheme } => {
                write!(
                    f,
                    "DOCKER_HOST has the scheme {scheme}://, which is not spoken"
                )
            }
            Self::Unreadable { host, reason } => {
                write!(f, "DOCKER_HOST \"{host}\" names no engine: {reason}")
            }
        }
    }
}

sealjar::__debug_as_report!(HostError, hint);

impl std::error::Error for HostError {}
