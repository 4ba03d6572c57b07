//! Can whoever owns a store, or writes beside it, get at anything else when root works on it?
//!
//! Real processes of `sealjar`, as root, as the keeper's user and as a stranger. Only root can
//! start them: `just ownership`.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

mod attacks;
mod beside;
mod upkeep;
mod world;
