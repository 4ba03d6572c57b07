//! One rotation is one commit, in four steps.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sealjar::Phase::{Opening, Sealing, Spent, Staged, Standby};

use super::world::*;
use crate::Step;
use crate::plan::{Publishing, WaitReason};

#[test]
fn a_first_ring_seals_at_once_and_has_a_standby_and_a_pepper() {
    let world = World::begun();
    assert_eq!(world.phases(), [Sealing, Standby]);
    assert_eq!(
        world.key(0).seals_from,
        Some(at(BEGUN - SKEW)),
        "at once on every clock"
    );
    assert_eq!(world.ring.epoch(), u64::from(BEGUN));
    assert_eq!(world.ring.timing(), world.policy.timing());
    let text = world.ring.to_json();
    assert!(
        !text.contains("\"pepper\": \"AAAAAAAA"),
        "the pepper was drawn"
    );
    world.assert_sound();
}

#[test]
fn the_standby_begins_a_skew_from_now_and_the_key_before_it_gets_no_end() {
    let world = World::rotated();
    assert_eq!(
        world.key(1).seals_from,
        Some(world.now.saturating_add(SKEW))
    );
    assert_eq!(world.phases(), [Sealing, Staged, Standby]);
    assert_eq!(world.key(0).seals_until, None);
    assert_eq!(world.key(0).opens_until, None);
}

#[test]
fn a_new_standby_is_staged_in_this_epoch_with_the_lifetime_of_the_policy() {
    let mut world = World::begun();
    world.policy = policy(PERIOD, DISTRIBUTION, SKEW, 700);
    world.pass_to_rotation();
    world.turn();
    assert_eq!(world.key(2).staged_epoch, world.ring.epoch());
    assert_eq!(world.key(2).staged_at, world.now);
    let lifetimes = world.ring.keys().iter().map(|key| key.lifetime);
    assert_eq!(
        lifetimes.collect::<Vec<_>>(),
        [500, 500, 700],
        "each keeps its own"
    );
}

#[test]
fn a_superseded_key_gets_its_end_once_the_epoch_that_superseded_it_is_held_everywhere() {
    let mut world = World::rotated();
    world.pass(DISTRIBUTION + SKEW - 1);
    let begins = world.key(1).seals_from.unwrap();
    assert!(begins < world.now, "its successor seals already");
    let wait = world.wait();
    assert_eq!(wait.reason, WaitReason::End(world.id(0)));
    assert_eq!(wait.until, Some(world.now.saturating_add(1)));
    world.pass(1);
    assert!(matches!(world.turn()[..], [Step::Ended { .. }]));
    let until = world.now.saturating_add(SKEW);
    assert_eq!(world.key(0).seals_until, Some(until));
    assert_eq!(
        world.key(0).opens_until,
        Some(until.saturating_add(LIFETIME))
    );
}

#[test]
fn a_key_whose_successor_is_yet_to_begin_seals_until_a_skew_after_that() {
    // Every replica says that it holds the epoch before the successor begins.
    let mut world = World::rotated();
    world.acknowledged(&[("web.1", world.ring.epoch())]);
    world.pass(1);
    let begins = world.key(1).seals_from.unwrap();
    assert!(begins > world.now);
    assert!(matches!(world.turn()[..], [Step::Ended { .. }]));
    assert_eq!(world.key(0).seals_until, Some(begins.saturating_add(SKEW)));
}

#[test]
fn a_key_is_dropped_when_its_end_is_over_on_the_slowest_clock_and_not_a_second_before() {
    let mut world = World::ended();
    let opens_until = world.key(0).opens_until.unwrap();
    world.now = opens_until.saturating_add(SKEW);
    assert_eq!(world.phases()[0], Spent);
    assert_eq!(world.wait().reason, WaitReason::Drop(world.id(0)));
    world.pass(1);
    assert_eq!(names(&world.turn()), ["Dropped"]);
    assert_eq!(world.phases(), [Sealing, Standby]);
}

