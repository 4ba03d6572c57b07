//! What the handlers of a replica share.

use std::sync::Arc;

use sealjar_session::Revoker;

/// The name of a replica, as pages and the header `x-replica` show it, and what ends sessions on
/// all of them. Handlers share nothing else: it contains no session.
#[derive(Clone, Debug)]
pub struct Replica {
    name: Arc<str>,
    revoker: Option<Revoker>,
}

impl Replica {
    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lets visitors log out on all devices.
    #[must_use]
    pub fn with_revoker(mut self, revoker: Revoker) -> Self {
        self.revoker = Some(revoker);
        self
    }

    /// Returns what ends sessions on all replicas, `None` if no keeper is followed.
    #[must_use]
    pub const fn revoker(&self) -> Option<&Revoker> {
        self.revoker.as_ref()
    }
}

impl From<&str> for Replica {
    fn from(name: &str) -> Self {
        Self {
            name: name.into(),
            revoker: None,
        }
    }
}
