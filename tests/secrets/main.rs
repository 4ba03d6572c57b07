//! Does anything that is printed, logged or sent show a part of a secret?
//!
//! The real programs run with full logging, over rings whose secrets are known. All their output is
//! searched for the secrets, in every encoding of `needles`. Only the files of a store may contain
//! them. `just secrets` also searches what the workspace's tests print.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

mod apps;
mod commands;
mod debug;
mod following;
mod heard;
mod needles;
mod printed;
