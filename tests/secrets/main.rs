//! Does anything that is printed, logged or sent show a part of a secret?
//!
//! The real programs run with everything logged that can be, over rings whose secrets are known,
//! and all that comes out of them is searched, in every spelling of `needles`. Exempt is what holds
//! the ring on purpose: the files of a store. With `just secrets` all that the workspace's suites
//! print is searched as well.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

mod apps;
mod commands;
mod debug;
mod heard;
mod needles;
mod printed;
