//! What takes over when a key has to go at once? In this order: a key that is about to begin, a
//! standby that everybody holds, a key that still opens, a standby that not everybody holds.

use sealjar::Phase::{Opening, Revoked, Sealing, Staged, Standby};
use sealjar::RingKey;

use super::world::*;
use crate::Refused;
use crate::delivery::{Delivery, Publications};

#[test]
fn the_newest_key_without_an_end_seals_at_once_where_it_has_yet_to_begin() {
    let mut world = World::rotated();
    assert_eq!(world.phases(), [Sealing, Staged, Standby]);
    let leaked = world.id(0);
    let steps = world.change(|it| it.revoke_keys(&[leaked]));
    assert_eq!(names(&steps), ["Revoked", "Promoted"]);
    assert_eq!(world.phases(), [Revoked, Sealing, Standby]);
    assert_eq!(
        world.key(1).seals_from,
        Some(world.now.saturating_sub(SKEW)),
        "on every clock"
    );
    world.assert_sound();
    assert_eq!(world.fleet.violation(), None);
}

#[test]
fn a_standby_that_is_held_takes_over_without_waiting_for_anything() {
    let mut world = World::begun();
    world.pass(DISTRIBUTION + SKEW);
    let leaked = world.id(0);
    let steps = world.change(|it| it.revoke_keys(&[leaked]));
    assert_eq!(names(&steps), ["Revoked", "Promoted", "Staged"]);
    assert_eq!(world.phases(), [Revoked, Sealing, Standby]);
    assert_eq!(
        world.key(1).seals_from,
        Some(world.now.saturating_sub(SKEW))
    );
    assert_eq!(world.fleet.violation(), None, "nobody else is logged out");
}

#[test]
fn the_newest_key_that_still_opens_takes_over_from_a_standby_that_is_not_held() {
    let mut world = World::ended();
    // The record of publications is lost: the standby counts as held by nobody.
    world.delivery = Delivery::Unacknowledged(Publications::default());
    world.pass(SKEW + 1);
    assert_eq!(world.phases(), [Opening, Sealing, Standby]);
    let (opening, leaked) = (world.id(0), world.id(1));
    let steps = world.change(|it| it.revoke_keys(&[leaked]));
    assert_eq!(
        names(&steps),
        ["Revoked", "Promoted", "SealsBeforeHeld"],
        "until they hear of it, replicas refuse what it seals after its end"
    );
    assert_eq!(world.phases(), [Sealing, Revoked, Standby]);
    let back = world.key(0);
    assert_eq!(
        (back.seals_until, back.opens_until),
        (None, None),
        "its ends are removed"
    );
    assert_eq!(back.id(), opening);
    world.assert_sound();

    // The next rotation supersedes it again, and everything is as ever.
    world.pass_to_rotation();
    world.pass(DISTRIBUTION + SKEW);
    world.turn();
    world.pass(DISTRIBUTION + SKEW);
    world.turn();
    assert!(world.key(0).opens_until.is_some());
}

#[test]
fn a_standby_that_is_not_held_takes_over_all_the_same_and_that_is_said() {
    let mut world = World::begun();
    let leaked = world.id(0);
    let steps = world.change(|it| it.revoke_keys(&[leaked]));
    assert_eq!(
        names(&steps),
        ["Revoked", "Promoted", "SealsBeforeHeld", "Staged"]
    );
    let said = steps[2].to_string();
    assert!(said.contains("for up to 1m 10s"), "{said}");
    assert_eq!(world.phases(), [Revoked, Sealing, Standby]);
    world.assert_sound();
}

#[test]
fn where_nothing_is_left_a_new_key_seals_at_once_and_that_is_said() {
    let mut world = World::begun();
    let all = [world.id(0), world.id(1)];
    let steps = world.change(|it| it.revoke_keys(&all));
    let expected = [
        "Revoked",
        "Revoked",
        "Staged",
        "Promoted",
        "SealsBeforeHeld",
        "Staged",
    ];
    assert_eq!(names(&steps), expected);
    assert_eq!(world.phases(), [Revoked, Revoked, Sealing, Standby]);
    world.assert_sound();
}

#[test]
fn revoking_a_key_that_does_not_seal_changes_nothing_about_which_one_does() {
    for (at, phases) in [
        (0, [Revoked, Sealing, Standby].as_slice()),
        (2, [Opening, Sealing, Revoked, Standby].as_slice()),
    ] {
        let mut world = World::ended();
        world.pass(SKEW + 1);
        let (revoked, sealing) = (world.id(at), world.key(1).clone());
        world.change(|it| it.revoke_keys(&[revoked]));
        assert_eq!(world.phases(), phases);
        assert_eq!(world.key(1).seals_from, sealing.seals_from);
        world.assert_sound();
        assert_eq!(world.fleet.violation(), None);
    }
}

