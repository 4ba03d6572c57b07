//! Fleets in which everything may go wrong at once, and no visitor notices.

use std::thread;

use sealjar_keeper::plan::Publishing;

use crate::faults::Rates;
use crate::fleet::{Fleet, Report};
use crate::properties::Property;
use crate::recipe::{Recipe, Times};
use crate::verdict::{assert_sound, seeds};

/// Runs fleets with half of the seeds on another thread.
fn run_all(test: &'static str, recipes: Vec<Recipe>) -> Vec<Report> {
    let run = move |recipes: Vec<Recipe>| -> Vec<Report> {
        recipes
            .iter()
            .map(|recipe| assert_sound(test, recipe))
            .collect()
    };
    let (one, other): (Vec<_>, Vec<_>) = recipes.into_iter().partition(|it| it.seed % 2 == 0);
    let elsewhere = thread::spawn(move || run(other));
    let mut reports = run(one);
    match elsewhere.join() {
        Ok(others) => reports.extend(others),
        Err(panic) => std::panic::resume_unwind(panic),
    }
    reports
}

#[test]
fn no_fault_and_no_order_breaks_a_promise() {
    let recipes = seeds(1..25).into_iter().map(Recipe::drawn).collect();
    let reports = run_all("no_fault_and_no_order_breaks_a_promise", recipes);
    let checked = |property| reports.iter().any(|it| it.checks.made(property) > 0);
    if reports.len() > 1 {
        for property in Property::ALL {
            assert!(checked(property), "{property:?} was never checked");
        }
    }
}

#[test]
fn clocks_that_jump_within_the_skew_alone_break_nothing() {
    let jumping = |seed| Recipe {
        times: Times::drawn(&mut crate::faults::Dice::new(seed)),
        rates: Rates {
            clock_jump: 0.1,
            ..Rates::default()
        },
        ..Recipe::calm(seed)
    };
    let recipes = seeds(1..7).into_iter().map(jumping).collect();
    let reports = run_all(
        "clocks_that_jump_within_the_skew_alone_break_nothing",
        recipes,
    );
    assert!(
        reports
            .iter()
            .all(|it| it.checks.made(Property::HoldsUnderClockJumps) > 0)
    );
}

#[test]
fn a_ring_holds_no_more_keys_than_its_policy_says() {
    let undisturbed = |seed| Recipe {
        emergencies: false,
        policies: false,
        ..Recipe::drawn(seed)
    };
    for seed in seeds(1..7) {
        let recipe = undisturbed(seed);
        let most = recipe.times.settings().resolve(None).unwrap().most_keys();
        let report = assert_sound("a_ring_holds_no_more_keys_than_its_policy_says", &recipe);
        assert!(
            report.most_keys as u64 <= most,
            "{} of {most}",
            report.most_keys
        );
    }
}

#[test]
fn keepers_killed_at_every_other_step_still_rotate_in_every_way_of_publishing() {
    let publishings = [Publishing::Free, Publishing::Restarts];
    for (seed, publishing) in publishings.into_iter().enumerate() {
        for acknowledged in [true, false] {
            let recipe = Recipe {
                acknowledged,
                publishing,
                keepers: 3,
                rates: Rates {
                    killed: 0.1,
                    store_error: 0.1,
                    ..Rates::default()
                },
                ..Recipe::calm(seed as u64)
            };
            let test = "keepers_killed_at_every_other_step";
            let report = assert_sound(test, &recipe);
            assert!(report.rotations >= recipe.rotations);
        }
    }
}

#[test]
fn a_fleet_is_the_same_whenever_it_is_run_from_its_seed() {
    for seed in [3, 4] {
        let recipe = Recipe {
            rotations: 4,
            ..Recipe::drawn(seed)
        };
        let [one, other] = [(); 2].map(|()| Fleet::begin(recipe.clone()).run());
        assert_eq!(one.seconds, other.seconds);
        assert_eq!(one.tally.total(), other.tally.total());
        for property in Property::ALL {
            assert_eq!(
                one.checks.made(property),
                other.checks.made(property),
                "{property:?}"
            );
        }
    }
}
