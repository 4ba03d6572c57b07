//! Why does a service not get the ring, and what can be done about it?

use std::fmt;

/// Why a service does not get the ring.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Trouble {
    /// What it has mounted where the ring should be is something else.
    Foreign {
        /// The secret.
        secret: String,
    },
    /// It has the ring mounted, and the keeper was not told to give it one.
    NotListed,
    /// It has an export mounted, and the keeper was not told to make it.
    NotExported {
        /// Under which name.
        target: String,
    },
    /// It has no ring mounted.
    NotMounted {
        /// Where the ring should be.
        target: String,
    },
    /// Its roll-out is paused, and somebody has to see why.
    Paused {
        /// What the orchestrator says.
        message: String,
    },
    /// It went back to what it had before.
    RolledBack {
        /// What the orchestrator says.
        message: String,
    },
}

impl Trouble {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Foreign { .. } => {
                "give it a secret of this ring under that target, or take it off the keeper's list of services"
            }
            Self::NotListed => {
                "list it with --service or SEALJAR_SERVICES, or take the ring's secret away from it: what it \
                 seals would be refused once its keys are over"
            }
            Self::NotExported { .. } => {
                "name it with --export or SEALJAR_EXPORTS for every keeper of the ring, or take the secret away \
                 from it: its keys would never rotate"
            }
            Self::NotMounted { .. } => {
                "add the ring's secret to the service under that target (`sealjar status` names it), or take \
                 the service off the keeper's list"
            }
            Self::Paused { .. } => {
                "see with `docker service ps` why its tasks fail, repair that, and continue with `docker \
                 service update`; the keeper follows"
            }
            Self::RolledBack { .. } => {
                "see with `docker service ps` why its new tasks failed, repair that, and `docker service \
                 update --force` it; the keeper tries again then"
            }
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign { secret } => {
                write!(
                    f,
                    "what it has mounted is the secret {secret}, none of this ring"
                )
            }
            Self::NotListed => f.write_str("it has one mounted, and is not on the keeper's list"),
            Self::NotExported { target } => write!(
                f,
                "it has the export {target} mounted, which the keeper is not told to make"
            ),
            Self::NotMounted { target } => {
                write!(f, "it has no secret of this ring mounted as {target}")
            }
            Self::Paused { message } => write!(f, "its roll-out is paused: {message}"),
            Self::RolledBack { message } => write!(f, "its roll-out went back: {message}"),
        }
    }
}