#[test]
fn a_key_that_is_about_to_begin_can_be_revoked_and_the_one_before_goes_on() {
    let mut world = World::rotated();
    let staged = world.id(1);
    let steps = world.change(|it| it.revoke_keys(&[staged]));
    assert_eq!(names(&steps), ["Revoked"]);
    assert!(
        steps[0].to_string().contains("never sealed"),
        "{}",
        steps[0]
    );
    assert_eq!(world.phases(), [Sealing, Revoked, Standby]);
    world.pass(DISTRIBUTION + SKEW);
    assert!(world.turn().is_empty() || world.key(0).seals_until.is_none());
    world.assert_sound();
}

#[test]
fn a_revoked_key_has_no_secret_ends_now_and_stays_listed_for_a_lifetime() {
    let mut world = World::begun();
    world.pass(100);
    let leaked = world.id(0);
    let secret = crate::fixture::secret_of(&world.ring, leaked);
    let steps = world.change(|it| it.revoke_keys(&[leaked]));
    assert!(
        steps[0].to_string().contains("which sealed since"),
        "{}",
        steps[0]
    );
    assert!(!world.ring.to_json().contains(&secret));
    let key = world.key(0);
    assert_eq!(key.seals_until, Some(world.now));
    assert_eq!(key.opens_until, Some(world.now.saturating_add(LIFETIME)));
    world.pass(LIFETIME + SKEW);
    assert!(!names(&world.turn()).contains(&"Dropped".to_owned()));
    world.pass(1);
    assert_eq!(names(&world.turn()), ["Dropped"]);
}

#[test]
fn a_key_is_revoked_once_and_only_if_the_ring_has_it() {
    let mut world = World::begun();
    let (leaked, stranger) = (world.id(0), any_key().id());
    let unknown = world
        .situation()
        .revoke_keys(&[leaked, stranger])
        .unwrap_err();
    assert_eq!(unknown, Refused::UnknownKey(stranger));
    assert!(unknown.hint().contains("status"));
    world.change(|it| it.revoke_keys(&[leaked]));
    let again = world.situation().revoke_keys(&[leaked]).unwrap_err();
    assert_eq!(again, Refused::AlreadyRevoked(leaked));
}

#[test]
fn where_the_whole_ring_has_leaked_new_keys_and_a_new_pepper_begin_at_once() {
    let mut world = World::ended();
    world.change(|it| it.revoke_subject("shop", "ada", None));
    world.change(|it| it.raise_floor(Some(at(BEGUN))));
    let before = world.ring.to_json();
    let pepper = |text: &str| text[text.find("pepper").unwrap()..][..60].to_owned();
    let steps = world.change(|it| it.revoke_all());
    assert_eq!(names(&steps)[..3], ["Revoked", "Revoked", "Revoked"]);
    assert_eq!(
        world.phases(),
        [Revoked, Revoked, Revoked, Sealing, Standby]
    );
    assert_ne!(pepper(&world.ring.to_json()), pepper(&before));
    assert_eq!(
        world.ring.revocations().entries(),
        0,
        "they were of sessions under those keys"
    );
    assert_eq!(
        world.ring.revocations().floor,
        Some(at(BEGUN)),
        "the floor stands"
    );
    let at_once = world.now.saturating_sub(SKEW);
    assert_eq!(world.key(3).seals_from, Some(at_once));
    world.assert_sound();
}

#[test]
fn a_key_that_began_at_once_already_is_not_begun_again() {
    let mut world = World::begun();
    let standby = world.id(1);
    let steps = world.change(|it| it.revoke_keys(&[standby]));
    assert_eq!(names(&steps), ["Revoked", "Staged"]);
}

#[test]
fn a_key_takes_over_up_to_the_last_second_in_which_it_opens() {
    let mut world = World::ended();
    let (old, leaked) = (world.id(0), [world.id(1), world.id(2)]);
    let opens_until = world.key(0).opens_until.unwrap();
    for (now, takes_over) in [(opens_until.saturating_sub(1), true), (opens_until, false)] {
        world.now = now;
        let change = world.situation().revoke_keys(&leaked).unwrap();
        let sealing = change.ring.sealing_key(now).unwrap().id();
        assert_eq!(sealing == old, takes_over, "{now}");
        assert!(!leaked.contains(&sealing));
    }
}

#[test]
fn it_is_said_that_a_key_takes_over_before_everybody_has_heard_and_only_then() {
    let mut world = World::ended();
    let (old, leaked) = (world.id(0), [world.id(1), world.id(2)]);
    let heard = world.now.saturating_add(world.situation().wait());
    for (seals_until, is_said) in [(heard, false), (heard.saturating_sub(1), true)] {
        world.alter(|draft| draft.keys[0].seals_until = Some(seals_until));
        let change = world.situation().revoke_keys(&leaked).unwrap();
        assert_eq!(
            change.ring.sealing_key(world.now).map(RingKey::id),
            Some(old)
        );
        let said = names(&change.steps).contains(&"SealsBeforeHeld".to_owned());
        assert_eq!(said, is_said, "{seals_until}");
    }
}
