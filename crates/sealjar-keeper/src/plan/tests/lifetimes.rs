//! Is another lifetime of tokens remembered, told with its date, and there on that date?

use sealjar::Timestamp;

use super::world::*;
use crate::delivery::{Delivery, Publications};
use crate::plan::{Begins, Publishing, WaitReason};
use crate::policy::PolicySettings;
use crate::{Refused, Step};

const LONGER: u32 = 3 * LIFETIME;

/// A ring that is held everywhere, and whose keeper is asked for a longer lifetime.
fn asked(publishing: Publishing) -> World {
    let mut world = World::begun();
    world.publishing = publishing;
    world.pass(DISTRIBUTION + SKEW);
    world.policy = policy(PERIOD, DISTRIBUTION, SKEW, LONGER);
    world
}

fn told(steps: &[Step]) -> Option<Timestamp> {
    steps.iter().find_map(|step| match step {
        Step::Lifetime { seconds, begins } => {
            assert_eq!(*seconds, LONGER);
            *begins
        }
        _ => None,
    })
}

/// Takes turns until the key that seals has the longer lifetime, and returns since when it does.
fn comes(world: &mut World) -> Timestamp {
    for _ in 0..3 * PERIOD {
        let key = world.ring.sealing_key(world.now).unwrap();
        if key.lifetime == LONGER {
            return key.seals_from.unwrap();
        }
        world.turn();
        world.assert_sound();
        world.pass(1);
    }
    panic!("{:#?}", world.ring);
}

#[test]
fn it_is_kept_in_the_ring_and_comes_with_the_next_rotation_on_the_day_that_was_told() {
    let mut world = asked(Publishing::Free);
    let Begins::At(before) = world.situation().adoption().begins else {
        panic!("it is yet to come");
    };
    let steps = world.turn();
    assert_eq!(
        names(&steps),
        ["Withdrawn", "Staged", "PolicyChanged", "Lifetime"]
    );
    let told = told(&steps).unwrap();
    assert_eq!(told, before, "and told before it was in the ring");
    assert_eq!(
        world.ring.allows_from(LONGER, world.now),
        Some(told),
        "replicas read the same"
    );
    assert!(world.turn().is_empty(), "once is enough");
    // A keeper that does not mention it keeps it.
    let kept = PolicySettings::default()
        .resolve(Some(&world.ring))
        .unwrap();
    assert_eq!(kept, world.policy);

    assert_eq!(comes(&mut world), told);
    assert_eq!(world.situation().adoption().begins, Begins::Already);
    world.pass(4 * PERIOD);
    world.turn();
    assert_eq!(world.fleet.violation(), None);
}

#[test]
fn brought_in_at_once_it_comes_as_soon_as_every_replica_holds_the_key() {
    let mut world = asked(Publishing::Free);
    let steps = world.change(|it| it.adopt_policy());
    let told = told(&steps).unwrap();
    let held = world.now.saturating_add(DISTRIBUTION + SKEW);
    assert_eq!(told, held.saturating_add(SKEW));
    assert_eq!(
        world.ring.allows_from(LONGER, world.now),
        Some(told),
        "replicas read the same"
    );

    // Meanwhile nothing is hurried, and to ask again changes nothing.
    world.pass(DISTRIBUTION + SKEW - 1);
    let refused = world.situation().adopt_policy().unwrap_err();
    assert!(
        matches!(&refused, Refused::Adopting(wait) if wait.until == Some(held)),
        "{refused}"
    );
    assert!(matches!(world.wait().reason, WaitReason::Standby { .. }));
    world.pass(1);
    let steps = world.turn();
    assert_eq!(names(&steps), ["Promoted", "Staged", "Lifetime"]);
    assert_eq!(comes(&mut world), told);

    // It was for once: the next rotation waits for its time.
    assert!(world.turn().is_empty());
    assert_eq!(
        world.situation().rotation_due(),
        told.saturating_add(PERIOD)
    );
    let refused = world.situation().adopt_policy().unwrap_err();
    assert_eq!(refused, Refused::PolicyInForce);
    world.pass_to_rotation();
    world.turn();
    world.pass(3 * PERIOD);
    world.turn();
    assert_eq!(world.fleet.violation(), None);
}

