//! A restore is a new epoch, and brings back nothing that was put out of use.

use sealjar::Phase::{Revoked, Sealing, Standby};
use sealjar::{KeyRing, Revocations};

use super::world::*;
use crate::Refused;
use crate::plan::{self, Change, Sessions};

fn restore(
    world: &World,
    document: &KeyRing,
    known: &[KeyRing],
    sessions: Sessions,
) -> Result<Change, Refused> {
    plan::restore(document, known, &world.policy, sessions, world.now, &mint)
}

#[test]
fn a_document_goes_on_as_a_new_epoch_that_is_higher_than_every_one_known() {
    let mut world = World::begun();
    let old = read(&world.ring);
    for session in 0..9 {
        world.change(|it| it.revoke_session([session; 8]));
    }
    let change = restore(&world, &old, &[read(&world.ring)], Sessions::Keep).unwrap();
    assert_eq!(change.ring.epoch(), world.ring.epoch() + 1);
    // The store lost what came after: the clock is ahead of any epoch that is lost.
    world.pass(500);
    let change = restore(&world, &old, &[], Sessions::Keep).unwrap();
    assert_eq!(change.ring.epoch(), u64::from(world.now.stored()));
    assert_eq!(change.ring.issued_at(), world.now);
    let phases = change
        .ring
        .keys()
        .iter()
        .map(|key| change.ring.phase(key.id(), world.now));
    assert_eq!(phases.collect::<Vec<_>>(), [Some(Sealing), Some(Standby)]);
}

#[test]
fn all_sessions_end_unless_somebody_knows_that_none_was_revoked_since() {
    let world = World::begun();
    let ended = restore(&world, &world.ring, &[], Sessions::End).unwrap();
    assert_eq!(names(&ended.steps), ["FloorRaised"]);
    assert_eq!(
        ended.ring.revocations().floor,
        Some(world.now.saturating_add(SKEW))
    );
    let kept = restore(&world, &world.ring, &[], Sessions::Keep).unwrap();
    assert_eq!(kept.ring.revocations().floor, None);
    // One that stood before is no news.
    let mut world = world;
    world.change(|it| it.raise_floor(None));
    let kept = restore(&world, &world.ring, &[], Sessions::Keep).unwrap();
    assert_eq!(
        kept.ring.revocations().floor,
        world.ring.revocations().floor
    );
    assert_eq!(names(&kept.steps), Vec::<String>::new());
}

#[test]
fn no_key_comes_back_that_the_last_known_ring_had_revoked_or_dropped() {
    let mut world = World::begun();
    let old = read(&world.ring);
    let (dropped, revoked) = (world.id(0), world.id(1));
    world.pass_to_rotation();
    world.turn();
    world.pass(DISTRIBUTION + SKEW);
    world.turn();
    world.pass(SKEW + LIFETIME + SKEW + 1);
    assert_eq!(names(&world.turn()), ["Dropped"]);
    world.change(|it| it.revoke_keys(&[revoked]));

    let change = restore(&world, &old, &[read(&world.ring)], Sessions::Keep).unwrap();
    assert_eq!(change.ring.phase(dropped, world.now), None);
    assert_eq!(change.ring.phase(revoked, world.now), Some(Revoked));
    assert_eq!(names(&change.steps), ["NotRevived", "NotRevived"]);
    // The control: where nothing later is known, both come back.
    let alone = restore(&world, &old, &[], Sessions::Keep).unwrap();
    assert!(alone.ring.opening_key(dropped, world.now).is_some());
    assert!(alone.ring.opening_key(revoked, world.now).is_some());
}

#[test]
fn of_two_rings_with_one_epoch_the_one_that_is_known_goes_on() {
    let mut world = World::begun();
    let document = read(&world.ring);
    let gone = world.id(0);
    world.alter(|draft| {
        draft.keys.remove(0);
    });
    let change = restore(&world, &document, &[read(&world.ring)], Sessions::Keep).unwrap();
    assert_eq!(change.ring.phase(gone, world.now), None);
}

#[test]
fn what_any_known_ring_revoked_stays_revoked_also_under_another_pepper() {
    let mut world = World::begun();
    let document = read(&world.ring);
    let leaked = world.id(0);
    world.change(|it| it.revoke_subject("shop", "ada", None));
    world.change(|it| it.revoke_session([7; 8]));
    world.change(|it| it.revoke_keys(&[leaked]));
    let earlier = read(&world.ring);
    // The document is of a history that has gone on without these revocations.
    let mut later = document.draft();
    later.epoch = earlier.epoch() + 100;
    let same_pepper = restore(
        &world,
        &later.clone().build().unwrap(),
        &[read(&earlier)],
        Sessions::Keep,
    );
    let ring = same_pepper.unwrap().ring;
    assert_eq!(ring.phase(leaked, world.now), Some(Revoked));
    assert!(ring.revocations().covers_session([7; 8]));
    assert!(ring.revocations().covers_subject("shop", "ada", world.now));
    assert_eq!(ring.revocations().floor, None);

    later.revocations = Revocations::generate(HORIZON).unwrap();
    let other_pepper = later.build().unwrap();
    let ring = restore(&world, &other_pepper, &[earlier], Sessions::Keep)
        .unwrap()
        .ring;
    let floor = Some(world.now.saturating_add(SKEW));
    assert_eq!(
        ring.revocations().floor,
        floor,
        "it refuses what the hashes no longer can"
    );
}

#[test]
fn a_restored_ring_promotes_nothing_on_the_word_of_older_publications() {
    let mut world = World::begun();
    world.pass(DISTRIBUTION + SKEW);
    let (leaked, standby) = (world.id(0), world.id(1));
    let document = read(&world.ring);
    let mut known = document.draft();
    known.epoch += 1;
    known.keys[0].revoke();
    known.keys[0].seals_until = Some(world.now);
    known.keys[0].opens_until = Some(world.now);
    let change = restore(&world, &document, &[known.build().unwrap()], Sessions::Keep).unwrap();
    assert_eq!(change.ring.phase(leaked, world.now), Some(Revoked));
    assert_eq!(change.ring.phase(standby, world.now), Some(Sealing));
    assert!(
        names(&change.steps).contains(&"SealsBeforeHeld".to_owned()),
        "{:?}",
        change.steps
    );
}

#[test]
fn the_document_of_another_ring_is_refused() {
    let world = World::begun();
    let foreign = plan::first("shop", &world.policy, world.now, &mint)
        .unwrap()
        .ring;
    let refused = restore(&world, &foreign, &[read(&world.ring)], Sessions::End).unwrap_err();
    let (expected, found) = ("web".into(), "shop".into());
    assert_eq!(refused, Refused::Foreign { expected, found });
    assert!(refused.hint().contains("store"));
}

#[test]
fn a_document_may_stay_while_all_its_keys_open() {
    let mut world = World::ended();
    let keys = [0, 1, 2].map(|at| world.id(at));
    assert!(world.situation().may_keep(&keys));
    let opens_until = world.key(0).opens_until.unwrap();
    world.now = opens_until.saturating_sub(1);
    assert!(world.situation().may_keep(&keys));
    world.now = opens_until;
    assert!(!world.situation().may_keep(&keys), "one is spent");
    assert!(world.situation().may_keep(&keys[1..]));
    world.change(|it| it.revoke_keys(&keys[2..]));
    assert!(!world.situation().may_keep(&keys[1..]), "one is revoked");
    let stranger = mint().unwrap().id();
    assert!(!world.situation().may_keep(&[stranger]), "one is gone");
}
