//! Where is the engine, as `DOCKER_HOST` and `DOCKER_CERT_PATH` say it?

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::engine::host_error::HostError;
use crate::engine::tcp::TcpHost;

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
    /// Reads `DOCKER_HOST`, by default `unix:///var/run/docker.sock`, and for `tcp://` the
    /// directory in `DOCKER_CERT_PATH` with `ca.pem`, `cert.pem` and `key.pem`.
    ///
    /// # Errors
    /// [`HostError`] when they name no engine that can be spoken to.
    ///
    /// # Security
    /// With certificates the engine's own is always verified, whatever `DOCKER_TLS_VERIFY` says.
    /// Without them only this machine is spoken to.
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

    /// What the `Host` header says, for which a socket has no name.
    pub(super) fn authority(&self) -> &str {
        match self {
            Self::Tcp(host) => host.authority(),
            Self::Unix(_) => "docker",
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host) => write!(f, "tcp://{}", host.authority()),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

const DEFAULT: &str = "unix:///var/run/docker.sock";

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(host: &str) -> Result<Host, HostError> {
        Host::parse(host, None)
    }

    #[test]
    fn sockets_and_ports_of_this_machine_are_read_and_written_back() {
        for (host, shown) in [
            (DEFAULT, DEFAULT),
            ("unix://run/docker.sock", "unix://run/docker.sock"),
            ("tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375"),
            ("tcp://127.8.8.8", "tcp://127.8.8.8:2375"),
            ("tcp://localhost:80/", "tcp://localhost:80"),
            ("tcp://[::1]:2375", "tcp://[::1]:2375"),
        ] {
            let host = parsed(host).unwrap();
            assert_eq!(host.to_string(), shown);
            assert!(format!("{host:?}").len() < 80, "{host:?}");
        }
    }

    #[test]
    fn another_machine_is_not_spoken_to_without_tls() {
        for host in [
            "tcp://10.0.0.1:2375",
            "tcp://0.0.0.0:2375",
            "tcp://[2001:db8::1]:2375",
            "tcp://[::ffff:10.0.0.1]:2375",
            "tcp://engine.example",
            "tcp://localhost.example:2375",
            "tcp://127.0.0.1.example:2375",
        ] {
            let error = parsed(host).unwrap_err();
            assert!(
                matches!(error, HostError::Plain { .. }),
                "{host}: {error:?}"
            );
            assert!(error.to_string().contains(host));
        }
    }

    #[test]
    fn whatever_names_no_engine_is_refused_with_the_reason() {
        for (host, said) in [
            ("", "it has no scheme"),
            ("/var/run/docker.sock", "it has no scheme"),
            ("127.0.0.1:2375", "it has no scheme"),
            ("unix://", "it has no path"),
            ("unix:/run/docker.sock", "it has no scheme"),
            ("tcp://", "no host and port"),
            ("tcp://:2375", "neither a name nor an address"),
            ("tcp://127.0.0.1:port", "its port is no port"),
            ("tcp://127.0.0.1:", "its port is no port"),
            ("tcp://127.0.0.1:70000", "its port is no port"),
            ("tcp://127.0.0.1:2375/path", "no host and port"),
            ("tcp://a b:2375", "no host and port"),
            ("tcp://me@127.0.0.1:2375", "no host and port"),
            ("ssh://me@engine", "the scheme ssh://"),
            ("npipe:////./pipe/docker_engine", "the scheme npipe://"),
            ("http://127.0.0.1:2375", "the scheme http://"),
            ("UNIX:///run/docker.sock", "the scheme UNIX://"),
        ] {
            let error = parsed(host).unwrap_err();
            assert!(error.to_string().contains(said), "{host}: {error}");
            assert!(!error.hint().is_empty());
        }
    }
}
