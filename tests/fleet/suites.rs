//! Does a ring change from one suite to the other and back while nobody is logged out?

use sealjar::{RingKey, Suite};
use sealjar_keeper::plan::Publishing;

use crate::broken::Broken;
use crate::fleet::Fleet;
use crate::lifetimes::{aftermath, asked_for, order_adoption, until_one_seals, ways};
use crate::orders::Order;
use crate::properties::Property::{AcceptedEverywhere, EveryReplicaHasTheSealingKey};
use crate::recipe::{Recipe, Times};
use crate::verdict::assert_caught;

/// A fleet of one suite whose keepers are asked for the other. Real tokens are sealed and opened
/// in one of five seconds.
fn asked(recipe: &Recipe, from: Suite, to: Suite) -> Fleet {
    let recipe = Recipe {
        probes: 0.2,
        times: Times {
            suite: from,
            ..recipe.times
        },
        ..recipe.clone()
    };
    let times = Times {
        suite: to,
        ..recipe.times
    };
    asked_for(recipe, times)
}

fn is_of(suite: Suite) -> impl Fn(&RingKey) -> bool {
    move |key| key.suite() == Some(suite)
}

const BOTH: [(Suite, Suite); 2] = [
    (Suite::Xaes256Gcm, Suite::XChaCha20Poly1305),
    (Suite::XChaCha20Poly1305, Suite::Xaes256Gcm),
];

#[test]
fn another_suite_comes_in_with_the_rotations_and_nobody_notices() {
    for (recipe, (from, to)) in ways().into_iter().zip(BOTH.into_iter().cycle()) {
        // Where a publication restarts replicas, the suite rides with the next rotation.
        let rotations = match recipe.publishing {
            Publishing::Free => 1,
            Publishing::Restarts => 2,
        };
        let patience = rotations * recipe.times.rotate_every + 120;
        let mut fleet = asked(&recipe, from, to);
        until_one_seals(&mut fleet, 1, is_of(from));
        until_one_seals(&mut fleet, patience, is_of(to));
        aftermath("another_suite_comes_in", fleet);
    }
}

#[test]
fn a_suite_that_is_brought_in_at_once_comes_as_soon_as_it_is_held_and_nobody_notices() {
    for (recipe, (from, to)) in ways().into_iter().zip(BOTH.into_iter().rev().cycle()) {
        let soon = recipe.times.rotate_every - 80;
        let mut fleet = asked(&recipe, from, to);
        order_adoption(&mut fleet);
        let took = until_one_seals(&mut fleet, soon, is_of(to));
        assert!(took > 0, "not before anybody has heard of it");
        aftermath("a_suite_that_is_brought_in_at_once", fleet);
    }
}

#[test]
fn a_suite_that_is_brought_in_before_it_is_held_is_caught() {
    let recipe = Recipe {
        broken: Some(Broken::ActivateBeforeHeld),
        ..ways().remove(1)
    };
    let [(from, to), _] = BOTH;
    let mut fleet = asked(&recipe, from, to);
    fleet.order(Order::AdoptPolicy);
    fleet.pass(200);
    assert_caught(
        &fleet.report(0),
        &[EveryReplicaHasTheSealingKey, AcceptedEverywhere],
    );
}
