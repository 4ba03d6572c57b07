//! What if the keeper's clock is wrong by more than the skew?
//!
//! If its clock is behind the last decision, a keeper decides nothing. A wrong clock cannot start a
//! rotation too early, because all dates come from the same clock. Two things do go wrong, and
//! these tests show them because operators have to know: a clock that is ahead drops keys that
//! replicas still need, and a clock that is behind by little enough to go unnoticed gives a
//! superseded key an end before the expiry of its last tokens.

use crate::fleet::{Fleet, Report};
use crate::properties::Property::{
    AcceptedEverywhere, DroppedAfterItsEnd, EpochsNeverFall, EveryReplicaCanSeal,
    EveryReplicaHasTheSealingKey, KeepersAgree, ReferencedIsKept, ResumesAfterAKill,
    RevokedStaysRevoked, StagedBeforeSealing,
};
use crate::recipe::Recipe;
use crate::verdict::{assert_caught, assert_nothing_found};

/// Lets a keeper's clock be wrong for a while.
fn with_error(seed: u64, ahead: i64, seconds: u32) -> Report {
    let mut fleet = Fleet::begin(Recipe::calm(seed));
    fleet.pass(200);
    fleet.seats[0].clock.set_ahead(ahead);
    fleet.pass(seconds);
    fleet.seats[0].clock.set_ahead(0);
    fleet.pass(300);
    fleet.report(0)
}

#[test]
fn a_clock_that_is_behind_what_was_decided_decides_nothing_and_nobody_notices() {
    for behind in [200, 3_600, 30 * 86_400] {
        let report = with_error(1, -behind, 150);
        // The keeper reports it at each turn, and does nothing else.
        let found = report.checks.found();
        let said = found.iter().filter(|it| it.what.contains("clock_behind: "));
        assert_eq!(said.count(), found.len(), "{found:?}");
        assert_caught(&report, &[ResumesAfterAKill]);
    }
}

#[test]
fn a_clock_that_is_ahead_begins_no_key_too_early_and_is_found_out_when_it_is_put_right() {
    for ahead in [30, 300, 86_400] {
        let report = with_error(2, ahead, 40);
        for property in [
            EveryReplicaHasTheSealingKey,
            EpochsNeverFall,
            StagedBeforeSealing,
            KeepersAgree,
            RevokedStaysRevoked,
        ] {
            assert!(!report.checks.has_found(property), "{property:?}");
        }
    }
}

#[test]
fn a_clock_within_the_skew_is_no_error() {
    for ahead in 0..=3 {
        let report = with_error(3, ahead, 300);
        assert_nothing_found("a_clock_within_the_skew", 3, &report);
    }
}

#[test]
fn the_limit_a_clock_that_is_ahead_drops_keys_whose_tokens_live() {
    assert_caught(
        &with_error(4, 60, 40),
        &[AcceptedEverywhere, DroppedAfterItsEnd, ReferencedIsKept],
    );
}

#[test]
fn the_limit_a_clock_that_stays_ahead_by_more_than_tokens_live_leaves_nothing_to_seal_with() {
    assert_caught(
        &with_error(5, 300, 600),
        &[AcceptedEverywhere, EveryReplicaCanSeal],
    );
}

#[test]
fn the_limit_a_clock_that_is_behind_unnoticed_ends_a_key_before_its_last_token() {
    let mut fleet = Fleet::begin(Recipe::calm(6));
    // It is behind since before the first rotation, by less than the time since the last commit.
    fleet.pass(40);
    fleet.seats[0].clock.set_ahead(-30);
    fleet.pass(300);
    assert_caught(&fleet.report(0), &[AcceptedEverywhere]);
}
