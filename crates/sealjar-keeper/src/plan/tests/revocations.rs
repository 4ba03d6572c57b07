//! Who and what is refused before its time, and for how long is that remembered?

use sealjar::{Revocations, Timestamp};

use super::world::*;
use crate::Refused;

#[test]
fn a_person_and_all_sessions_are_refused_up_to_a_skew_from_now_for_fast_clocks() {
    let mut world = World::begun();
    world.change(|it| it.revoke_subject("shop", "ada", None));
    let fast = world.now.saturating_add(SKEW - 1);
    let list = world.ring.revocations();
    assert!(
        list.covers_subject("shop", "ada", fast),
        "born now, by a clock that is ahead"
    );
    assert!(!list.covers_subject("shop", "ada", world.now.saturating_add(SKEW)));
    assert!(
        !list.covers_subject("admin", "ada", at(0)),
        "in its own application"
    );
    world.change(|it| it.revoke_session([7; 8]));
    assert!(world.ring.revocations().covers_session([7; 8]));
    world.change(|it| it.raise_floor(None));
    assert_eq!(
        world.ring.revocations().floor,
        Some(world.now.saturating_add(SKEW))
    );
}

/// A session that began with the entry known is born at its time, and not before it.
#[test]
fn a_person_who_is_refused_again_is_refused_from_a_later_birth_on() {
    let mut world = World::begun();
    world.change(|it| it.revoke_subject("shop", "ada", None));
    let listed = |world: &World| world.ring.revocations().subject_born_before("shop", "ada");
    let first = listed(&world).unwrap();
    assert_eq!(first, world.now.saturating_add(SKEW));
    // At once, and so by a keeper whose clock is behind.
    world.change(|it| it.revoke_subject("shop", "ada", None));
    assert_eq!(listed(&world), Some(first.saturating_add(1)));
    let lists = world.ring.revocations();
    assert!(lists.covers_subject("shop", "ada", first));
    // A time that was asked for is taken as it is, and the later one stays.
    world.change(|it| it.revoke_subject("shop", "ada", Some(at(BEGUN - 5))));
    assert_eq!(listed(&world), Some(first.saturating_add(1)));
}

#[test]
fn a_time_may_be_given_and_none_that_refuses_logins_yet_to_come() {
    let mut world = World::begun();
    let latest = world.now.saturating_add(SKEW);
    let born_before = latest.saturating_add(1);
    let in_future = Refused::InFuture {
        born_before,
        latest,
    };
    let situation = world.situation();
    let asked = [
        situation.revoke_subject("shop", "ada", Some(born_before)),
        situation.raise_floor(Some(born_before)),
    ];
    for made in asked {
        assert_eq!(made.unwrap_err(), in_future);
    }
    assert!(in_future.hint().contains("--before now"));
    world.change(|it| it.revoke_subject("shop", "ada", Some(latest)));
    world.change(|it| it.raise_floor(Some(at(BEGUN - 5))));
    let again = world
        .situation()
        .raise_floor(Some(at(BEGUN - 5)))
        .unwrap_err();
    assert_eq!(
        again,
        Refused::FloorStands {
            floor: at(BEGUN - 5)
        }
    );
    let name = "x".repeat(70_000);
    let long = world
        .situation()
        .revoke_subject("shop", &name, None)
        .unwrap_err();
    assert!(matches!(long, Refused::Name(_)), "{long:?}");
}

#[test]
fn a_revocation_is_remembered_for_the_horizon_and_a_skew_on_the_slowest_clock() {
    let mut world = World::begun();
    world.change(|it| it.revoke_session([7; 8]));
    // It was noted with a skew for fast clocks, and one for a birth that lies ahead.
    world.pass(HORIZON + 3 * SKEW);
    let steps = world.change(|it| it.revoke_session([8; 8]));
    assert_eq!(names(&steps), ["SessionRevoked"]);
    assert_eq!(world.ring.revocations().entries(), 2);
    world.pass(1);
    let steps = world.change(|it| it.revoke_session([9; 8]));
    assert_eq!(names(&steps), ["Forgot", "SessionRevoked"]);
    assert!(!world.ring.revocations().covers_session([7; 8]));
    assert_eq!(world.ring.revocations().entries(), 2);
}

