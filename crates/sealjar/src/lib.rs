//! Seals values into tokens that every holder of a key ring can open, and nobody else.
//!
//! This crate knows keys, rings and the bytes of a token. It must never know HTTP, an async runtime,
//! a file or a socket: its only effects are the operating system's random source and its clock.
//!
//! * [`Sealer`] seals and opens in one [`Context`]. [`Token`] is what travels.
//! * [`KeyRing`] says which [`Key`] seals and which ones open at an instant; [`RingDraft`] makes the
//!   next epoch of it; [`LiveRing`] swaps it under running requests.
//! * [`Revocations`] lists what is put out of use before its time.
//!
//! The formats are written down in the repository's SPEC.md.

mod aead;
mod clock;
mod document;
mod error;
#[cfg(feature = "hazmat")]
pub mod hazmat;
mod json;
mod key;
mod live;
mod revocation;
mod ring;
mod sealer;
mod text;
mod token;

#[cfg(test)]
mod tests;

pub use aead::{RandomError, Suite};
pub use clock::{ClockError, Timestamp};
pub use error::{ContextError, OpenError, RingError, SealError};
pub use key::{Key, KeyId, KeyIdError};
pub use live::LiveRing;
pub use revocation::Revocations;
pub use ring::{KeyRing, Phase, RingDraft, RingKey, Timing};
pub use sealer::{Context, Opened, Sealer};
pub use token::Token;
