//! When does raising the floor end what was forged under a key that has been revoked, and sealed
//! again?

use super::world::*;
use crate::delivery::{Delivery, Publications};
use crate::plan::Begins;

const MARGIN: u32 = 2 * SKEW + 1;

fn exact(world: &World) -> Begins {
    world.situation().ends_forged_from()
}

/// A ring whose sealing key is revoked a second ago.
fn leaked() -> World {
    let mut world = World::begun();
    world.pass(DISTRIBUTION + SKEW);
    let leaked = world.id(0);
    world.change(|it| it.revoke_keys(&[leaked]));
    world
}

#[test]
fn twice_the_skew_and_a_second_after_every_replica_has_the_ring_and_not_before() {
    assert_eq!(
        exact(&World::begun()),
        Begins::Already,
        "nothing is revoked"
    );
    let mut world = leaked();
    let from = world
        .now
        .saturating_add(DISTRIBUTION + SKEW)
        .saturating_add(MARGIN);
    assert_eq!(exact(&world), Begins::At(from));
    // What is committed later does not put it off.
    world.pass(DISTRIBUTION + SKEW);
    world.change(|it| it.revoke_session([7; 8]));
    world.pass(MARGIN - 1);
    assert_eq!(exact(&world), Begins::At(from));
    world.pass(1);
    assert_eq!(exact(&world), Begins::Already);
}

#[test]
fn a_floor_that_is_raised_earlier_misses_a_birth_that_lies_as_far_ahead_as_it_can() {
    let mut world = leaked();
    let held = world.now.saturating_add(DISTRIBUTION + SKEW);
    // The last replica that lacks the ring, whose clock is fast, takes a birth that lies ahead of
    // that clock.
    let birth = held.saturating_add(2 * SKEW);
    let misses = |world: &World| {
        let raised = world.situation().raise_floor(None).unwrap();
        raised
            .ring
            .revocations()
            .floor
            .is_none_or(|floor| birth >= floor)
    };
    world.now = held;
    assert!(misses(&world), "the control: at that time it is too early");
    world.pass(MARGIN);
    assert_eq!(exact(&world), Begins::Already);
    assert!(!misses(&world));
}

#[test]
fn without_a_record_of_the_publication_there_is_no_time() {
    let mut world = leaked();
    world.delivery = Delivery::Unacknowledged(Publications::default());
    assert_eq!(exact(&world), Begins::OnceHeld);
    world.pass(DISTRIBUTION);
    world.publish();
    let from = world.now.saturating_add(DISTRIBUTION + SKEW + MARGIN);
    assert_eq!(exact(&world), Begins::At(from));
}

/// A script may rotate and revoke within a second.
#[test]
fn an_earlier_epoch_of_the_same_second_does_not_stand_for_the_one_that_revokes() {
    let mut world = World::begun();
    world.pass(DISTRIBUTION + SKEW);
    let leaked = world.id(0);
    world.change(|it| it.revoke_session([7; 8]));
    let change = world.situation().revoke_keys(&[leaked]).unwrap();
    world.commit(change);
    // It is published late, and the one before it was at once.
    world.pass(DISTRIBUTION);
    world.publish();
    let from = world.now.saturating_add(DISTRIBUTION + SKEW + MARGIN);
    assert_eq!(exact(&world), Begins::At(from));
}

#[test]
fn where_replicas_tell_it_counts_from_the_last_that_ended() {
    let mut world = leaked();
    let epoch = world.ring.epoch();
    world.acknowledged(&[("web.1", epoch), ("web.2", epoch - 1)]);
    let tell = |world: &mut World, published, last_end| {
        let Delivery::Acknowledged(fleet) = &mut world.delivery else {
            panic!("replicas tell");
        };
        (fleet.published, fleet.last_end) = (published, last_end);
    };
    let now = world.now;
    tell(&mut world, Some((epoch, now)), None);
    assert_eq!(exact(&world), Begins::OnceHeld, "one has an earlier ring");
    world.acknowledged(&[("web.1", epoch), ("web.2", epoch)]);
    tell(&mut world, None, None);
    assert_eq!(exact(&world), Begins::OnceHeld, "it is not published");
    tell(&mut world, Some((epoch, now)), None);
    assert_eq!(exact(&world), Begins::At(now.saturating_add(MARGIN)));
    let ended = now.saturating_add(40);
    tell(&mut world, Some((epoch, now)), Some(ended));
    assert_eq!(exact(&world), Begins::At(ended.saturating_add(MARGIN)));
}
