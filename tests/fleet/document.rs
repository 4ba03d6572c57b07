//! What is handed around in a fleet: one epoch of the ring, and the news of it.

use std::fmt;
use std::sync::Arc;

use sealjar::KeyRing;

/// An epoch, as it was committed. Cloning shares.
#[derive(Clone)]
pub(crate) struct Document(Arc<KeyRing>);

/// Where replicas look.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// What is put there, or was.
    pub(crate) coming: Option<Document>,
    /// What was put there completely, last.
    pub(crate) standing: Option<Document>,
}

/// What the fleet learns of.
#[derive(Debug)]
pub(crate) enum Happened {
    Committed {
        next: Document,
        /// Whether it was decided over the epoch that it replaced.
        over_head: bool,
    },
    Begun(Document),
    Finished(Document),
}

impl Document {
    /// Writes the ring down and reads it again, as every store and replica would.
    pub(crate) fn of(ring: &KeyRing) -> Self {
        Self(Arc::new(
            KeyRing::from_json(ring.to_json().as_bytes()).unwrap(),
        ))
    }

    pub(crate) fn ring(&self) -> &KeyRing {
        &self.0
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.0.epoch()
    }

    /// A ring of one's own, as reading the text once more would give it.
    pub(crate) fn read(&self) -> KeyRing {
        self.0.draft().build().unwrap()
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {}", self.epoch())
    }
}
