//! Keeps a key ring in a Docker Swarm, and gives it to services as a secret.
//!
//! This crate knows the API of a Docker Engine. It must never decide when a key changes: that is
//! `sealjar-keeper`'s, for which [`SwarmStore`] is one more store.
//!
//! * [`Engine`] asks an engine, over its socket or over TLS.
//! * [`SwarmStore`] keeps a ring in the swarm's own configs and secrets.
//! * [`doctor`] finds what would log people out: sticky cookies, missing health checks, unsafe
//!   roll-outs.
//!
//! # Features
//! It has none. It brings TLS and an HTTP client, which `sealjar-keeper` does without.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod balancer;
pub mod doctor;
pub mod engine;
#[doc(hidden)]
pub mod exchange;
pub mod store;

pub use engine::Engine;
pub use store::SwarmStore;
