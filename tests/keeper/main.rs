//! Is anybody logged out while a real keeper rotates keys under real replicas, and processes are
//! killed now and then?
//!
//! Processes of the real programs on one directory: `sealjar run`, and a fleet whose replicas run
//! on axum (`axum-ssr`) and actix-web (`actix-ssr`) alternately, behind one proxy.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

mod alike;
mod courier;
mod crossing;
mod followed;
mod following;
mod orders;
mod revoking;
mod site;
mod stopping;
mod under_load;
