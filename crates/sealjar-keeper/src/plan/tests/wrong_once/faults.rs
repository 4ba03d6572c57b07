//! Is a ring right again?

use sealjar::Timestamp;

use super::super::world::*;
use crate::plan::Change;

pub(super) fn assert_right(what: &str, world: &World, change: &Change) {
    let faults = faults(world, change);
    assert!(faults.is_empty(), "{what}: {faults:?}\n{:#?}", change.ring);
}

/// Returns what still harms replicas and visitors, by a clock that is right.
pub(super) fn faults(world: &World, change: &Change) -> Vec<String> {
    let (now, ring) = (world.now, read(&change.ring));
    let mut faults = Vec::new();
    let mut fault = |is: bool, what: &str| {
        if is {
            faults.push(what.to_owned());
        }
    };
    fault(ring.check_epoch(now).is_err(), "replicas refuse the epoch");
    fault(
        ring.epoch() <= World::ended().ring.epoch(),
        "replicas have a later epoch",
    );
    fault(ring.issued_at() != now, "it was issued at another time");
    fault(ring.sealing_key(now).is_none(), "no key seals");
    let begun = now.saturating_add(2 * SKEW);
    fault(ring.revocations().floor > Some(begun), "logins are refused");
    fault(
        ring.revocations().covers_subject("shop", "ada", begun),
        "a login of somebody who was revoked is refused",
    );
    for key in ring.keys().iter().filter(|key| !key.is_revoked()) {
        let ahead = |at: Option<Timestamp>, by| at > Some(now.saturating_add(by));
        fault(ahead(key.seals_from, 2 * SKEW), "a key begins ahead");
        fault(ahead(key.seals_until, 3 * SKEW), "a key ends ahead");
        fault(
            ahead(key.opens_until, 3 * SKEW + LIFETIME),
            "a key opens for ever",
        );
        fault(
            key.staged_epoch > ring.epoch(),
            "a key is of an epoch that nobody gets",
        );
    }
    // A turn in time continues from there.
    let mut next = World::ended();
    next.ring = ring;
    next.delivery = crate::delivery::Delivery::Unacknowledged(Default::default());
    next.now = now.saturating_add(1);
    next.publish();
    let turn = next.situation().turn().map(drop);
    fault(turn.is_err(), "the next turn is refused");
    faults
}
