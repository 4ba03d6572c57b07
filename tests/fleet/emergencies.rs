//! A key has leaked, or the whole ring: who is logged out, and for how long?

use sealjar::{KeyId, Phase, Timestamp};

use crate::fleet::{Fleet, Report};
use crate::orders::Order;
use crate::recipe::Recipe;
use crate::verdict::assert_nothing_found;

/// A fleet that has rotated, and whose first key has an end.
fn rotated(seed: u64) -> Fleet {
    let mut fleet = Fleet::begin(Recipe::calm(seed));
    while fleet.watch.rotations < 3 {
        fleet.second();
    }
    fleet.pass(30);
    fleet
}

fn in_phase(fleet: &Fleet, phase: Phase) -> Vec<KeyId> {
    let ring = fleet.watch.head().unwrap().ring();
    let now = Timestamp::from_stored(fleet.time.now());
    let ids = ring.keys().iter().map(|key| key.id());
    ids.filter(|id| ring.phase(*id, now) == Some(phase))
        .collect()
}

/// Runs until the order has arrived everywhere, and every earlier token has expired.
fn aftermath(test: &str, mut fleet: Fleet) -> Report {
    fleet.pass(200);
    let (seed, begun) = (fleet.recipe.seed, 0);
    let report = fleet.report(begun);
    assert_nothing_found(test, seed, &report);
    report
}

#[test]
fn each_key_alone_can_be_revoked_and_only_what_it_sealed_is_refused() {
    for (seed, phase) in [Phase::Sealing, Phase::Standby, Phase::Opening]
        .into_iter()
        .enumerate()
    {
        let mut fleet = rotated(seed as u64);
        let keys = in_phase(&fleet, phase);
        assert!(!keys.is_empty(), "{phase:?}");
        fleet.order(Order::RevokeKeys(keys[..1].to_vec()));
        fleet.pass(1);
        aftermath("each_key_alone", fleet);
    }
}

#[test]
fn a_key_that_is_about_to_begin_can_be_revoked() {
    let mut fleet = Fleet::begin(Recipe::calm(20));
    while in_phase(&fleet, Phase::Staged).is_empty() {
        fleet.second();
    }
    let staged = in_phase(&fleet, Phase::Staged);
    fleet.order(Order::RevokeKeys(staged));
    aftermath("a_key_that_is_about_to_begin", fleet);
}

#[test]
fn keys_that_leak_one_after_the_other_are_replaced_and_what_that_costs_is_said() {
    for seed in 30..34 {
        let mut fleet = rotated(seed);
        for _ in 0..3 {
            let sealing = in_phase(&fleet, Phase::Sealing);
            fleet.order(Order::RevokeKeys(sealing));
            fleet.pass(5);
        }
        aftermath("keys_that_leak_one_after_the_other", fleet);
    }
}

#[test]
fn where_all_but_an_old_key_leak_it_seals_again_and_what_that_costs_is_said() {
    let mut fleet = rotated(40);
    let old = in_phase(&fleet, Phase::Opening);
    let mut leaked = in_phase(&fleet, Phase::Sealing);
    leaked.extend(in_phase(&fleet, Phase::Standby));
    fleet.order(Order::RevokeKeys(leaked));
    fleet.pass(5);
    assert!(old.contains(&in_phase(&fleet, Phase::Sealing)[0]));
    aftermath("where_all_but_an_old_key_leak", fleet);
}

#[test]
fn where_the_whole_ring_leaks_a_new_one_seals_at_once() {
    let mut fleet = rotated(50);
    let before = in_phase(&fleet, Phase::Sealing);
    fleet.order(Order::RevokeAll);
    fleet.pass(5);
    assert_ne!(in_phase(&fleet, Phase::Sealing), before);
    aftermath("where_the_whole_ring_leaks", fleet);
}
