//! Does a new lifetime of tokens begin when the keeper said, unnoticed by visitors?

use sealjar::{RingKey, Timestamp};
use sealjar_keeper::plan::Publishing;

use crate::broken::Broken;
use crate::faults::Rates;
use crate::fleet::Fleet;
use crate::orders::Order;
use crate::properties::Property::{AcceptedEverywhere, EveryReplicaHasTheSealingKey};
use crate::recipe::{Recipe, Times};
use crate::verdict::{assert_caught, assert_nothing_found};

const LONGER: u32 = 400;
const SHORTER: u32 = 30;

/// Every way to publish, and to know what is held.
pub(crate) fn ways() -> Vec<Recipe> {
    let publishings = [Publishing::Free, Publishing::Restarts];
    let both =
        publishings.map(|publishing| [true, false].map(|acknowledged| (publishing, acknowledged)));
    let recipes = both.into_iter().flatten().zip(60..);
    recipes
        .map(|((publishing, acknowledged), seed)| Recipe {
            publishing,
            acknowledged,
            keepers: 2,
            visitors: 4,
            times: Times {
                rotate_every: 360,
                ..Recipe::calm(seed).times
            },
            rates: Rates {
                slow: 0.3,
                killed: 0.01,
                ..Rates::default()
            },
            ..Recipe::calm(seed)
        })
        .collect()
}

/// A fleet that has rotated, and whose keepers then got another lifetime.
fn asked(recipe: Recipe, lifetime: u32) -> Fleet {
    let times = Times {
        lifetime,
        ..recipe.times
    };
    asked_for(recipe, times)
}

/// A fleet that has rotated, and whose keepers then got another policy.
pub(crate) fn asked_for(recipe: Recipe, times: Times) -> Fleet {
    let mut fleet = Fleet::begin(recipe);
    while fleet.watch.rotations < 2 {
        fleet.second();
    }
    fleet.pass(60);
    fleet.recipe.times = times;
    for seat in &mut fleet.seats {
        seat.adopt(&fleet.store, &times);
    }
    fleet
}

/// Runs until tokens live that long, and returns how long it took.
fn until_tokens_live(fleet: &mut Fleet, lifetime: u32, patience: u32) -> u32 {
    until_one_seals(fleet, patience, |key| key.lifetime == lifetime)
}

/// Runs until such a key seals, and returns how long it took.
pub(crate) fn until_one_seals(
    fleet: &mut Fleet,
    patience: u32,
    is_it: impl Fn(&RingKey) -> bool,
) -> u32 {
    for seconds in 0..patience {
        let now = Timestamp::from_stored(fleet.time.now());
        let ring = fleet.watch.head().unwrap().ring();
        if ring.sealing_key(now).is_some_and(&is_it) {
            return seconds;
        }
        fleet.second();
    }
    panic!(
        "no such key seals after {patience} s: {:?}",
        fleet.watch.head()
    );
}

/// Gives the order as a person does: again, if the keeper was killed before it finished.
pub(crate) fn order_adoption(fleet: &mut Fleet) {
    for _ in 0..10 {
        fleet.order(Order::AdoptPolicy);
        fleet.pass(8);
        let next_key = fleet.watch.head().and_then(|head| head.ring().next_key());
        if next_key.is_some_and(|next_key| next_key.early) {
            return;
        }
    }
    panic!("{:?}", fleet.watch.head());
}

/// Lets everything that was sealed before die.
pub(crate) fn aftermath(test: &str, mut fleet: Fleet) {
    fleet.pass(2 * LONGER);
    let seed = fleet.recipe.seed;
    assert_nothing_found(test, seed, &fleet.report(0));
}

#[test]
fn another_lifetime_comes_in_with_the_rotations_and_nobody_notices() {
    for recipe in ways() {
        for lifetime in [LONGER, SHORTER] {
            // If a publication restarts replicas, the lifetime comes with the next rotation.
            let rotations = match recipe.publishing {
                Publishing::Free => 1,
                Publishing::Restarts => 2,
            };
            let patience = rotations * recipe.times.rotate_every + 120;
            let mut fleet = asked(recipe.clone(), lifetime);
            until_tokens_live(&mut fleet, lifetime, patience);
            aftermath("another_lifetime_comes_in", fleet);
        }
    }
}

#[test]
fn a_lifetime_that_is_brought_in_at_once_comes_as_soon_as_it_is_held_and_nobody_notices() {
    for recipe in ways() {
        for lifetime in [LONGER, SHORTER] {
            let mut fleet = asked(recipe.clone(), lifetime);
            order_adoption(&mut fleet);
            // Two publications may be slow, and a killed keeper restarts.
            let soon = recipe.times.rotate_every - 80;
            let took = until_tokens_live(&mut fleet, lifetime, soon);
            assert!(took > 0, "not before anybody has heard of it");
            aftermath("a_lifetime_that_is_brought_in_at_once", fleet);
        }
    }
}

#[test]
fn a_key_that_is_given_a_longer_lifetime_while_it_seals_is_caught() {
    let recipe = Recipe {
        broken: Some(Broken::LengthenKeys),
        ..ways().remove(1)
    };
    let mut fleet = asked(recipe, LONGER);
    fleet.order(Order::AdoptPolicy);
    fleet.pass(200);
    assert_caught(&fleet.report(0), &[AcceptedEverywhere]);
}

#[test]
fn a_lifetime_that_is_brought_in_before_it_is_held_is_caught() {
    let recipe = Recipe {
        broken: Some(Broken::ActivateBeforeHeld),
        ..ways().remove(1)
    };
    let mut fleet = asked(recipe, LONGER);
    fleet.order(Order::AdoptPolicy);
    fleet.pass(200);
    assert_caught(
        &fleet.report(0),
        &[EveryReplicaHasTheSealingKey, AcceptedEverywhere],
    );
}
