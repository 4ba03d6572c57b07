//! What is refused before anything is decided.

use sealjar::{KeyRing, RandomError, RingKey};

use super::world::*;
use crate::Refused;
use crate::delivery::{Delivery, Publications};
use crate::plan::{self, Change, Restore, Sessions, Situation};

/// Everything that can be asked.
pub(super) fn decisions(world: &World) -> Vec<(&'static str, Result<(), Refused>)> {
    let it = world.situation();
    let change = |made: Result<Change, Refused>| made.map(|_| ());
    vec![
        ("turn", it.turn().map(|_| ())),
        ("rotate", change(it.rotate(true))),
        ("revoke_keys", change(it.revoke_keys(&[world.id(0)]))),
        ("revoke_all", change(it.revoke_all())),
        (
            "revoke_subject",
            change(it.revoke_subject("shop", "ada", Some(it.now))),
        ),
        ("revoke_session", change(it.revoke_session([1; 8]))),
        ("raise_floor", change(it.raise_floor(Some(it.now)))),
    ]
}

#[test]
fn a_clock_a_skew_behind_decides_and_one_a_second_more_does_not() {
    for behind in ["issued_at", "published"] {
        let mut world = World::begun();
        if behind == "published" {
            world.pass(300);
            world.delivery = Delivery::Unacknowledged(Publications::default());
            world.publish();
        }
        let latest = world.now;
        world.now = latest.saturating_sub(SKEW);
        for (name, made) in decisions(&world) {
            assert_eq!(made, Ok(()), "{behind}: {name}");
        }
        world.now = latest.saturating_sub(SKEW + 1);
        let now = world.now;
        for (name, made) in decisions(&world) {
            assert_eq!(
                made,
                Err(Refused::ClockBehind { now, latest }),
                "{behind}: {name}"
            );
        }
        let shown = Refused::ClockBehind { now, latest };
        assert!(shown.to_string().starts_with("clock_behind: "), "{shown}");
        assert!(shown.hint().contains("clock"));
    }
}

#[test]
fn a_key_of_a_suite_that_a_newer_keeper_made_stops_every_decision() {
    let mut world = World::begun();
    let stranger = world.id(1);
    let text = world.ring.to_json();
    let (before, after) = text.split_at(text.find(&stranger.to_string()).unwrap());
    let after = after.replacen("xaes-256-gcm", "of-tomorrow", 1);
    world.ring = KeyRing::from_json(format!("{before}{after}").as_bytes()).unwrap();
    for (name, made) in decisions(&world) {
        assert_eq!(made, Err(Refused::UnknownSuite(stranger)), "{name}");
    }
    assert_eq!(
        Refused::UnknownSuite(stranger).hint(),
        "upgrade this keeper"
    );
}

#[test]
fn a_key_that_cannot_be_drawn_refuses_whatever_needs_one_and_makes_nothing_worse() {
    let mut world = World::begun();
    let dry = |_| Err(RandomError::new("it is dry"));
    let refused = Err(Refused::Random(RandomError::new("it is dry")));
    assert!(matches!(
        plan::first("web", &world.policy, world.now, &dry),
        Err(Refused::Random(_))
    ));
    world.pass_to_rotation();
    let situation = Situation {
        mint: &dry,
        ..world.situation()
    };
    let change = |made: Result<Change, Refused>| made.map(|_| ());
    assert_eq!(situation.turn().map(|_| ()), refused);
    assert_eq!(change(situation.rotate(false)), refused);
    assert_eq!(change(situation.revoke_keys(&[world.id(0)])), refused);
    assert_eq!(change(situation.revoke_all()), refused);
    assert_eq!(
        change(situation.revoke_session([1; 8])),
        Ok(()),
        "it needs none"
    );
    let restore = Restore {
        document: &world.ring,
        known: &[],
        delivered: &[],
        strangers: &[],
        replaces: false,
        sessions: Sessions::End,
        policy: &world.policy,
        now: world.now,
        clock_is_right: false,
        mint: &dry,
    };
    let made = restore.decide();
    assert_eq!(change(made), Ok(()), "it has a standby");
}

#[test]
fn a_ring_of_64_keys_takes_no_more_and_says_so() {
    let mut world = World::begun();
    world.alter(|draft| {
        while draft.keys.len() < KeyRing::MAX_KEYS {
            let mut key = RingKey::standby(any_key(), 500, 1, at(BEGUN));
            key.seals_from = draft.keys[0].seals_from;
            draft.keys.push(key);
        }
    });
    world.pass_to_rotation();
    let refused = Err(Refused::Full { keys: 65 });
    assert_eq!(world.situation().rotate(false).map(|_| ()), refused);
    let shown = Refused::Full { keys: 65 };
    assert!(
        shown.to_string().contains("65 keys, 64 are allowed"),
        "{shown}"
    );
    assert!(shown.hint().contains("dropped"));
    assert!(
        world.situation().revoke_session([1; 8]).is_ok(),
        "it adds no key"
    );
    let keys: Vec<_> = world.ring.keys().iter().map(|key| key.id()).collect();
    let change = world.situation().revoke_keys(&keys[1..3]).unwrap();
    assert_eq!(change.ring.keys().len(), 64, "a leak cannot wait for room");
    let change = world.situation().revoke_all().unwrap();
    assert_eq!(change.ring.keys().len(), 64);
}
