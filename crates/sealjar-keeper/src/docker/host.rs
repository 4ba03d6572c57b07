//! Where is the engine, as `DOCKER_HOST` and `DOCKER_CERT_PATH` say it?

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::uri::Authority;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};

/// Where an engine is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Host {
    /// On another machine over TLS, or on this one.
    Tcp(TcpHost),
    /// At a socket of this machine.
    Unix(PathBuf),
}

impl Host {
    /// Reads `DOCKER_HOST`, by default `unix:///var/run/docker.sock`, and for `tcp://` the directory in
    /// `DOCKER_CERT_PATH` with `ca.pem`, `cert.pem` and `key.pem`.
    ///
    /// # Errors
    /// [`HostError`] when they name no engine that can be spoken to.
    ///
    /// # Security
    /// With certificates the engine's own is always verified, whatever `DOCKER_TLS_VERIFY` says. Without
    /// them only this machine is spoken to.
    pub fn from_env() -> Result<Self, HostError> {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let host = set("DOCKER_HOST").unwrap_or_else(|| DEFAULT.into());
        let certificates = set("DOCKER_CERT_PATH").map(PathBuf::from);
        match host.to_str() {
            Some(host) => Self::parse(host, certificates.as_deref()),
            None => Err(HostError::Unreadable {
                host: host.to_string_lossy().into_owned(),
                reason: "it is no UTF-8",
            }),
        }
    }

    /// Reads what `DOCKER_HOST` may say.
    ///
    /// # Errors
    /// [`HostError`] when it names no engine that can be spoken to.
    pub fn parse(host: &str, certificates: Option<&Path>) -> Result<Self, HostError> {
        let unreadable = |reason| HostError::Unreadable {
            host: host.into(),
            reason,
        };
        match host.split_once("://") {
            Some(("unix", "")) => Err(unreadable("it has no path")),
            Some(("unix", path)) => Ok(Self::Unix(path.into())),
            Some(("tcp", authority)) => {
                TcpHost::parse(host, authority, certificates).map(Self::Tcp)
            }
            Some((scheme, _)) => Err(HostError::Scheme {
                scheme: scheme.into(),
            }),
            None => Err(unreadable("it has no scheme")),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host) => write!(f, "tcp://{}", host.authority),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

/// An engine that is reached over TCP.
#[derive(Clone)]
pub struct TcpHost {
    authority: String,
    /// Without the brackets of an IPv6 address.
    name: String,
    port: u16,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

impl TcpHost {
    fn parse(host: &str, authority: &str, certificates: Option<&Path>) -> Result<Self, HostError> {
        let unreadable = |reason| HostError::Unreadable {
            host: host.into(),
            reason,
        };
        let read: Authority = authority
            .trim_end_matches('/')
            .parse()
            .map_err(|_| unreadable("after tcp:// it has no host and port"))?;
        let name = read.host().trim_matches(['[', ']']).to_owned();
        let port = match (read.port(), certificates) {
            (Some(_), _) => read
                .port_u16()
                .ok_or_else(|| unreadable("its port is no port"))?,
            (None, Some(_)) => 2376,
            (None, None) => 2375,
        };
        let server = ServerName::try_from(name.clone());
        let server = server.map_err(|_| unreadable("its host is neither a name nor an address"))?;
        let here = match &server {
            ServerName::IpAddress(address) => std::net::IpAddr::from(*address).is_loopback(),
            _ => name == "localhost",
        };
        if certificates.is_none() && !here {
            return Err(HostError::Plain { host: host.into() });
        }
        let tls = certificates.map(configure).transpose()?;
        Ok(Self {
            authority: format!("{}:{port}", read.host()),
            name,
            port,
            tls: tls.map(|config| (Arc::new(config), server)),
        })
    }

    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn tls(&self) -> Option<(Arc<ClientConfig>, ServerName<'static>)> {
        self.tls.clone()
    }
}

impl fmt::Debug for TcpHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpHost")
            .field("authority", &self.authority)
            .field("tls", &self.tls.is_some())
            .finish()
    }
}

/// Why `DOCKER_HOST` and `DOCKER_CERT_PATH` name no engine.
#[derive(Debug)]
#[non_exhaustive]
pub enum HostError {
    /// A certificate or a key cannot be used.
    Certificate {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Another machine, without TLS: whoever is between could read the ring and own the cluster.
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

impl std::error::Error for HostError {}

/// Reads whom to believe and who to be. Engines since 20.10 speak TLS 1.3.
fn configure(directory: &Path) -> Result<ClientConfig, HostError> {
    let [ca, certificate, key] = ["ca.pem", "cert.pem", "key.pem"].map(|name| directory.join(name));
    let mut roots = RootCertStore::empty();
    for root in chain(&ca)? {
        roots.add(root).map_err(|error| unusable(&ca, error))?;
    }
    let who = chain(&certificate)?;
    let secret =
        PrivateKeyDer::from_pem_file(&key).map_err(|error| unusable(&key, plain(error)))?;
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(directory, error))?
        .with_root_certificates(roots)
        .with_client_auth_cert(who, secret)
        .map_err(|error| unusable(&certificate, error))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, HostError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let chain: Vec<_> = read.map_err(|error| unusable(path, plain(error)))?;
    match chain.is_empty() {
        true => Err(unusable(path, "no certificate is in it")),
        false => Ok(chain),
    }
}

fn unusable(path: &Path, reason: impl ToString) -> HostError {
    HostError::Certificate {
        path: path.into(),
        reason: reason.to_string(),
    }
}

/// Says what a person reads; the rest are words of the format.
fn plain(error: pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => "nothing of the kind is in it".into(),
        error => error.to_string(),
    }
}

const DEFAULT: &str = "unix:///var/run/docker.sock";
