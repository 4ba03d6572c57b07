//! When root works on a store, can its owner, or a user who can write beside it, reach other files?
//!
//! Real processes of `sealjar`, as root, as the keeper's user and as a stranger. Only root can run
//! these tests: `just ownership`.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

mod attacks;
mod beside;
mod upkeep;
mod world;
