//! Rings that somebody has rotated by hand.

use sealjar::keeper::RingDraft;
use sealjar::{Key, KeyRing, RingKey, Suite, Timestamp};

/// Adds a key that no replica knows and that seals from then on: the mistake that a standby avoids.
#[must_use]
pub fn with_a_new_key(ring: &KeyRing, seals_from: Timestamp) -> KeyRing {
    let mut next = next_epoch(ring);
    let mut key = standby(&next);
    key.seals_from = Some(seals_from);
    next.keys.push(key);
    next.build().unwrap()
}

/// Lets the standby seal from then on, and adds another standby: one rotation, as a keeper makes
/// it.
#[must_use]
pub fn with_the_standby_sealing(ring: &KeyRing, seals_from: Timestamp) -> KeyRing {
    let mut next = next_epoch(ring);
    let new = standby(&next);
    let waiting = next.keys.iter_mut().find(|key| key.seals_from.is_none());
    waiting.unwrap().seals_from = Some(seals_from);
    next.keys.push(new);
    next.build().unwrap()
}

fn next_epoch(ring: &KeyRing) -> RingDraft {
    let mut next = ring.draft();
    next.epoch += 1;
    next.issued_at = Timestamp::now().unwrap();
    next
}

fn standby(next: &RingDraft) -> RingKey {
    let key = Key::generate(Suite::Xaes256Gcm).unwrap();
    RingKey::standby(key, LIFETIME, next.epoch, next.issued_at)
}

/// Longer than any test, in seconds.
const LIFETIME: u32 = 3600;