/// A listed person's login on a fast clock is born two skews from now.
#[test]
fn a_session_that_was_born_as_late_as_can_be_does_not_outlive_its_entry() {
    let mut world = World::begun();
    let born = world.now.saturating_add(2 * SKEW);
    world.change(|it| it.revoke_session([7; 8]));
    // The floor does not cover that birth.
    world.change(|it| it.raise_floor(None));
    assert!(world.ring.revocations().floor < Some(born));
    for passed in [0, HORIZON + 3 * SKEW - 1] {
        world.pass(passed);
        world.change(|it| it.revoke_session([8; 8]));
        let slow = world.now.saturating_sub(SKEW);
        assert!(slow < born.saturating_add(HORIZON), "it is alive");
        assert!(world.ring.revocations().covers_session([7; 8]), "{passed}");
    }
}

#[test]
fn what_is_over_makes_no_epoch_of_its_own_and_goes_with_the_next() {
    let mut world = World::begun();
    world.change(|it| it.revoke_session([7; 8]));
    for _ in 0..HORIZON / 100 + 1 {
        world.pass(100);
        if world.situation().rotation_due() > world.now {
            assert!(!names(&world.turn()).contains(&"Forgot".to_owned()));
        } else {
            world.turn();
        }
    }
    world.pass_to_rotation();
    assert!(names(&world.turn()).contains(&"Forgot".to_owned()));
}

#[test]
fn a_horizon_that_grows_keeps_what_the_shorter_one_would_forget() {
    let mut world = World::begun();
    world.change(|it| it.revoke_session([7; 8]));
    let settings = crate::policy::PolicySettings {
        revocation_horizon: Some(crate::HumanDuration::from_secs(2 * HORIZON)),
        ..crate::policy::PolicySettings::default()
    };
    world.policy = settings.resolve(Some(&world.ring)).unwrap();
    world.pass(HORIZON + 2 * SKEW + 1);
    world.change(|it| it.revoke_session([8; 8]));
    assert!(world.ring.revocations().covers_session([7; 8]));
    assert_eq!(world.ring.revocations().horizon, 2 * HORIZON);
}

#[test]
fn the_8193rd_entry_is_refused_with_a_hint_until_pruning_or_a_floor_makes_room() {
    let full = || {
        let mut world = World::begun();
        let now = world.now;
        world.alter(|draft| fill(&mut draft.revocations, now));
        world
    };
    let mut world = full();
    let refused = world.situation().revoke_session([1; 8]).unwrap_err();
    assert_eq!(refused, Refused::RevocationsFull);
    assert!(refused.to_string().contains("8192"), "{refused}");
    assert!(
        refused.hint().contains("revoke --before"),
        "{}",
        refused.hint()
    );
    assert!(
        world.situation().revoke_session([0; 8]).is_ok(),
        "listed already"
    );

    world.pass(HORIZON + SKEW + 1);
    let steps = world.change(|it| it.revoke_session([1; 8]));
    assert_eq!(names(&steps), ["Forgot", "SessionRevoked"]);
    assert_eq!(world.ring.revocations().entries(), 1);

    let mut world = full();
    let steps = world.change(|it| it.raise_floor(None));
    assert_eq!(names(&steps), ["FloorRaised", "Forgot"]);
    world.pass(1);
    world.change(|it| it.revoke_session([1; 8]));
    assert_eq!(world.ring.revocations().entries(), 1);
}

#[test]
fn a_document_that_becomes_too_long_for_names_of_apps_is_refused_with_the_same_hint() {
    let mut world = World::begun();
    let app = "a".repeat(60_000);
    for ada in 0..8 {
        world.change(|it| it.revoke_subject(&app, &ada.to_string(), None));
    }
    let refused = world
        .situation()
        .revoke_subject(&app, "8", None)
        .unwrap_err();
    assert!(matches!(refused, Refused::Ring(_)), "{refused:?}");
    assert!(
        refused.hint().contains("revoke --before"),
        "{}",
        refused.hint()
    );
}

fn fill(revocations: &mut Revocations, now: Timestamp) {
    for entry in 0..Revocations::MAX_ENTRIES as u64 {
        revocations.revoke_session((entry << 32).to_be_bytes(), now);
    }
}

#[test]
fn a_time_that_nothing_alive_was_born_before_is_refused_and_the_second_after_is_not() {
    let world = World::begun();
    let earliest = world.now.saturating_sub(HORIZON + SKEW);
    let revoke = |born_before| {
        world
            .situation()
            .revoke_subject("shop", "ada", Some(born_before))
    };
    assert!(revoke(earliest).is_ok());
    let born_before = earliest.saturating_sub(1);
    let long_over = Refused::LongOver {
        born_before,
        earliest,
    };
    assert_eq!(revoke(born_before).unwrap_err(), long_over);
    assert_eq!(
        revoke(at(0)).unwrap_err(),
        Refused::LongOver {
            born_before: at(0),
            earliest
        }
    );
}
