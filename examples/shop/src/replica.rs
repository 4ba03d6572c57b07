//! The name of this replica.

use std::sync::Arc;

/// The name of a replica, as pages and the header `x-replica` show it. Handlers share nothing else:
/// it contains no session.
#[derive(Clone, Debug)]
pub struct Replica(Arc<str>);

impl Replica {
    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Replica {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}
