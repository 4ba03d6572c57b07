//! The types through which threads share a ring. For loom, a model replaces the real types here.
//!
//! Not included: a value that a `OnceLock` makes once; counts; and a remembered person, which is
//! two words that are compared with each other.

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
