//! Seals values into tokens that only holders of a key ring can open.
//!
//! This crate knows keys, rings and the bytes of a token. It must never know HTTP, an async
//! runtime, a file or a socket: its only effects are the operating system's random source and its
//! clock.
//!
//! * [`Sealer`] seals and opens in one [`Context`]. [`Token`] is what travels.
//! * [`KeyRing`] says which [`Key`] seals and which keys open at a given time;
//!   [`keeper::RingDraft`] makes its next epoch; [`LiveRing`] swaps it under running requests.
//! * [`Revocations`] lists what the ring revokes before it expires, [`RevocationList`] what
//!   applications do.
//!
//! The repository's SPEC.md defines the formats.
//!
//! # Features
//! None is on by default.
//!
//! * `ring`: the crate `ring` computes AES-256-GCM, in assembly; its build needs a C compiler. Turn
//!   it on if large payloads cost too much: the tokens have the same bytes, so replicas with and
//!   without it open each other's. Leave it off for a build in pure Rust, or if every copy of a key
//!   must be wiped (see Security). **It applies to the whole program**: Cargo unifies features, so
//!   if one crate of the program turns it on, every sealer in it uses `ring`. Only the binary
//!   should turn it on, in its own `Cargo.toml`, by depending on `sealjar` with the feature.
//! * `__hazmat` and `__test-keys` are only for the crates of this project, and not covered by
//!   semver.
//!
//! # Security
//! Secrets, and the keys derived from them, are wiped from memory on drop. With `ring` there is one
//! exception: the expanded form of the key that XAES-256-GCM derives for one token. An attacker who
//! reads it can read and make tokens whose nonces begin with the same 12 bytes.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "__hazmat")]
#[doc(hidden)]
pub mod __hazmat;
mod aead;
mod base64url;
#[cfg(feature = "__hazmat")]
mod blob;
mod clock;
mod context;
mod counters;
mod document;
mod draft;
mod error;
mod export;
pub mod keeper;
mod key;
mod list;
mod live;
mod opened;
mod plaintext;
mod published;
mod refusal;
mod report;
mod revocation;
mod ring;
mod ring_ciphers;
mod ring_id;
mod ring_key;
mod sealer;
mod sync;
mod token;

#[cfg(test)]
mod tests;

pub use aead::{RandomError, Suite};
pub use clock::{ClockError, Timestamp};
pub use context::Context;
pub use counters::{KeyUses, RefusalCounts, Uses};
pub use draft::Timing;
pub use error::{ContextError, OpenError, RingError, SealError};
pub use key::{Key, KeyId, KeyIdError};
pub use list::{ListDelta, ListError, RecordKind, Revocation, RevocationList};
pub use live::LiveRing;
pub use opened::Opened;
pub use refusal::{CountedKind, RefusalKind};
#[doc(hidden)]
pub use report::report as __report;
pub use revocation::Revocations;
pub use ring::KeyRing;
pub use ring_id::RingId;
pub use ring_key::{Phase, RingKey};
pub use sealer::Sealer;
pub use token::Token;
