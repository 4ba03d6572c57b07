//! Is anybody logged out while a real keeper rotates keys under real replicas, and all of them are killed
//! now and then?
//!
//! Processes of the real programs on one directory: `sealjar run`, and three times `axum-ssr`.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

mod courier;
mod orders;
mod programs;
mod site;
mod under_load;
mod visitor;
