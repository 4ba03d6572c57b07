//! Would the simulation notice a fault? Each control breaks one thing, and the named property
//! catches it.

use sealjar_keeper::plan::Publishing;

use crate::broken::Broken;
use crate::faults::Rates;
use crate::fleet::{Fleet, Report};
use crate::properties::Property::{
    self, AcceptedEverywhere, DroppedAfterItsEnd, EpochsNeverFall, EveryReplicaCanSeal,
    EveryReplicaHasTheSealingKey, HoldsUnderClockJumps, KeepersAgree, LoggedOutStaysLoggedOut,
    NothingIsCleared, ReferencedIsKept, ResumesAfterAKill, RevokedCanLogInAgain,
    RevokedStaysRevoked, StagedBeforeSealing,
};
use crate::recipe::{Recipe, Times};
use crate::verdict::{assert_caught, assert_nothing_found};

/// Runs a fleet with and without the fault.
fn assert_control(broken: Broken, recipe: &Recipe, by: &[Property]) -> Report {
    let sound = Fleet::begin(recipe.clone()).run();
    assert_nothing_found("controls", recipe.seed, &sound);
    let report = Fleet::begin(Recipe {
        broken: Some(broken),
        ..recipe.clone()
    })
    .run();
    assert_caught(&report, by);
    report
}

fn ordered(seed: u64) -> Recipe {
    Recipe {
        orders: 2.0,
        rotations: 6,
        visitors: 8,
        ..Recipe::calm(seed)
    }
}

#[test]
fn a_new_key_that_seals_at_once_is_caught() {
    assert_control(
        Broken::SealAtOnce,
        &Recipe::calm(1),
        &[
            EveryReplicaHasTheSealingKey,
            AcceptedEverywhere,
            StagedBeforeSealing,
        ],
    );
}

#[test]
fn a_standby_that_begins_before_it_is_known_to_be_held_is_caught() {
    // The next rotation is due before a slow publication is finished.
    let hurried = Recipe {
        times: Times {
            rotate_every: 26,
            ..Recipe::calm(2).times
        },
        rates: Rates {
            slow: 0.8,
            ..Rates::default()
        },
        rotations: 8,
        ..Recipe::calm(2)
    };
    assert_control(
        Broken::ActivateBeforeHeld,
        &hurried,
        &[EveryReplicaHasTheSealingKey, AcceptedEverywhere],
    );
    let acknowledged = Recipe {
        acknowledged: true,
        rotations: 20,
        ..hurried
    };
    assert_control(
        Broken::ActivateBeforeHeld,
        &acknowledged,
        &[EveryReplicaHasTheSealingKey, AcceptedEverywhere],
    );
}

#[test]
fn an_end_in_the_epoch_that_promotes_the_successor_is_caught() {
    assert_control(
        Broken::EndWithPromotion,
        &Recipe::calm(3),
        &[AcceptedEverywhere],
    );
}

#[test]
fn a_key_that_is_removed_when_it_seals_no_more_is_caught() {
    let recipe = Recipe {
        rotations: 6,
        ..Recipe::calm(4)
    };
    assert_control(
        Broken::RemoveTooEarly,
        &recipe,
        &[AcceptedEverywhere, DroppedAfterItsEnd, ReferencedIsKept],
    );
}

#[test]
fn revocations_that_are_compared_with_the_time_of_sealing_are_caught() {
    let recipe = Recipe {
        rotations: 20,
        ..ordered(5)
    };
    assert_control(Broken::CompareSealedAt, &recipe, &[RevokedStaysRevoked]);
}

#[test]
fn a_login_that_is_born_before_what_the_ring_lists_is_caught() {
    // The skew leaves time for a login while the revocation lies ahead.
    let recipe = Recipe {
        times: Times {
            distribution: 8,
            skew: 15,
            ..Recipe::calm(17).times
        },
        orders: 10.0,
        ..ordered(17)
    };
    assert_control(Broken::BornNow, &recipe, &[RevokedCanLogInAgain]);
}

#[test]
fn clearing_a_cookie_on_an_unknown_key_is_caught() {
    let recipe = Recipe {
        rotations: 20,
        ..ordered(6)
    };
    assert_control(Broken::ClearOnUnknownKey, &recipe, &[NothingIsCleared]);
}

#[test]
fn a_ring_that_keeps_only_sealing_keys_with_an_end_is_caught() {
    assert_control(Broken::EndTheLast, &Recipe::calm(7), &[EveryReplicaCanSeal]);
}

#[test]
fn a_replica_that_takes_any_epoch_is_caught() {
    let recipe = Recipe {
        rates: Rates {
            reordered: 0.5,
            ..Rates::default()
        },
        ..Recipe::calm(8)
    };
    assert_control(Broken::TakeAnyEpoch, &recipe, &[EpochsNeverFall]);
}

#[test]
fn a_publication_that_is_reported_and_not_made_is_caught() {
    assert_control(
        Broken::PublishNothing,
        &Recipe::calm(9),
        &[ResumesAfterAKill],
    );
}

#[test]
fn a_store_that_commits_without_comparing_is_caught() {
    let recipe = Recipe {
        keepers: 4,
        rotations: 10,
        ..Recipe::calm(10)
    };
    assert_control(Broken::CommitWithoutComparing, &recipe, &[KeepersAgree]);
}

#[test]
fn forgetting_revocations_before_their_time_is_caught() {
    assert_control(
        Broken::ForgetRevocations,
        &ordered(11),
        &[ReferencedIsKept, RevokedStaysRevoked],
    );
}

#[test]
fn a_key_that_comes_back_after_its_revocation_is_caught() {
    assert_control(Broken::Revive, &ordered(12), &[RevokedStaysRevoked]);
}

#[test]
fn a_roll_back_to_what_was_kept_after_a_revocation_is_caught() {
    let recipe = Recipe {
        publishing: Publishing::Restarts,
        rates: Rates {
            rolled_back: 0.2,
            ..Rates::default()
        },
        rotations: 12,
        ..ordered(16)
    };
    assert_control(Broken::KeepEverything, &recipe, &[RevokedStaysRevoked]);
}

#[test]
fn a_record_that_outlives_what_it_tells_of_is_caught() {
    // Replicas start from an old document that was put back, and the keeper that corrects it dies
    // before it records that.
    let recipe = Recipe {
        replicas: 40,
        rates: Rates {
            rolled_back: 0.03,
            killed: 0.15,
            crash: 0.02,
            ..Rates::default()
        },
        rotations: 40,
        ..Recipe::calm(15)
    };
    assert_control(Broken::KeepRecord, &recipe, &[AcceptedEverywhere]);
}

#[test]
fn a_logout_that_is_forgotten_before_every_answer_has_come_is_caught() {
    let recipe = Recipe {
        visitors: 8,
        rotations: 10,
        ..Recipe::calm(16)
    };
    assert_control(Broken::ForgetLogouts, &recipe, &[LoggedOutStaysLoggedOut]);
}

#[test]
fn clocks_that_jump_beyond_the_skew_are_caught() {
    let recipe = Recipe {
        rates: Rates {
            clock_jump: 0.05,
            ..Rates::default()
        },
        ..Recipe::calm(14)
    };
    assert_control(
        Broken::JumpBeyondSkew,
        &recipe,
        &[AcceptedEverywhere, HoldsUnderClockJumps],
    );
}
