//! Is another suite of keys remembered, announced with its date, and there on that date?

use sealjar::Suite;

use super::world::*;
use crate::plan::{Begins, Publishing};
use crate::policy::PolicySettings;
use crate::{Refused, Step};

const OTHER: Suite = Suite::XChaCha20Poly1305;

/// A ring that is held everywhere, and whose keeper is asked for another suite.
fn asked(publishing: Publishing) -> World {
    let mut world = World::begun();
    world.publishing = publishing;
    world.pass(DISTRIBUTION + SKEW);
    world.policy = of(&world, OTHER);
    world
}

/// The policy of a ring, with another suite.
fn of(world: &World, suite: Suite) -> crate::policy::RotationPolicy {
    let settings = PolicySettings {
        suite: Some(suite),
        ..PolicySettings::default()
    };
    settings.resolve(Some(&world.ring)).unwrap()
}

fn sealing(world: &World) -> Option<Suite> {
    world.ring.sealing_key(world.now).unwrap().suite()
}

#[test]
fn a_ring_begins_with_the_suite_that_is_asked_for_and_keeps_it() {
    let settings = PolicySettings {
        suite: Some(OTHER),
        ..PolicySettings::default()
    };
    let policy = settings.resolve(None).unwrap();
    let first = crate::plan::first("web", &policy, at(BEGUN), &mint).unwrap();
    assert!(
        first
            .ring
            .keys()
            .iter()
            .all(|key| key.suite() == Some(OTHER))
    );
    // Nobody says it again, and the next keeper goes by it.
    let kept = PolicySettings::default().resolve(Some(&read(&first.ring)));
    assert_eq!(kept.unwrap().suite(), OTHER);
}

#[test]
fn another_suite_comes_in_with_a_rotation_on_the_date_that_was_announced() {
    for publishing in [Publishing::Free, Publishing::Restarts] {
        let mut world = asked(publishing);
        let Begins::At(announced) = world.situation().adoption().begins else {
            panic!("no date");
        };
        // Another rotation comes first, whose key begins a skew after it is due.
        let late = match publishing {
            Publishing::Free => 0,
            Publishing::Restarts => SKEW,
        };
        let usual = sealing(&world);
        assert_ne!(usual, Some(OTHER));
        let mut said = Vec::new();
        while world.now < announced {
            assert_eq!(sealing(&world), usual, "{publishing:?}");
            said.extend(world.turn());
            world.assert_sound();
            world.pass(1);
        }
        for _ in 0..late {
            world.turn();
            world.pass(1);
        }
        assert_eq!(sealing(&world), Some(OTHER), "{publishing:?}");
        let told = said
            .iter()
            .any(|step| matches!(step, Step::Suite { suite: OTHER, .. }));
        assert!(told, "{said:?}");
        assert_eq!(world.situation().adoption().begins, Begins::Already);
        world.pass(4 * PERIOD);
        world.turn();
        assert_eq!(world.fleet.violation(), None);
        // And back.
        world.policy = of(&world, Suite::Xaes256Gcm);
        let change = world.situation().adopt_policy().unwrap();
        assert_eq!(change.ring.next_key().unwrap().suite, Suite::Xaes256Gcm);
        assert!(change.ring.next_key().unwrap().early);
    }
}

#[test]
fn a_suite_that_is_brought_in_waits_until_its_key_is_held() {
    let mut world = asked(Publishing::Free);
    let change = world.situation().adopt_policy().unwrap();
    assert_eq!(names(&change.steps)[..2], ["Withdrawn", "Staged"]);
    world.adopt(change);
    let again = world.situation().adopt_policy();
    assert!(matches!(again, Err(Refused::Adopting(_))), "{again:?}");
    assert_ne!(sealing(&world), Some(OTHER));
}
