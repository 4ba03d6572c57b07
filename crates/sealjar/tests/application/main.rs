//! Does the crate do what its documentation says, for an application that uses only public items?

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

mod errors;
mod links;
mod replicas;

use sealjar::keeper::RingDraft;
use sealjar::{Context, Key, KeyRing, RingKey, Suite, Timestamp};

/// The time of all tests, long after the keys of their rings began to seal.
fn now() -> Timestamp {
    "2026-11-22T05:00:00Z".parse().unwrap()
}

fn context() -> Context {
    Context::new("shop-prod", "password-reset")
}

fn key() -> Key {
    Key::generate(Suite::Xaes256Gcm).unwrap()
}

/// A key that opens and does not seal yet.
fn standby() -> RingKey {
    RingKey::standby(key(), 86_400, 1, Timestamp::MIN)
}

/// The first epoch of a ring: a key that seals, and a standby.
fn first_epoch() -> RingDraft {
    let mut sealing = standby();
    sealing.seals_from = Some(now().saturating_sub(3600));
    let mut draft = RingDraft::named("web", 1).unwrap();
    draft.keys = vec![sealing, standby()];
    draft
}

fn ring(draft: RingDraft) -> KeyRing {
    draft.build().unwrap()
}
