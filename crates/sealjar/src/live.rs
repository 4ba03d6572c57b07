//! How is a ring swapped under the requests that use it?

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};

use crate::error::RingError;
use crate::ring::KeyRing;

/// Shares one ring between many sealers and swaps it whole.
///
/// Cloning shares. Each seal and each open loads the ring once and uses what it loaded to the end,
/// so no token is made or judged by two rings.
#[derive(Clone, Debug)]
pub struct LiveRing(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    ring: ArcSwap<KeyRing>,
    /// Held while a new ring is compared with the one in use and stored. Readers do not take it.
    replacing: Mutex<()>,
}

impl LiveRing {
    /// Starts with a ring.
    #[must_use]
    pub fn new(ring: KeyRing) -> Self {
        Self(Arc::new(Shared {
            ring: ArcSwap::from_pointee(ring),
            replacing: Mutex::new(()),
        }))
    }

    /// Returns the ring in use. It stays whole however long it is held.
    #[must_use]
    pub fn load(&self) -> Arc<KeyRing> {
        self.0.ring.load_full()
    }

    /// Puts a ring in place of the one in use. The same content again changes nothing.
    ///
    /// # Errors
    /// [`RingError::Foreign`] for another ring's name, [`RingError::Older`] for a lower epoch,
    /// [`RingError::Conflict`] for the same epoch with other content. The ring in use stays then.
    pub fn replace(&self, ring: KeyRing) -> Result<(), RingError> {
        let _replacing = self
            .0
            .replacing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let current = self.load();
        if ring.name() != current.name() {
            return Err(RingError::Foreign {
                expected: current.name().into(),
                found: ring.name().into(),
            });
        }
        if ring.epoch() < current.epoch() {
            return Err(RingError::Older {
                current: current.epoch(),
                found: ring.epoch(),
            });
        }
        if ring.epoch() == current.epoch() {
            return if ring.same_content(&current) {
                Ok(())
            } else {
                Err(RingError::Conflict {
                    epoch: ring.epoch(),
                })
            };
        }
        self.0.ring.store(Arc::new(ring));
        Ok(())
    }

    pub(crate) fn guard(&self) -> Guard<Arc<KeyRing>> {
        self.0.ring.load()
    }
}

impl From<KeyRing> for LiveRing {
    fn from(ring: KeyRing) -> Self {
        Self::new(ring)
    }
}

impl From<crate::Key> for LiveRing {
    fn from(key: crate::Key) -> Self {
        Self::new(key.into())
    }
}

impl From<&Self> for LiveRing {
    fn from(ring: &Self) -> Self {
        ring.clone()
    }
}
