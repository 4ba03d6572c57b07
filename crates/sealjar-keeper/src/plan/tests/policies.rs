//! When does a ring get the times that its keeper has been given?

use super::world::*;
use crate::HumanDuration;
use crate::plan::{Plan, Publishing, WaitReason};
use crate::policy::{PolicySettings, RotationPolicy};

fn forgetting_after(seconds: u32, world: &World) -> RotationPolicy {
    let settings = PolicySettings {
        revocation_horizon: Some(HumanDuration::from_secs(seconds)),
        ..PolicySettings::default()
    };
    settings.resolve(Some(&world.ring)).unwrap()
}

#[test]
fn another_policy_gets_an_epoch_of_its_own_once_the_rings_is_known_to_be_held() {
    let rotating_later = |_: &World| policy(2 * PERIOD, DISTRIBUTION, SKEW, LIFETIME);
    let remembering_longer = |world: &World| forgetting_after(2 * HORIZON, world);
    let policies: [fn(&World) -> RotationPolicy; 2] = [rotating_later, remembering_longer];
    for another in policies {
        let mut world = World::begun();
        world.policy = another(&world);
        let epoch = world.ring.epoch();
        world.pass(DISTRIBUTION + SKEW - 1);
        let wait = world.wait();
        assert_eq!(wait.reason, WaitReason::Policy);
        assert_eq!(wait.until, Some(world.now.saturating_add(1)));

        world.pass(1);
        let Plan::Commit(change) = world.situation().turn().unwrap() else {
            panic!("every replica holds the ring's epoch");
        };
        assert_eq!(names(&world.adopt(*change)), ["PolicyChanged"]);
        assert!(world.ring.epoch() > epoch);
        assert_eq!(world.ring.timing(), world.policy.timing());
        let horizon = world.ring.revocations().horizon;
        assert_eq!(horizon, world.policy.revocation_horizon());
        assert_eq!(world.wait().reason, WaitReason::Rotation, "once is enough");
    }
}

#[test]
fn where_a_publication_restarts_tasks_another_policy_rides_with_the_rotation() {
    let mut world = World::begun();
    world.publishing = Publishing::Restarts;
    world.policy = policy(PERIOD + 1, DISTRIBUTION, SKEW, LIFETIME);
    world.pass(DISTRIBUTION + SKEW);
    assert_eq!(world.wait().reason, WaitReason::Rotation);
    world.pass_to_rotation();
    world.turn();
    assert_eq!(world.ring.timing(), world.policy.timing());
}
