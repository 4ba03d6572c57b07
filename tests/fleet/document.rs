//! One epoch of the ring as a fleet passes it around, and the events about it.

use std::fmt;
use std::sync::Arc;

use sealjar::KeyRing;

/// An epoch, as it was committed. Clones share it.
#[derive(Clone)]
pub(crate) struct Document(Arc<KeyRing>);

/// Where replicas look.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// The document whose delivery has begun, if any.
    pub(crate) coming: Option<Document>,
    /// The last document that was completely delivered.
    pub(crate) standing: Option<Document>,
}

/// What the fleet observes.
#[derive(Debug)]
pub(crate) enum Happened {
    Committed {
        next: Document,
        /// Whether it was decided on the epoch that it replaced.
        over_head: bool,
    },
    Begun(Document),
    Finished(Document),
}

impl Document {
    /// Writes the ring and reads it again, as every store and replica does.
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

    /// A separate copy of the ring, as if the text were read again.
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
