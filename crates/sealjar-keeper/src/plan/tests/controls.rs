//! Would the fleet of these tests notice? Each variant that people rotate by, and the sentence that
//! forbids it.

use sealjar::RingKey;
use sealjar::keeper::RingDraft;

use super::world::*;

/// Rotates twice, with the first rotation altered, and tells what a visitor notices.
fn noticed(begun: World, alter: impl FnOnce(&mut RingDraft)) -> Option<String> {
    let mut world = begun;
    world.pass_to_rotation();
    let change = world.situation().rotate(false).unwrap();
    world.commit(change);
    world.alter(alter);
    world.publish();
    for _ in 0..2 * PERIOD / 10 {
        world.pass(10);
        world.turn();
    }
    world.fleet.violation()
}

#[test]
fn the_protocol_itself_is_not_noticed() {
    assert_eq!(noticed(World::begun(), |_| {}), None);
}

#[test]
fn a_new_key_that_seals_at_once_is_noticed() {
    let noticed = noticed(World::begun(), |draft| {
        let (epoch, now) = (draft.epoch, draft.issued_at);
        let mut key = RingKey::standby(any_key(), LIFETIME, epoch, now);
        key.seals_from = Some(now);
        // It wins over the standby that the rotation has promoted.
        draft.keys[1].seals_from = None;
        draft.keys.push(key);
    });
    let noticed = noticed.expect("one replica has it, another has not");
    assert!(
        noticed.contains("another replica does not open"),
        "{noticed}"
    );
}

#[test]
fn a_standby_that_begins_before_it_is_held_is_noticed() {
    // The first epoch is where everybody begins, so that it takes a second standby to see it.
    for (wait, safe) in [(DISTRIBUTION + SKEW, true), (1, false)] {
        let mut world = World::begun();
        world.pass(DISTRIBUTION + SKEW);
        world.change(|it| it.rotate(false));
        world.pass(wait);
        world.change(|it| it.rotate(true));
        match world.fleet.violation() {
            None => assert!(safe, "somebody may not have the epoch before"),
            Some(noticed) => {
                assert!(!safe && noticed.contains("does not open"), "{noticed}");
            }
        }
    }
}

#[test]
fn an_end_in_the_epoch_that_promotes_the_successor_is_noticed() {
    let noticed = noticed(World::begun(), |draft| {
        let begins = draft.keys[1].seals_from.unwrap();
        draft.keys[0].seals_until = Some(begins);
        draft.keys[0].opens_until = Some(begins.saturating_add(LIFETIME));
    });
    let noticed = noticed.expect("who is late still seals with it");
    assert!(
        noticed.contains("window") || noticed.contains("stops to open"),
        "{noticed}"
    );
}

#[test]
fn a_key_that_is_dropped_before_its_tokens_are_dead_is_noticed() {
    for early in [1, LIFETIME / 2, LIFETIME] {
        let mut world = World::ended();
        let opens_until = world.key(0).opens_until.unwrap();
        world.now = opens_until.saturating_add(SKEW).saturating_sub(early);
        world.change(|it| it.revoke_session([1; 8]));
        assert_eq!(world.fleet.violation(), None);
        world.pass(1);
        world.alter(|draft| {
            draft.epoch += 100;
            draft.keys.remove(0);
        });
        world.publish();
        let noticed = world.fleet.violation();
        let too_early = early > 1 + SKEW;
        assert_eq!(noticed.is_some(), too_early, "{early} s early: {noticed:?}");
    }
}
