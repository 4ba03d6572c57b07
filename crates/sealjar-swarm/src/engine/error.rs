//! What can go wrong with an engine, and what can be done about it?

use std::fmt;
use std::io;

use sealjar_keeper::store::{BackendError, StoreError};

/// Why an engine did not do what was asked. Told apart by what has happened: nothing, or nobody
/// knows.
#[non_exhaustive]
pub enum EngineError {
    /// It refused, and nothing was changed.
    Api {
        /// What was asked.
        operation: String,
        /// The status of HTTP.
        status: u16,
        /// What it says.
        message: String,
    },
    /// It may not be spoken to: no permission on its socket, or TLS that does not come about.
    Denied {
        /// Where it is.
        host: String,
        /// The engine's words.
        error: io::Error,
    },
    /// A service still uses what was to be removed.
    InUse {
        /// What that is.
        name: String,
        /// What the engine says, the services among it.
        message: String,
    },
    /// It is no longer as it was when it was read. A manager that is not the leader repeats what it
    /// forwarded when the leader is lost, so this may be said of one's own success: read again and
    /// compare.
    LostRace,
    /// There is one of that name, in upper or lower case, perhaps of one's own making: a manager
    /// that is not the leader repeats what it forwarded when the leader is lost.
    NameTaken {
        /// The name.
        name: String,
    },
    /// Nothing answers there.
    NoEngine {
        /// Where.
        host: String,
        /// What the operating system says.
        error: io::Error,
    },
    /// It is no manager of a swarm, or is none now.
    NoSwarm {
        /// What it says.
        message: String,
    },
    /// There is no such thing.
    NotFound {
        /// What there is not.
        what: String,
    },
    /// It could not be read, or was certainly not written.
    Unavailable {
        /// What was asked.
        operation: String,
        /// Why.
        reason: String,
    },
    /// Nobody knows whether it was written: read again and compare.
    Unknown {
        /// What was asked.
        operation: String,
        /// Why.
        reason: String,
    },
    /// It is older than Docker 20.10.
    Version {
        /// The version of the API that it speaks.
        engine: String,
    },
}

impl EngineError {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Api {
                status: 401 | 403, ..
            } => {
                "a proxy or an authorization plugin in front of the engine refuses: let it pass GET on \
                 /version, /info, /swarm, /nodes, /tasks, /images, and everything on /services, \
                 /secrets and /configs"
            }
            Self::Api { message, .. } if message.contains("to an HTTPS server") => {
                "it speaks TLS there: set DOCKER_CERT_PATH to the directory with ca.pem, cert.pem and \
                 key.pem"
            }
            Self::Api { .. } => "nothing was changed; the engine's own words say what to correct",
            Self::Denied { error, .. } if error.kind() == io::ErrorKind::PermissionDenied => {
                "run as a user that may use the socket: root, or one of its group (in a stack file, \
                 `user:` with the number of that group)"
            }
            Self::Denied { .. } => {
                "the engine's certificate must be for the host in DOCKER_HOST and signed by ca.pem, and \
                 cert.pem be signed by the authority that the engine was given with --tlscacert"
            }
            Self::InUse { .. } => "update the services that are named, or wait until they are",
            Self::LostRace => "read it again and compare, somebody else was faster",
            Self::NameTaken { .. } => "read it and compare, or remove it if nothing uses it",
            Self::NoEngine { .. } => {
                "start the engine, or name its socket in DOCKER_HOST; in a container, mount \
                 /var/run/docker.sock"
            }
            Self::NoSwarm { message } => no_swarm(message),
            Self::NotFound { .. } => {
                "somebody has removed it, or it never was: see `docker service ls`, `docker config ls` and \
                 `docker secret ls`"
            }
            Self::Unavailable { .. } => {
                "see whether more than half of the managers are online, and repeat it"
            }
            Self::Unknown { .. } => {
                "it may have been done or not: look, and repeat it if it was not"
            }
            Self::Version { .. } => "upgrade the engine to Docker 20.10 or later",
        }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api {
                operation,
                status,
                message,
            } => write!(f, "the engine refused to {operation}: {message} ({status})"),
            Self::Denied { host, error } => write!(f, "no access to the engine at {host}: {error}"),
            Self::InUse { name, message } => write!(f, "cannot remove {name}: {message}"),
            Self::LostRace => f.write_str("lost the race: it was changed meanwhile"),
            Self::NameTaken { name } => write!(f, "the name {name} is taken"),
            Self::NoEngine { host, error } => write!(f, "no engine answers at {host}: {error}"),
            Self::NoSwarm { message } => {
                write!(f, "the engine says: {message}")
            }
            Self::NotFound { what } => write!(f, "{what} was not found"),
            Self::Unavailable { operation, reason } => write!(f, "could not {operation}: {reason}"),
            Self::Unknown { operation, reason } => {
                write!(
                    f,
                    "tried to {operation}, and it is not known with what result: {reason}"
                )
            }
            Self::Version { engine } => {
                write!(
                    f,
                    "the engine speaks version {engine} of its API, at least 1.41 is needed"
                )
            }
        }
    }
}

sealjar::__debug_as_report!(EngineError, hint);

/// The message has the cause, so that it is printed once.
impl std::error::Error for EngineError {}

/// The engine has one status for all of them, and tells them apart in words.
fn no_swarm(message: &str) -> &'static str {
    if message.contains("Worker nodes can't") {
        "run the keeper on a manager: `node.role == manager` among its placement constraints"
    } else if message.contains("needs to be unlocked") {
        "`docker swarm unlock` on this node, as after each start of an engine with autolock"
    } else if message.contains("being prepared") {
        "wait; if it stays so, see whether more than half of the managers are online"
    } else if message.contains("certificates have expired") {
        "the node was off for too long: it has to leave the swarm and join again"
    } else {
        "`docker swarm init` begins a swarm here, `docker swarm join` brings this node into one"
    }
}

impl From<EngineError> for StoreError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::LostRace => Self::LostRace,
            error => {
                let hint = error.hint();
                Self::Backend(BackendError::new(error, hint))
            }
        }
    }
}
