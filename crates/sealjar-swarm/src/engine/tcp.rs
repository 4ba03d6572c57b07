//! Which engine is reached over TCP, and how do the two sides know each other?

use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use http::uri::Authority;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::engine::host_error::HostError;

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
    /// Reads what follows `tcp://` in `host`.
    pub(super) fn parse(
        host: &str,
        authority: &str,
        certificates: Option<&Path>,
    ) -> Result<Self, HostError> {
        let unreadable = |reason| HostError::Unreadable {
            host: host.into(),
            reason,
        };
        let authority = authority.trim_end_matches('/');
        let read: Option<Authority> = authority.parse().ok();
        let read = read
            .filter(|_| !authority.contains(['@', '/', '?', '#']))
            .ok_or_else(|| unreadable("after tcp:// it has no host and port"))?;
        let name = read.host().trim_matches(['[', ']']).to_owned();
        let port = match (read.port_u16(), certificates) {
            (Some(port), _) => port,
            (None, _) if read.as_str() != read.host() => {
                return Err(unreadable("its port is no port"));
            }
            (None, Some(_)) => 2376,
            (None, None) => 2375,
        };
        let server = ServerName::try_from(name.clone());
        let server = server.map_err(|_| unreadable("its host is neither a name nor an address"))?;
        let here = match &server {
            ServerName::IpAddress(address) => IpAddr::from(*address).is_loopback(),
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

    /// Host and port, as a URL has them.
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

/// Reads the authority that vouches for the engine, and our own certificate. Engines since 20.10
/// speak TLS 1.3.
fn configure(directory: &Path) -> Result<ClientConfig, HostError> {
    let [ca, certificate, key] = ["ca.pem", "cert.pem", "key.pem"].map(|name| directory.join(name));
    let mut roots = RootCertStore::empty();
    for root in chain(&ca)? {
        roots
            .add(root)
            .map_err(|error| unusable(&ca, error.to_string()))?;
    }
    let who = chain(&certificate)?;
    let secret =
        PrivateKeyDer::from_pem_file(&key).map_err(|error| unusable(&key, plain(error)))?;
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(directory, error.to_string()))?
        .with_root_certificates(roots)
        .with_client_auth_cert(who, secret)
        .map_err(|error| unusable(&certificate, error.to_string()))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, HostError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let chain: Vec<_> = read.map_err(|error| unusable(path, plain(error)))?;
    if chain.is_empty() {
        Err(unusable(path, "no certificate is in it"))
    } else {
        Ok(chain)
    }
}

fn unusable(path: &Path, reason: impl Into<String>) -> HostError {
    HostError::Certificate {
        path: path.into(),
        reason: reason.into(),
    }
}

/// Says it in words that a person reads.
fn plain(error: pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        // Certificates that are not there are none, so it is the key.
        pem::Error::NoItemsFound => "no private key is in it".into(),
        error => error.to_string(),
    }
}