#[test]
fn ends_come_although_somebody_is_revoked_more_often_than_an_epoch_takes_to_arrive() {
    let mut world = World::rotated();
    let begun = world.now;
    while world.key(0).opens_until.is_none() {
        world.pass(20);
        let _ = world.change(|it| {
            it.revoke_session(it.now.stored().to_be_bytes().repeat(2).try_into().unwrap())
        });
        world.turn();
        assert!(
            world.now.seconds_since(begun) <= 80,
            "no epoch after the rotation is ever held"
        );
    }
    assert_eq!(world.fleet.violation(), None);
}

#[test]
fn where_a_publication_restarts_tasks_ends_and_drops_ride_with_the_rotation() {
    let mut world = World::begun();
    world.publishing = Publishing::Restarts;
    let mut made = Vec::new();
    let until = world.now.saturating_add(6 * PERIOD);
    while world.now < until {
        let steps = world.turn();
        if !steps.is_empty() {
            made.push(names(&steps).join(" "));
        }
        world.pass(10);
    }
    assert_eq!(
        made,
        [
            "Promoted Staged",
            "Ended Promoted Staged",
            "Ended Promoted Dropped Staged",
            "Ended Promoted Dropped Staged",
            "Ended Promoted Dropped Staged",
        ],
        "no epoch of their own"
    );
    assert_eq!(world.fleet.violation(), None);
}

#[test]
fn a_second_turn_at_the_same_instant_changes_nothing() {
    let mut world = World::begun();
    for _ in 0..400 {
        world.pass(13);
        world.turn();
        assert_eq!(world.turn(), [], "at {}", world.now);
    }
}

#[test]
fn a_turn_that_comes_late_promotes_from_its_own_time() {
    let mut world = World::begun();
    world.pass(9 * PERIOD);
    assert_eq!(
        world.phases(),
        [Sealing, Standby],
        "a dead keeper takes nothing down"
    );
    world.turn();
    assert_eq!(
        world.key(1).seals_from,
        Some(world.now.saturating_add(SKEW))
    );
    world.pass(SKEW);
    assert_eq!(world.phases(), [Opening, Sealing, Standby]);
    assert_eq!(world.fleet.violation(), None);
}

#[test]
fn epochs_are_the_second_they_are_made_in_and_rise_where_two_are_made_in_one() {
    let mut world = World::begun();
    assert_eq!(world.ring.epoch(), u64::from(BEGUN));
    world.change(|it| it.revoke_session([1; 8]));
    world.change(|it| it.revoke_session([2; 8]));
    assert_eq!(world.ring.epoch(), u64::from(BEGUN) + 2);
    world.pass(1);
    world.change(|it| it.revoke_session([3; 8]));
    assert_eq!(world.ring.epoch(), u64::from(BEGUN) + 3);
    world.pass(100);
    world.change(|it| it.revoke_session([4; 8]));
    assert_eq!(world.ring.epoch(), u64::from(BEGUN) + 101);
}

#[test]
fn debug_does_not_leak_key() {
    let world = World::rotated();
    let shown = format!("{:?}", world.situation());
    assert!(shown.contains("\"web\""), "{shown}");
    assert!(shown.contains(&world.id(0).to_string()), "{shown}");
    assert_eq!(shown_keys(&world, &shown), 0, "{shown}");

    // The negative controls: the document, and what a derived `Debug` would show.
    let secrets = secrets(&world);
    assert_eq!(shown_keys(&world, &world.ring.to_json()), secrets.len());
    assert_eq!(shown_keys(&world, &format!("{:?}", secrets[0])), 1);
}

/// How many of the ring's keys a text shows, as their own text or as a list of numbers.
fn shown_keys(world: &World, text: &str) -> usize {
    let shows = |secret: &&[u8; 32]| {
        let listed = format!("{:?}", &secret[8..16]);
        text.contains(&URL_SAFE_NO_PAD.encode(&secret[9..18]))
            || text.contains(listed.trim_matches(['[', ']']))
    };
    secrets(world).iter().filter(shows).count()
}

fn secrets(world: &World) -> Vec<[u8; 32]> {
    let document = world.ring.to_json();
    let texts = document.split("sealjar-key-1_").skip(1);
    texts
        .map(|text| {
            let (text, _) = text.split_once('"').unwrap();
            let bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
            *bytes.first_chunk().unwrap()
        })
        .collect()
}