#[test]
fn a_standby_that_has_it_and_is_held_seals_at_once() {
    let mut world = asked(Publishing::Free);
    world.turn();
    world.pass(DISTRIBUTION + SKEW);
    let steps = world.change(|it| it.adopt_policy());
    assert_eq!(names(&steps), ["Promoted", "Staged", "Lifetime"]);
    assert_eq!(told(&steps), Some(world.now.saturating_add(SKEW)));
    assert_eq!(comes(&mut world), told(&steps).unwrap());
    world.pass(3 * PERIOD);
    world.turn();
    assert_eq!(world.fleet.violation(), None);
}

#[test]
fn where_a_publication_restarts_tasks_it_rides_with_the_rotation_or_is_brought_in_by_two() {
    let mut world = asked(Publishing::Restarts);
    assert_eq!(world.wait().reason, WaitReason::Rotation);
    let due = world.situation().rotation_due();
    let told_before = Begins::At(due.saturating_add(PERIOD + SKEW));
    assert_eq!(world.situation().adoption().begins, told_before);
    world.pass_to_rotation();
    let steps = world.turn();
    assert_eq!(
        names(&steps),
        ["Promoted", "Staged", "PolicyChanged", "Lifetime"]
    );
    // The rotation took a skew until its key began.
    let told = told(&steps).unwrap();
    assert_eq!(told, due.saturating_add(PERIOD + 2 * SKEW));
    assert_eq!(comes(&mut world), told);

    let mut world = asked(Publishing::Restarts);
    let steps = world.change(|it| it.adopt_policy());
    assert_eq!(
        names(&steps),
        ["Withdrawn", "Staged", "PolicyChanged", "Lifetime"]
    );
    world.pass(DISTRIBUTION + SKEW);
    assert_eq!(names(&world.turn()), ["Promoted", "Staged", "Lifetime"]);
}

#[test]
fn where_only_replicas_can_tell_it_comes_once_they_do() {
    let mut world = asked(Publishing::Free);
    let before = world.ring.epoch();
    world.acknowledged(&[("web.1", before)]);
    let steps = world.change(|it| it.adopt_policy());
    world.acknowledged(&[("web.1", before)]);
    assert_eq!(told(&steps), None);
    assert_eq!(world.situation().adoption().begins, Begins::OnceHeld);
    world.pass(PERIOD / 2);
    assert!(world.turn().is_empty(), "web.1 has not got it");
    let epoch = world.ring.epoch();
    world.acknowledged(&[("web.1", epoch)]);
    assert_eq!(names(&world.turn()), ["Promoted", "Staged", "Lifetime"]);
}

#[test]
fn a_leak_while_it_is_under_way_costs_no_more_than_after_a_rotation() {
    let mut world = asked(Publishing::Free);
    world.change(|it| it.adopt_policy());
    let sealing = world.id(0);
    let steps = world.change(|it| it.revoke_keys(&[sealing]));
    assert!(
        names(&steps).contains(&"SealsBeforeHeld".into()),
        "{steps:?}"
    );
    world.assert_sound();
    // Nothing is left to bring in: the key that took over has it.
    assert_eq!(world.ring.sealing_key(world.now).unwrap().lifetime, LONGER);
    assert_eq!(
        world.ring.next_key().map(|next_key| next_key.early),
        Some(false)
    );
    // The negative control: a little later the new standby is held, and nobody is logged out.
    let mut world = asked(Publishing::Free);
    world.turn();
    world.pass(DISTRIBUTION + SKEW);
    let sealing = world.id(0);
    let steps = world.change(|it| it.revoke_keys(&[sealing]));
    assert!(
        !names(&steps).contains(&"SealsBeforeHeld".into()),
        "{steps:?}"
    );
}

#[test]
fn a_ring_of_before_has_the_lifetime_of_its_last_key_and_is_left_alone() {
    let mut world = World::begun();
    world.alter(|draft| {
        draft.next_key = None;
        draft.id = None;
    });
    let kept = PolicySettings::default()
        .resolve(Some(&world.ring))
        .unwrap();
    assert_eq!(kept.token_lifetime(), LIFETIME);
    world.pass(DISTRIBUTION + SKEW);
    assert!(world.turn().is_empty(), "no epoch of its own");
    let id = world.ring.id();
    world.pass_to_rotation();
    world.turn();
    assert_eq!(world.ring.next_key().map(|it| it.lifetime), Some(LIFETIME));
    assert_eq!(
        world.ring.draft().id,
        Some(id),
        "and has its id from then on"
    );
    world.delivery = Delivery::Unacknowledged(Publications::default());
    world.change(|it| it.revoke_all());
    assert_eq!(world.ring.id(), id, "whatever becomes of its pepper");
}
