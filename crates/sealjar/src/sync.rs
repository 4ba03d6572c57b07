//! What do threads share a ring with? The one file that says so, so that loom can be put in its place.
//!
//! What is not here needs no model: no thread can be interrupted by another inside a `OnceLock` whose
//! closure shares nothing, and counts decide nothing.

#[cfg(all(loom, test))]
mod modelled;

#[cfg(not(all(loom, test)))]
pub(crate) use arc_swap::{ArcSwap, Guard};
#[cfg(not(all(loom, test)))]
pub(crate) use std::sync::{Mutex, MutexGuard, atomic::AtomicBool};

#[cfg(all(loom, test))]
pub(crate) use self::modelled::{ArcSwap, Guard};
#[cfg(all(loom, test))]
pub(crate) use loom::sync::{Mutex, MutexGuard, atomic::AtomicBool};
