//! What the tests of several crates share.
//!
//! * [`cookies`]: what a browser keeps and sends;
//! * [`guard`]: ends what a killed test has started;
//! * [`programs`]: the programs of this workspace, and how one runs until it is killed;
//! * [`proxy`]: a proxy in front of replicas, wherever they run;
//! * [`rings`]: rings that somebody has rotated by hand;
//! * [`server`]: a server for a test without a runtime;
//! * [`traefik`]: the real one, before servers that run anywhere;
//! * [`visitor`]: a visitor with a cookie jar who notices what is lost, and [`crowd`]: many of
//!   them.

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "in the helpers of tests a panic is the assertion"
)]

pub mod cookies;
pub mod crowd;
pub mod guard;
pub mod programs;
pub mod proxy;
pub mod rings;
pub mod server;
pub mod traefik;
pub mod visitor;
