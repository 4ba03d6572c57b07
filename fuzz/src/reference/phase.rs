//! SPEC.md, section 4: what does a key of a ring do at an instant?

use sealjar::{KeyRing, RingKey, Timestamp};

/// Returns the first line of the table that applies.
#[must_use]
pub fn phase(ring: &KeyRing, key: &RingKey, now: Timestamp) -> &'static str {
    let is_over = |key: &RingKey| key.opens_until.is_some_and(|until| now >= until);
    if key.is_revoked() {
        return "revoked";
    }
    if is_over(key) {
        return "spent";
    }
    let keys = ring.keys().iter();
    let may_seal = keys.filter(|key| {
        let began = key.seals_from.is_some_and(|from| from <= now);
        let ended = key.seals_until.is_some_and(|until| now > until);
        began && !ended && !key.is_revoked() && !is_over(key)
    });
    let seals = may_seal.max_by_key(|key| (key.seals_from, *key.id().bytes()));
    if seals.is_some_and(|seals| seals.id() == key.id()) {
        return "sealing";
    }
    match key.seals_from {
        None => "standby",
        Some(from) if from > now => "staged",
        Some(_) => "opening",
    }
}
