//! Models arc-swap's documented behaviour for loom, which cannot look inside that crate.
//!
//! Loads and stores take turns, in any order. A read of the real arc-swap may be late if nothing
//! orders it after a store; for a single read this is the same as an earlier read. For two reads in
//! one operation it is not. The only such operation, `Sealer::ring_ciphers`, uses the result of the
//! first and compares the second with it.

use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};

use loom::sync::{Mutex, MutexGuard};

#[derive(Debug)]
pub(crate) struct ArcSwap<T> {
    value: Mutex<Arc<T>>,
    loads: AtomicUsize,
}

impl<T> ArcSwap<T> {
    pub(crate) fn new(value: Arc<T>) -> Self {
        Self {
            value: Mutex::new(value),
            loads: AtomicUsize::new(0),
        }
    }

    pub(crate) fn from_pointee(value: T) -> Self {
        Self::new(Arc::new(value))
    }

    pub(crate) fn load(&self) -> Guard<Arc<T>> {
        Guard(self.load_full())
    }

    pub(crate) fn load_full(&self) -> Arc<T> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        Arc::clone(&self.value())
    }

    pub(crate) fn store(&self, value: Arc<T>) {
        *self.value() = value;
    }

    /// Returns how often it has been loaded.
    pub(crate) fn loads(&self) -> usize {
        self.loads.load(Ordering::Relaxed)
    }

    fn value(&self) -> MutexGuard<'_, Arc<T>> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
pub(crate) struct Guard<T>(T);

impl<T> Guard<T> {
    pub(crate) fn from_inner(value: T) -> Self {
        Self(value)
    }

    pub(crate) fn into_inner(guard: Self) -> T {
        guard.0
    }
}

impl<T> Deref for Guard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
