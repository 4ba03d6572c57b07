//! How does a failed fleet say how to repeat its run?

use crate::fleet::{Fleet, Report};
use crate::properties::Property;
use crate::recipe::Recipe;

/// Runs a fleet. Panics with the failures and with the command that repeats the run.
pub(crate) fn assert_sound(test: &str, recipe: &Recipe) -> Report {
    let report = Fleet::begin(recipe.clone()).run();
    assert_nothing_found(test, recipe.seed, &report);
    report
}

pub(crate) fn assert_nothing_found(test: &str, seed: u64, report: &Report) {
    let found: Vec<String> = report
        .checks
        .found()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        found.is_empty(),
        "seed {seed}, {} rotations in {} s:\n  {}\nsee it again with\n  {SEED}={seed} cargo test -p \
         sealjar-tests --test fleet -- {test}",
        report.rotations,
        report.seconds,
        found.join("\n  ")
    );
}

/// Asserts that the fault is caught, at least by these properties.
pub(crate) fn assert_caught(report: &Report, by: &[Property]) {
    for property in by {
        assert!(
            report.checks.has_found(*property),
            "{property:?} caught nothing in {} s, only this was: {:?}",
            report.seconds,
            report.checks.found()
        );
    }
}

/// The seeds to run: the one to repeat, or all.
pub(crate) fn seeds(all: std::ops::Range<u64>) -> Vec<u64> {
    match std::env::var(SEED) {
        Ok(seed) => vec![seed.parse().expect("the seed is a number")],
        Err(_) => all.collect(),
    }
}

pub(crate) const SEED: &str = "SEALJAR_FLEET_SEED";
