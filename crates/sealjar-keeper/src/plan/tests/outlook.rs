//! Is an operator told what will come, and does it come then?

use sealjar::Phase::{Opening, Revoked, Sealing, Spent, Staged, Standby};
use sealjar::{Phase, Timestamp};

use super::world::*;
use crate::delivery::{Delivery, Publications};
use crate::plan::Publishing;

/// For each key: its phase, since when, until when, and from when on it can be dropped; in seconds
/// since the ring was begun.
type Row = (Phase, i64, Option<i64>, Option<i64>);

fn rows(world: &World) -> Vec<Row> {
    let since = |time: Timestamp| i64::from(time.stored()) - i64::from(BEGUN);
    let keys = world.situation().outlook().keys.into_iter();
    keys.map(|key| {
        (
            key.phase,
            since(key.since),
            key.until.map(since),
            key.gone_from.map(since),
        )
    })
    .collect()
}

#[test]
fn each_phase_is_told_with_its_dates_before_they_come() {
    let mut world = World::begun();
    // Begun at -10, so that the rotation is due at 990 and lets the standby begin at 1000.
    let standby = (Standby, 0, Some(1000), None);
    assert_eq!(rows(&world), [(Sealing, -10, Some(1000), None), standby]);

    world.pass_to_rotation();
    world.turn();
    // Held from 1060 on; ended then it seals until 1070, opens until 1570, and is gone from 1581
    // on.
    let next_standby = (Standby, 990, Some(2010), None);
    assert_eq!(
        rows(&world),
        [
            (Sealing, -10, Some(1000), Some(1581)),
            (Staged, 990, Some(1000), None),
            next_standby,
        ]
    );
    world.pass(10);
    let sealing = (Sealing, 1000, Some(2010), None);
    let told = [
        (Opening, 1000, Some(1570), Some(1581)),
        sealing,
        next_standby,
    ];
    assert_eq!(rows(&world), told, "before any ring has its end");
    world.pass(60);
    world.turn();
    let still = [(Sealing, 1000, Some(2010), None), next_standby];
    assert_eq!(rows(&world)[1..], still);
    assert_eq!(rows(&world)[0], told[0], "and after");

    world.pass(510);
    assert_eq!(rows(&world)[0], (Spent, 1570, None, Some(1581)));
    world.pass(11);
    assert_eq!(names(&world.turn()), ["Dropped"], "at 1581, as announced");
}

#[test]
fn where_publications_restart_tasks_ends_are_told_for_the_next_rotation() {
    let mut world = World::begun();
    world.publishing = Publishing::Restarts;
    world.pass_to_rotation();
    world.turn();
    world.pass(10);
    // The next rotation is due at 2000, and gives it its end.
    let told = (Opening, 1000, Some(2510), Some(2521));
    assert_eq!(rows(&world)[0], told);
    world.pass_to_rotation();
    world.turn();
    assert_eq!(rows(&world)[0], told);
    // Superseded by a key that has been superseded itself.
    world.pass(10);
    assert_eq!(rows(&world)[1], (Opening, 2010, Some(3520), Some(3531)));
    world.pass_to_rotation();
    world.turn();
    let since: Vec<i64> = rows(&world).iter().map(|row| row.1).collect();
    assert_eq!(since[..3], [2010, 2010, 3010], "opening, sealing, staged");
}

#[test]
fn a_revoked_key_is_told_since_its_revocation_and_until_it_goes() {
    for at in [0, 1, 2] {
        let mut world = World::ended();
        world.pass(100);
        let now = i64::from(world.now.stored() - BEGUN);
        let revoked = world.id(at);
        world.change(|it| it.revoke_keys(&[revoked]));
        assert_eq!(
            rows(&world)[at],
            (Revoked, now, None, Some(now + 511)),
            "key {at}"
        );
    }
}

#[test]
fn a_key_that_is_revoked_while_its_end_is_ahead_is_told_since_its_revocation_and_no_later() {
    let mut world = World::ended();
    world.pass(2);
    let now = i64::from(world.now.stored() - BEGUN);
    assert_eq!(
        rows(&world)[0].2,
        Some(1570),
        "it ends at 1070, ahead of now"
    );
    let just_ended = world.id(0);
    world.change(|it| it.revoke_keys(&[just_ended]));
    assert_eq!(rows(&world)[0], (Revoked, now, None, Some(1581)));
}

#[test]
fn what_only_replicas_can_tell_is_not_foretold() {
    let mut world = World::rotated();
    world.pass(10);
    let epoch = world.ring.epoch();
    world.acknowledged(&[("web.1", epoch - 1)]);
    assert_eq!(world.situation().outlook().held_from, None);
    assert_eq!(
        rows(&world),
        [
            (Opening, 1000, None, None),
            (Sealing, 1000, None, None),
            (Standby, 990, None, None),
        ]
    );
    world.acknowledged(&[("web.1", epoch)]);
    let held_from = world.situation().outlook().held_from;
    assert_eq!(
        held_from,
        Some(world.ring.issued_at()),
        "not since the beginning of time"
    );
    assert_eq!(rows(&world)[0], (Opening, 1000, Some(1510), Some(1521)));
}

#[test]
fn an_epoch_that_is_not_published_is_held_at_no_time_and_one_that_is_after_the_wait() {
    let mut world = World::begun();
    let outlook = world.situation().outlook();
    assert_eq!(outlook.held_from, Some(at(BEGUN + DISTRIBUTION + SKEW)));
    assert_eq!(outlook.rotation_due, at(BEGUN - SKEW + PERIOD));
    world.delivery = Delivery::Unacknowledged(Publications::default());
    assert_eq!(world.situation().outlook().held_from, None);
}

#[test]
fn a_standby_that_is_held_late_is_told_to_begin_late() {
    let mut world = World::begun();
    world.pass_to_rotation();
    world.delivery = Delivery::Unacknowledged(Publications::default());
    world.publish();
    let begins = 990 + 70 + 10;
    assert_eq!(
        rows(&world),
        [
            (Sealing, -10, Some(begins), None),
            (Standby, 0, Some(begins), None)
        ]
    );
    world.pass(70);
    world.turn();
    assert_eq!(rows(&world)[1], (Staged, 1060, Some(begins), None));
}
