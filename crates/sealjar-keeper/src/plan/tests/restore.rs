//! A restore is a new epoch, and brings back nothing that was put out of use.

use sealjar::Phase::{Revoked, Sealing, Standby};
use sealjar::{KeyRing, Revocations};

use super::world::*;
use crate::Refused;
use crate::plan::{self, Change, Restore, Sessions};

fn restore(
    world: &World,
    document: &KeyRing,
    known: &[KeyRing],
    sessions: Sessions,
) -> Result<Change, Refused> {
    restore_given(world, document, known, &[], sessions)
}

/// Restores while replicas find a document that is not known to be a keeper's.
fn restore_given(
    world: &World,
    document: &KeyRing,
    known: &[KeyRing],
    delivered: &[KeyRing],
    sessions: Sessions,
) -> Result<Change, Refused> {
    let restore = Restore {
        document,
        known,
        delivered,
        strangers: &[],
        replaces: false,
        sessions,
        policy: &world.policy,
        now: world.now,
        clock_is_right: false,
        mint: &mint,
    };
    restore.decide()
}

/// An epoch that no keeper has given whose ring is lost.
fn above_what_is_lost(world: &World) -> u64 {
    u64::from(world.now.stored()) + u64::from(SKEW) + 60
}

#[test]
fn a_document_goes_on_as_a_new_epoch_that_is_higher_than_every_one_known() {
    let mut world = World::begun();
    let old = read(&world.ring);
    for session in 0..200 {
        world.change(|it| it.revoke_session([session; 8]));
    }
    let change = restore(&world, &old, &[read(&world.ring)], Sessions::Keep).unwrap();
    assert_eq!(change.ring.epoch(), world.ring.epoch() + 1);
    // The store lost what came after.
    world.pass(500);
    let change = restore(&world, &old, &[], Sessions::Keep).unwrap();
    assert_eq!(change.ring.epoch(), above_what_is_lost(&world));
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
    // One that was there before is no news.
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

fn may_keep(world: &World, keys: &[sealjar::KeyId]) -> bool {
    plan::may_keep(&world.ring, keys, world.now)
}

#[test]
fn a_document_may_stay_while_all_its_keys_open() {
    let mut world = World::ended();
    let keys = [0, 1, 2].map(|at| world.id(at));
    assert!(may_keep(&world, &keys));
    let opens_until = world.key(0).opens_until.unwrap();
    world.now = opens_until.saturating_sub(1);
    assert!(may_keep(&world, &keys));
    world.now = opens_until;
    assert!(!may_keep(&world, &keys), "one is spent");
    assert!(may_keep(&world, &keys[1..]));
    world.change(|it| it.revoke_keys(&keys[2..]));
    assert!(!may_keep(&world, &keys[1..]), "one is revoked");
    let stranger = any_key().id();
    assert!(!may_keep(&world, &[stranger]), "one is gone");
}

/// A document of the same name with a later epoch, by somebody who has none of the ring's keys.
fn planted(world: &World, epoch: u64) -> KeyRing {
    let foreign = plan::first("web", &world.policy, world.now, &mint).unwrap();
    let mut draft = foreign.ring.draft();
    draft.epoch = epoch;
    draft.build().unwrap()
}

#[test]
fn what_stands_where_replicas_look_adds_no_key_and_no_epoch_that_cannot_be() {
    let world = World::begun();
    let own: Vec<_> = world.ring.keys().iter().map(|key| key.id()).collect();
    let latest = KeyRing::latest_epoch(world.now);
    for (epoch, goes_on_at) in [
        (world.ring.epoch() + 100, world.ring.epoch() + 101),
        (latest - 1, latest),
        (latest, above_what_is_lost(&world)),
        (KeyRing::MAX_EPOCH, above_what_is_lost(&world)),
    ] {
        let planted = planted(&world, epoch);
        let known = [read(&world.ring)];
        let good = read(&world.ring);
        for known in [&known[..], &[]] {
            let delivered = [read(&planted)];
            let change = restore_given(&world, &good, known, &delivered, Sessions::Keep).unwrap();
            let keys = change.ring.keys().iter().map(|key| key.id());
            assert_eq!(keys.collect::<Vec<_>>(), own, "{epoch}");
            assert_eq!(change.ring.epoch(), goes_on_at, "{epoch}");
            assert_eq!(
                names(&change.steps),
                ["LeftOut", "LeftOut"],
                "the steps say so"
            );
        }
        // The control: were it known to be a keeper's, it would be taken alone.
        if epoch < latest {
            let change = restore(&world, &good, &[planted], Sessions::Keep).unwrap();
            assert!(!change.ring.keys().iter().any(|key| own.contains(&key.id())));
        }
    }
}

#[test]
fn another_rings_document_where_replicas_look_adds_no_revocation_and_fills_no_list() {
    let world = World::begun();
    let good = read(&world.ring);
    let full = |ring: &KeyRing| {
        let mut draft = ring.draft();
        draft.keep_id();
        draft.revocations.floor = Some(world.now);
        for at in 0..8192_u64 {
            let born_before = world.now.saturating_add(1);
            draft
                .revocations
                .revoke_session(at.to_be_bytes(), born_before);
        }
        draft.build().unwrap()
    };
    let delivered = [full(&planted(&world, good.epoch() + 100))];
    let known = [read(&world.ring)];
    let change = restore_given(&world, &good, &known, &delivered, Sessions::Keep).unwrap();
    let list = change.ring.revocations();
    assert_eq!((list.floor, list.entries()), (None, 0));
    // The control: what its own document revoked is.
    let delivered = [full(&good)];
    let change = restore_given(&world, &good, &known, &delivered, Sessions::Keep).unwrap();
    let list = change.ring.revocations();
    assert_eq!((list.floor, list.entries()), (Some(world.now), 8192));
}

#[test]
fn what_stands_where_replicas_look_adds_revocations_and_refuses_no_login_to_come() {
    let mut world = World::begun();
    let document = read(&world.ring);
    let leaked = world.id(0);
    world.change(|it| it.revoke_keys(&[leaked]));
    world.change(|it| it.revoke_subject("shop", "ada", None));
    world.alter(|draft| {
        draft.revocations.floor = Some(sealjar::Timestamp::MAX);
        draft.revocations.horizon = u32::MAX;
        draft
            .revocations
            .revoke_session([7; 8], sealjar::Timestamp::MAX);
    });
    let delivered = [read(&world.ring)];
    let change = restore_given(&world, &document, &[], &delivered, Sessions::Keep).unwrap();
    assert_eq!(change.ring.phase(leaked, world.now), Some(Revoked));
    let list = change.ring.revocations();
    assert_eq!(list.floor, Some(world.now.saturating_add(SKEW)));
    assert_eq!(list.horizon, HORIZON);
}

#[test]
fn a_lagging_copy_of_a_ring_that_was_lost_in_this_very_second_gets_no_epoch_of_that_ring() {
    let mut world = World::begun();
    let lagging = read(&world.ring);
    world.pass(500);
    // The keeper of the lost ring had a clock that was ahead, and made several epochs at once.
    let here = world.now;
    world.pass(SKEW);
    let mut lost = Vec::new();
    for session in 0..9 {
        world.change(|it| it.revoke_session([session; 8]));
        lost.push(read(&world.ring));
    }
    world.now = here;
    for sessions in [Sessions::Keep, Sessions::End] {
        let restored = restore(&world, &lagging, &[], sessions).unwrap().ring;
        for lost in &lost {
            assert!(
                restored.epoch() > lost.epoch(),
                "a replica that holds {} takes {}",
                lost.epoch(),
                restored.epoch()
            );
        }
        // The control: the number that any other change would get is one of theirs.
        let in_turn = lagging.epoch().max(world.now.stored().into()) + 1;
        assert!(lost.iter().any(|it| it.epoch() >= in_turn));
        // Replicas whose clocks are behind take it at once, and the epochs after it.
        let behind = world.now.saturating_sub(2 * SKEW);
        assert!(restored.check_epoch(behind).is_ok());
    }
}
