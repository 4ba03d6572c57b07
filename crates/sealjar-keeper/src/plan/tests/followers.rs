//! Does a keeper wait for the replicas that ask it, and not for those that never will?

use super::world::{BEGUN, DISTRIBUTION, SKEW, World, at, names};
use crate::Refused;
use crate::plan::{Follower, Followers, Plan, Wait, WaitReason};

/// Replicas that hold these epochs. The keeper has listened for long.
fn followers(holders: &[(&str, Option<u64>)]) -> Followers {
    Followers {
        decides_from: at(BEGUN),
        commits_from: at(BEGUN),
        holders: holders
            .iter()
            .map(|(name, epoch)| Follower {
                name: (*name).into(),
                epoch: *epoch,
            })
            .collect(),
        contradiction: None,
    }
}

#[test]
fn a_rotation_waits_until_each_replica_that_asks_holds_the_standby() {
    let mut world = World::begun();
    let epoch = world.ring.epoch();
    world.pass_to_rotation();
    for lagging in [Some(epoch - 1), None] {
        world.followers = Some(followers(&[("web.1", Some(epoch)), ("web.2", lagging)]));
        let wait = world.wait();
        assert_eq!(
            wait,
            Wait {
                until: None,
                reason: WaitReason::Standby {
                    epoch,
                    lagging: vec!["web.2".into()]
                },
            }
        );
    }
    world.followers = Some(followers(&[("web.1", Some(epoch)), ("web.2", Some(epoch))]));
    assert_eq!(names(&world.turn()), ["Promoted", "Staged"]);
}

/// The negative control: by time alone, the lagging replica is passed over.
#[test]
fn by_time_alone_a_rotation_waits_for_nobody() {
    let mut world = World::begun();
    world.pass_to_rotation();
    world.followers = None;
    assert_eq!(names(&world.turn()), ["Promoted", "Staged"]);
}

#[test]
fn a_key_gets_no_end_while_a_replica_that_asks_may_still_seal_with_it() {
    let mut world = World::rotated();
    let epoch = world.ring.epoch();
    world.followers = Some(followers(&[("web.1", Some(epoch - 1))]));
    world.pass(DISTRIBUTION + SKEW);
    assert!(world.turn().is_empty());
    world.followers = Some(followers(&[("web.1", Some(epoch))]));
    assert_eq!(names(&world.turn()), ["Ended"]);
}

#[test]
fn a_keeper_that_knows_nobody_yet_waits_and_nobody_is_not_everybody() {
    let mut world = World::begun();
    world.pass_to_rotation();
    let decides_from = world.now.saturating_add(400);
    world.followers = Some(Followers {
        decides_from,
        ..followers(&[])
    });
    let wait = world.wait();
    assert_eq!(wait.until, Some(decides_from));
    assert!(matches!(wait.reason, WaitReason::Standby { .. }));
    world.pass(400);
    assert_eq!(names(&world.turn()), ["Promoted", "Staged"]);
}

/// A replica that nobody has heard of may be starting from an older ring.
#[test]
fn the_wait_after_a_publication_counts_too_where_replicas_say_what_they_hold() {
    let mut world = World::begun();
    let epoch = world.ring.epoch();
    world.pass_to_rotation();
    world.followers = Some(followers(&[("web.1", Some(epoch))]));
    world.acknowledged(&[]);
    // By the services alone, and there are none, it is held; its publication is not on record.
    assert!(matches!(world.wait().reason, WaitReason::Standby { .. }));
    let crate::delivery::Delivery::Acknowledged(fleet) = &mut world.delivery else {
        panic!("it was just said");
    };
    fleet.published = Some((epoch, world.now));
    let held_from = world.now.saturating_add(DISTRIBUTION + SKEW);
    assert_eq!(world.wait().until, Some(held_from));
    world.now = held_from;
    assert_eq!(names(&world.turn()), ["Promoted", "Staged"]);
}

#[test]
fn nothing_is_committed_before_replicas_had_the_time_to_say_what_they_hold() {
    let mut world = World::begun();
    let epoch = world.ring.epoch();
    world.pass_to_rotation();
    let commits_from = world.now.saturating_add(30);
    world.followers = Some(Followers {
        commits_from,
        ..followers(&[("web.1", Some(epoch))])
    });
    let listening = Wait {
        until: Some(commits_from),
        reason: WaitReason::Listening,
    };
    assert_eq!(world.wait(), listening);
    world.pass(30);
    assert_eq!(names(&world.turn()), ["Promoted", "Staged"]);
}

#[test]
fn a_store_that_a_replica_contradicts_is_not_changed() {
    let mut world = World::begun();
    world.pass_to_rotation();
    world.followers = Some(Followers {
        contradiction: Some("web.1 (01234567) holds epoch 60000000".into()),
        ..followers(&[])
    });
    let refused = world.situation().turn().unwrap_err();
    assert!(matches!(refused, Refused::HeadBehind { .. }));
    assert!(refused.to_string().starts_with("head_behind: "));
    // The control: without it, this commits, and brings back what was revoked since.
    world.followers = Some(followers(&[]));
    assert!(matches!(world.situation().turn(), Ok(Plan::Commit(_))));
}
