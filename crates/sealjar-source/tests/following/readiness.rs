//! Is a replica ready exactly while it can seal, whatever else is wrong?

use std::time::Duration;

use sealjar::KeyRing;
use sealjar::keeper::RingDraft;
use sealjar_source::{Follower, NotReady, Reason, SourceError, Watcher};

use crate::support::{DAY, HOUR, Place, Polled, at, draft, ring, text};

/// A change to the ring's sealing key, which seals from second 1000, and why the replica is not
/// ready in second 2000.
type Case = (&'static str, fn(&mut RingDraft), Option<NotReady>);

const CASES: &[Case] = &[
    ("sealing", |_| {}, None),
    (
        "sealing in its last second",
        |ring| ring.keys[0].seals_until = Some(at(2000)),
        None,
    ),
    (
        "ended a second ago",
        |ring| ring.keys[0].seals_until = Some(at(1999)),
        Some(NotReady::NoSealingKey),
    ),
    (
        "about to begin",
        |ring| ring.keys[0].seals_from = Some(at(2001)),
        Some(NotReady::NoSealingKey),
    ),
    (
        "never to begin",
        |ring| ring.keys[0].seals_from = None,
        Some(NotReady::NoSealingKey),
    ),
    (
        "spent",
        |ring| {
            ring.keys[0].seals_until = Some(at(1500));
            ring.keys[0].opens_until = Some(at(2000));
        },
        Some(NotReady::NoSealingKey),
    ),
    (
        "revoked",
        |ring| ring.keys[0].revoke(),
        Some(NotReady::NoSealingKey),
    ),
    ("overdue", |ring| ring.timing.rotate_every = 600, None),
];

fn with(change: impl Fn(&mut RingDraft)) -> KeyRing {
    let mut draft = draft(5);
    draft.keys[0].seals_from = Some(at(1000));
    change(&mut draft);
    draft.build().unwrap()
}

fn follower(ring: KeyRing) -> Follower {
    Follower::new("the test", ring, Duration::ZERO)
}

#[test]
fn a_replica_is_ready_while_its_ring_has_a_key_to_seal_with() {
    for (name, change, reason) in CASES {
        let readiness = follower(with(change)).readiness();
        assert_eq!(readiness.check_at(at(2000)).err(), *reason, "{name}");
    }
}

#[test]
fn a_key_of_an_unknown_suite_seals_nothing_so_the_replica_is_not_ready() {
    let text = with(|_| {})
        .to_json()
        .replacen("xaes-256-gcm", "ascon-x", 1);
    let ring = KeyRing::from_json(text.as_bytes()).unwrap();
    let id = ring.keys()[0].id();
    let refused = follower(ring).readiness().check_at(at(2000)).unwrap_err();
    assert_eq!(refused, NotReady::UnknownSuite(id));
    assert!(refused.to_string().contains(&id.to_string()), "{refused}");
    assert!(refused.hint().contains("upgrade"), "{}", refused.hint());
    assert!(!refused.to_string().contains("ascon"), "{refused}");
}

#[test]
fn a_replica_becomes_ready_with_the_ring_that_it_takes() {
    let mut follower = follower(with(|ring| ring.keys[0].seals_from = None));
    let readiness = follower.readiness();
    assert!(readiness.check_at(at(2000)).is_err());
    follower.take(Reason::Poll, Ok(ring(6)), Duration::ZERO, at(2000));
    assert_eq!(readiness.check_at(at(2000)), Ok(()));
    assert_eq!(readiness.check(), Ok(()));
}

#[test]
fn a_lost_source_is_told_since_when_and_why_and_is_no_reason_to_stop() {
    let mut follower = follower(ring(5));
    let readiness = follower.readiness();
    let empty = || {
        Err(SourceError::Empty {
            place: "the test".into(),
        })
    };
    assert!(readiness.failure().is_none());
    for (found, time) in [(empty(), 2000), (Ok(ring(4)), 2010)] {
        follower.take(Reason::Poll, found, Duration::ZERO, at(time));
        assert_eq!(readiness.check_at(at(time)), Ok(()));
    }
    let failure = readiness.failure().unwrap();
    assert_eq!(failure.since, Some(at(2000)));
    let last = failure.error.to_string();
    assert_eq!(last, "the test: epoch 4 is older than epoch 5 in use");

    follower.take(Reason::Poll, Ok(ring(5)), Duration::ZERO, at(2020));
    assert!(readiness.failure().is_none());
    follower.take(Reason::Poll, empty(), Duration::ZERO, at(2030));
    assert_eq!(readiness.failure().unwrap().since, Some(at(2030)));
}

#[test]
fn a_rotation_is_overdue_from_the_second_after_its_last() {
    let mut follower = follower(with(|ring| ring.timing.rotate_every = DAY));
    let readiness = follower.readiness();
    let last = 1000 + DAY + 300 + 2 * 30;
    let same = || Ok(with(|ring| ring.timing.rotate_every = DAY));
    for (time, overdue) in [(last, None), (last + 1, Some(at(last))), (last, None)] {
        let event = follower.take(Reason::Poll, same(), Duration::ZERO, at(time));
        assert_eq!(event.overdue, overdue);
        assert_eq!(readiness.overdue_at(at(time)), overdue);
        assert_eq!(readiness.check_at(at(time)), Ok(()));
    }
}

#[test]
fn the_last_look_is_told_whatever_came_of_it() {
    let mut follower = follower(ring(5));
    let readiness = follower.readiness();
    assert_eq!(readiness.last_look(), None, "nobody has looked yet");
    for (found, time) in [
        (Ok(ring(5)), 2000),
        (Ok(ring(4)), 2010),
        (Ok(ring(6)), 2020),
    ] {
        follower.take(Reason::Poll, found, Duration::ZERO, at(time));
        assert_eq!(readiness.last_look(), Some(at(time)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_watcher_that_was_dropped_looks_no_more_and_the_replica_stays_ready() {
    let place = Place::new();
    place.write(&text(1));
    let start = async || Watcher::start(Polled(place.source())).await.unwrap();
    let (running, dropped) = (start().await, start().await);
    let (followed, forgotten) = (running.readiness(), dropped.readiness());
    let running = tokio::spawn(running.run());
    drop(dropped);
    tokio::time::sleep(HOUR).await;
    running.abort();
    assert!(followed.last_look().is_some());
    assert_eq!(forgotten.last_look(), None);
    assert_eq!(forgotten.check(), Ok(()));
}

#[test]
fn a_clock_that_cannot_be_used_makes_up_no_time() {
    let mut follower = follower(with(|ring| ring.timing.rotate_every = DAY));
    let readiness = follower.readiness();
    let event = follower.take(Reason::Poll, Ok(ring(4)), Duration::ZERO, None);
    assert_eq!(event.overdue, None);
    assert_eq!(readiness.last_look(), None);
    assert_eq!(readiness.failure().unwrap().since, None);

    // This look began earlier.
    follower.take(Reason::Poll, Ok(ring(4)), Duration::ZERO, at(2000));
    assert_eq!(readiness.last_look(), Some(at(2000)));
    assert_eq!(readiness.failure().unwrap().since, None);
}
