//! A keeper's clock was 400 days ahead for one turn. Does everything work that a person does
//! afterwards?
//!
//! A keeper refuses to decide by such a clock. If a person confirmed the clock and was wrong, no
//! replica accepts the resulting ring, and the same confirmation under a right clock repairs it.
//! Keys that such a turn dropped are lost: tokens under them are refused, which is the limit that
//! `clock_errors` shows.

use sealjar::{Phase, Timestamp};
use sealjar_keeper::plan::Sessions;

use crate::broken::Broken;
use crate::fleet::Fleet;
use crate::orders::{Done, Order};
use crate::properties::Property::{
    self, EpochsNeverFall, EveryReplicaCanSeal, EveryReplicaHasTheSealingKey, KeepersAgree,
    ResumesAfterAKill, RevokedStaysRevoked, StagedBeforeSealing,
};
use crate::recipe::Recipe;

/// Every order that revokes something, and a plain turn.
const ORDERS: [&str; 8] = [
    "run --once",
    "revoke --all",
    "revoke --subject",
    "revoke --session",
    "revoke --before now",
    "revoke KEY",
    "rotate --force",
    "restore",
];

fn order(what: &str, fleet: &mut Fleet) -> Order {
    let now = Timestamp::from_stored(fleet.time.now());
    let replica = fleet.replicas[3].process().unwrap().ring.load();
    match what {
        "run --once" => Order::Turn,
        "revoke --all" => Order::RevokeAll,
        "revoke --subject" => Order::RevokeSubject("ada".into()),
        "revoke --session" => Order::RevokeSession([7; 8]),
        "revoke --before now" => Order::RaiseFloor,
        "revoke KEY" => Order::RevokeKeys(vec![replica.sealing_key(now).unwrap().id()]),
        "rotate --force" => Order::RotateForced,
        "restore" => {
            let held = fleet.watch.document(replica.epoch()).clone();
            Order::Restore(held, Sessions::Keep)
        }
        _ => unreachable!("{what}"),
    }
}

fn grown(seed: u64, broken: Option<Broken>) -> Fleet {
    let mut fleet = Fleet::begin(Recipe {
        broken,
        ..Recipe::calm(seed)
    });
    fleet.pass(200);
    fleet
}

/// A fleet whose ring was changed under the wrong clock, because somebody confirmed the clock.
fn vouched_once(seed: u64, broken: Option<Broken>) -> Fleet {
    let mut fleet = grown(seed, broken);
    fleet.stop_keepers();
    // By then every replica has the earlier publication.
    fleet.pass(30);
    fleet.seats[0].clock.set_ahead(AHEAD);
    let done = fleet.vouch(Order::Turn);
    assert!(
        matches!(&done, Done::Turned(Ok(turn)) if !turn.steps.is_empty()),
        "{done:?}"
    );
    fleet.seats[0].clock.set_ahead(0);
    // Long enough for every replica to have looked.
    fleet.pass(30);
    fleet
}

/// Returns which part of a change has not reached the fleet.
fn missed(fleet: &mut Fleet, done: &Done) -> Option<String> {
    let epoch = match done {
        Done::Changed(Ok(change)) => change.ring.epoch(),
        Done::Turned(Ok(turn)) => turn.ring.epoch(),
        Done::Changed(Err(error)) | Done::Turned(Err(error)) => return Some(error.to_string()),
    };
    let (by, skew) = (fleet.time.now(), fleet.skew);
    fleet.pass(40);
    let ring = fleet.watch.head().unwrap().ring();
    if ring.revocations().floor > Some(Timestamp::from_stored(by + 3 * skew)) {
        return Some("logins are refused".into());
    }
    let now = Timestamp::from_stored(fleet.time.now());
    for replica in &fleet.replicas {
        let held = &replica.process().unwrap().ring.load();
        if held.epoch() < epoch || held.check_epoch(now).is_err() {
            let held = held.epoch();
            return Some(format!(
                "a replica holds epoch {held}, and not {epoch} or what came after it"
            ));
        }
        let seals = held
            .keys()
            .iter()
            .any(|key| held.phase(key.id(), now) == Some(Phase::Sealing));
        if !seals {
            return Some("a replica has no key to seal with".into());
        }
    }
    None
}

fn assert_none_of(fleet: &Fleet, properties: &[Property], what: &str) {
    let found = fleet.watch.checks.found();
    let mut found = found.iter().filter(|it| properties.contains(&it.property));
    assert!(
        found.next().is_none(),
        "{what}: {:?}",
        fleet.watch.checks.found()
    );
}

#[test]
fn a_keeper_whose_clock_is_far_ahead_writes_nothing_and_whatever_is_ordered_later_works() {
    for (seed, what) in ORDERS.iter().enumerate() {
        let mut fleet = grown(seed as u64, None);
        let before = fleet.watch.head().unwrap().epoch();
        fleet.seats[0].clock.set_ahead(AHEAD);
        fleet.pass(20);
        fleet.seats[0].clock.set_ahead(0);
        assert_eq!(fleet.watch.head().unwrap().epoch(), before);
        // The keeper reports it at each turn, and does nothing else.
        let found = fleet.watch.checks.found();
        let is_said = |it: &crate::properties::Violation| {
            it.property == ResumesAfterAKill && it.what.contains("clock_ahead: ")
        };
        assert!(!found.is_empty() && found.iter().all(is_said), "{found:?}");
        let order = order(what, &mut fleet);
        let done = fleet.ask(order);
        assert_eq!(missed(&mut fleet, &done), None, "{what}");
    }
}

#[test]
fn after_a_wrong_clock_was_vouched_for_every_order_works_that_is_vouched_for_once_it_is_right() {
    for (seed, what) in ORDERS.iter().enumerate() {
        let mut fleet = vouched_once(seed as u64, None);
        let order = order(what, &mut fleet);
        let done = fleet.vouch(order);
        assert_eq!(missed(&mut fleet, &done), None, "{what}");
        let rotations = fleet.watch.rotations;
        fleet.start_keepers();
        fleet.pass(200);
        assert!(
            fleet.watch.rotations > rotations,
            "{what}: it does not continue"
        );
        assert_none_of(
            &fleet,
            &[
                EveryReplicaHasTheSealingKey,
                EveryReplicaCanSeal,
                EpochsNeverFall,
                StagedBeforeSealing,
                ResumesAfterAKill,
                KeepersAgree,
                RevokedStaysRevoked,
            ],
            what,
        );
    }
}

#[test]
fn the_control_without_a_person_who_vouches_every_order_is_refused() {
    for (seed, what) in ORDERS.iter().enumerate() {
        let mut fleet = vouched_once(seed as u64, None);
        let order = order(what, &mut fleet);
        let done = fleet.ask(order);
        let missed = missed(&mut fleet, &done).unwrap_or_default();
        assert!(missed.starts_with("clock_behind: "), "{what}: {missed}");
    }
}

#[test]
fn the_control_replicas_that_take_an_epoch_ahead_take_none_that_comes_after_it() {
    let mut fleet = vouched_once(1, Some(Broken::TakeEpochAhead));
    let done = fleet.vouch(Order::RevokeSession([7; 8]));
    let missed = missed(&mut fleet, &done).unwrap_or_default();
    assert!(missed.starts_with("a replica holds epoch "), "{missed}");
}

/// 400 days.
const AHEAD: i64 = 400 * 86_400;
