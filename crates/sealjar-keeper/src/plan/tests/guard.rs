//! A key begins to seal only if it was staged in an earlier epoch that every replica is known to
//! hold.

use super::world::*;
use crate::Refused;
use crate::delivery::{Delivery, Publications};
use crate::plan::{Plan, Wait, WaitReason};

#[test]
fn a_rotation_that_is_due_waits_until_the_standbys_epoch_is_held_and_says_for_what() {
    let mut world = World::begun();
    let staged = world.ring.epoch();
    world.pass_to_rotation();
    // The publication took until now.
    world.delivery = Delivery::Unacknowledged(Publications::default());
    let nothing_known = world.wait();
    assert_eq!(nothing_known.until, None);
    world.publish();
    for _ in 0..DISTRIBUTION + SKEW {
        let Wait { until, reason } = world.wait();
        assert_eq!(until, Some(at(BEGUN - SKEW + PERIOD + DISTRIBUTION + SKEW)));
        let lagging = Vec::new();
        assert_eq!(
            reason,
            WaitReason::Standby {
                epoch: staged,
                lagging
            }
        );
        world.pass(1);
    }
    assert_eq!(names(&world.turn()), ["Promoted", "Staged"]);
}

#[test]
fn where_replicas_acknowledge_they_alone_decide_and_who_lags_is_named() {
    let mut world = World::begun();
    let staged = world.ring.epoch();
    world.pass_to_rotation();
    world.pass(100 * PERIOD);
    // It has run all the time.
    world.checked = Some(world.now);
    world.acknowledged(&[("web.1", staged), ("web.2", staged - 1), ("web.3", 0)]);
    let wait = world.wait();
    let lagging = vec!["web.2".to_owned(), "web.3".to_owned()];
    assert_eq!(wait.until, None, "no time is enough");
    assert_eq!(
        wait.reason,
        WaitReason::Standby {
            epoch: staged,
            lagging
        }
    );
    let refused = world.situation().rotate(false).unwrap_err();
    assert!(refused.to_string().contains("web.2, web.3"), "{refused}");
    assert!(refused.hint().contains("--force"), "{}", refused.hint());

    world.acknowledged(&[("web.1", staged), ("web.2", staged + 7)]);
    assert_eq!(names(&world.turn()), ["Promoted", "Staged"]);
}

#[test]
fn force_is_a_persons_and_goes_on_past_who_lags() {
    let mut world = World::begun();
    world.acknowledged(&[("web.1", 0)]);
    assert!(matches!(
        world.situation().rotate(false),
        Err(Refused::NotHeld(_))
    ));
    let change = world.situation().rotate(true).unwrap();
    assert_eq!(names(&change.steps), ["Promoted", "Staged"]);
}

#[test]
fn a_rotation_that_is_asked_for_is_made_before_it_is_due_and_no_sooner_than_held() {
    let mut world = World::begun();
    world.pass(DISTRIBUTION + SKEW - 1);
    let Err(Refused::NotHeld(wait)) = world.situation().rotate(false) else {
        panic!("a second is missing")
    };
    assert_eq!(wait.until, Some(world.now.saturating_add(1)));
    world.pass(1);
    let steps = world.change(|it| it.rotate(false));
    assert_eq!(names(&steps), ["Promoted", "Staged"]);
    assert!(matches!(
        world.situation().rotate(false),
        Err(Refused::NotHeld(_))
    ));
    assert_eq!(world.fleet.violation(), None);
}

#[test]
fn a_key_is_never_promoted_in_the_epoch_that_stages_it() {
    let mut world = World::begun();
    for _ in 0..40 {
        let before: Vec<_> = world.ring.keys().iter().map(|key| key.id()).collect();
        world.pass_to_rotation();
        world.turn();
        for key in world.ring.keys() {
            let is_new = !before.contains(&key.id());
            assert_eq!(is_new, key.staged_epoch == world.ring.epoch());
            assert!(!is_new || key.seals_from.is_none());
        }
        world.pass(DISTRIBUTION + SKEW);
        world.turn();
    }
}

