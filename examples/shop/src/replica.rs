//! Which of the replicas is this?

use std::sync::Arc;

/// The name of a replica, as pages and the header `x-replica` show it. It is all that handlers
/// share: there is no session in it.
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
