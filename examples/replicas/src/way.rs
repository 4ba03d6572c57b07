//! The ways in which sessions are kept.

use std::fmt;

use clap::ValueEnum;
use serde::Serialize;

/// A way to keep sessions.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Way {
    /// In the memory of the replica that answered.
    Memory,
    /// The same, and the proxy always sends a visitor to the same replica.
    Sticky,
    /// In one Redis for all replicas.
    Redis,
    /// In the visitor's cookie.
    Sealed,
}

impl Way {
    pub(crate) const ALL: [Self; 4] = [Self::Memory, Self::Sticky, Self::Redis, Self::Sealed];

    /// The way's name, which is also its path at the proxy and the name of its cookie: browsers
    /// share cookies between ports, so each way needs a name of its own.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sticky => "sticky",
            Self::Redis => "redis",
            Self::Sealed => "sealed",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == name)
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