#[test]
fn the_latest_of_several_publications_that_is_held_stands_for_all_before() {
    let mut world = World::begun();
    let staged = world.ring.epoch();
    for _ in 0..30 {
        world.pass(10);
        world.change(|it| it.revoke_session([1; 8]));
    }
    let Delivery::Unacknowledged(publications) = &world.delivery else {
        panic!("nobody acknowledges here")
    };
    assert!(
        publications.finished().len() <= 9,
        "what is not needed is not kept"
    );
    assert!(!publications.has(staged));
    assert!(world.situation().rotate(false).is_ok());
}

#[test]
fn times_that_become_shorter_shorten_no_wait_that_has_begun() {
    let mut world = World::begun();
    let until = world.now.saturating_add(DISTRIBUTION + SKEW);
    world.policy = policy(PERIOD, 1, 1, LIFETIME);
    let waits = |world: &World| match world.situation().rotate(false) {
        Err(Refused::NotHeld(wait)) => wait.until,
        other => panic!("{other:?}"),
    };
    assert_eq!(waits(&world), Some(until));
    // Nor does an epoch that is made under the shorter times: the first is still on its way.
    world.pass(1);
    world.commit(world.situation().revoke_session([1; 8]).unwrap());
    assert_eq!(world.ring.timing().distribution, 1);
    assert_eq!(waits(&world), Some(until));
    // But it holds the standby too, and arrives sooner, once it is published.
    world.publish();
    assert_eq!(waits(&world), Some(world.now.saturating_add(2)));
}

#[test]
fn an_epoch_waits_and_ends_by_the_times_it_was_issued_under_where_they_are_longer() {
    // Committed under the longer times, and published by a keeper that has the shorter ones.
    let mut world = World::begun();
    world.delivery = Delivery::Unacknowledged(Publications::default());
    world.policy = policy(PERIOD, 1, 1, LIFETIME);
    world.publish();
    let Err(Refused::NotHeld(wait)) = world.situation().rotate(false) else {
        panic!("some replicas need as long as they ever did")
    };
    assert_eq!(
        wait.until,
        Some(world.now.saturating_add(DISTRIBUTION + SKEW))
    );
    world.pass(DISTRIBUTION + SKEW);
    let change = world.situation().rotate(false).unwrap();
    let begins = Some(world.now.saturating_add(SKEW));
    assert_eq!(
        change.ring.keys()[1].seals_from,
        begins,
        "clocks are as far apart as ever"
    );
}

#[test]
fn times_that_become_longer_hold_at_once() {
    let mut world = World::begun();
    world.policy = policy(PERIOD, 300, 30, LIFETIME);
    world.pass(329);
    assert!(matches!(
        world.situation().rotate(false),
        Err(Refused::NotHeld(_))
    ));
    world.pass(1);
    let change = world.situation().rotate(false).unwrap();
    assert_eq!(
        change.ring.keys()[1].seals_from,
        Some(world.now.saturating_add(30))
    );
}

#[test]
fn a_ring_that_lacks_its_standby_or_its_sealing_key_is_made_whole_by_the_next_turn() {
    let mut world = World::begun();
    world.alter(|draft| {
        draft.keys.pop();
    });
    assert!(matches!(
        world.situation().rotate(true),
        Err(Refused::NoStandby)
    ));
    assert_eq!(names(&world.turn()), ["Staged"]);
    world.assert_sound();

    let mut world = World::begun();
    world.pass(DISTRIBUTION + SKEW);
    let soon = world.now.saturating_add(5);
    world.alter(|draft| draft.keys[0].seals_until = Some(soon));
    let Plan::Commit(change) = world.situation().turn().unwrap() else {
        panic!("only a sealing key with an end is left")
    };
    assert!(
        names(&change.steps).contains(&"Promoted".to_owned()),
        "{:?}",
        change.steps
    );
    world.adopt(*change);
    world.assert_sound();
}
