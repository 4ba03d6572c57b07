//! What do threads share a ring with? What loom runs, so that it can be put in the place of the
//! real thing.
//!
//! Not here: what one `OnceLock` makes once; counts; and what a person is remembered by, one word
//! that is compared whole.

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
