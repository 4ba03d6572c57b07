//! A ring is restored from a document that somebody kept: what comes back with it?

use sealjar::Timestamp;
use sealjar_keeper::plan::Sessions;

use crate::document::Document;
use crate::fleet::Fleet;
use crate::orders::Order;
use crate::properties::Property;
use crate::recipe::Recipe;
use crate::verdict::assert_nothing_found;

fn grown(seed: u64) -> (Fleet, Document) {
    let mut fleet = Fleet::begin(Recipe::calm(seed));
    fleet.pass(70);
    let kept = fleet.watch.head().unwrap().clone();
    (fleet, kept)
}

#[test]
fn a_kept_document_revives_nothing_that_the_known_ring_revoked() {
    for seed in 0..4 {
        let (mut fleet, kept) = grown(seed);
        let now = Timestamp::from_stored(fleet.time.now());
        let leaked = kept.ring().sealing_key(now).unwrap().id();
        fleet.order(Order::RevokeKeys(vec![leaked]));
        fleet.pass(40);
        fleet.order(Order::Restore(kept, Sessions::Keep));
        fleet.pass(200);
        let made = fleet.watch.checks.made(Property::RevokedStaysRevoked);
        assert!(made > 0, "nothing was revoked");
        let report = fleet.report(0);
        assert_nothing_found("a_kept_document_revives_nothing", seed, &report);
    }
}

#[test]
fn a_store_that_lost_everything_goes_on_from_what_a_replica_has() {
    for seed in 10..14 {
        let (mut fleet, _) = grown(seed);
        // A person waits until every replica has the newest document, and imports it from any of
        // them.
        fleet.stop_keepers();
        fleet.pass(30);
        let mounted = fleet.replicas[3].source.clone();
        fleet.store.state().lose_everything();
        fleet.order(Order::Restore(mounted, Sessions::Keep));
        fleet.pass(200);
        let rotations = fleet.watch.rotations;
        fleet.pass(100);
        assert!(fleet.watch.rotations > rotations, "it does not continue");
        let report = fleet.report(0);
        assert_nothing_found("a_store_that_lost_everything", seed, &report);
    }
}
