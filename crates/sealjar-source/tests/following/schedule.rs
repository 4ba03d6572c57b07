//! Does the follower look when it should, and no more often?

use std::time::Duration;

use proptest::prelude::*;
use sealjar::{Key, KeyId, Suite, Timestamp};
use sealjar_source::{Event, Follower, Outcome, Reason, SourceError};

use crate::support::ring;

const START: Duration = Duration::from_secs(1000);

fn follower() -> Follower {
    Follower::new("the test", ring(5), START)
}

fn key_id() -> KeyId {
    Key::generate(Suite::Xaes256Gcm).unwrap().id()
}

fn fails() -> Result<sealjar::KeyRing, SourceError> {
    Err(SourceError::Empty {
        place: "the test".into(),
    })
}

/// Looks when the next look is due. Returns when that was, in milliseconds from the start.
fn look(follower: &mut Follower, found: Result<sealjar::KeyRing, SourceError>) -> (u128, Event) {
    let (due, reason) = follower.next_look();
    let event = follower.take(reason, found, due, Timestamp::MIN);
    ((due - START).as_millis(), event)
}

#[test]
fn with_nothing_heard_the_source_is_polled() {
    let mut follower = follower().poll_every(Duration::from_secs(7));
    for due in [7_000, 14_000, 21_000] {
        let (at, event) = look(&mut follower, Ok(ring(5)));
        assert_eq!((at, event.reason), (due, Reason::Poll));
        assert!(matches!(event.outcome, Outcome::Unchanged));
    }
}

#[test]
fn a_poll_interval_of_nothing_is_no_loop() {
    let follower = follower().poll_every(Duration::ZERO);
    assert_eq!(follower.next_look().0, START + Duration::from_millis(10));
    let never = self::follower().poll_every(Duration::MAX);
    assert_eq!(never.next_look().0, Duration::MAX);
}

#[test]
fn a_change_is_looked_at_once_it_has_settled_however_long_changes_go_on() {
    let mut follower = follower();
    for ms in [50, 100, 240] {
        follower.note_change(START + Duration::from_millis(ms));
        assert!(!follower.awaits_change());
    }
    let (at, event) = look(&mut follower, Ok(ring(6)));
    assert_eq!((at, event.reason), (250, Reason::Change));
    assert!(matches!(
        event.outcome,
        Outcome::Replaced { from: 5, to: 6 }
    ));
    assert!(follower.awaits_change());
    assert_eq!(look(&mut follower, Ok(ring(6))).0, 10_250);
}

#[test]
fn failed_looks_are_repeated_soon_and_then_ever_later() {
    let mut follower = follower();
    let dues: Vec<_> = (0..7).map(|_| look(&mut follower, fails()).0).collect();
    assert_eq!(
        dues,
        [10_000, 11_000, 13_000, 17_000, 25_000, 35_000, 45_000]
    );
    let (at, event) = look(&mut follower, Ok(ring(5)));
    assert_eq!((at, event.reason), (55_000, Reason::Poll));
    assert!(matches!(event.outcome, Outcome::Recovered));
    assert_eq!(look(&mut follower, fails()).0, 65_000);
    let (at, event) = look(&mut follower, fails());
    assert_eq!((at, event.reason), (66_000, Reason::Retry));
}

#[test]
fn a_retry_is_never_later_than_the_poll_would_be() {
    let mut follower = follower().poll_every(Duration::from_millis(300));
    for due in [300, 600, 900] {
        assert_eq!(look(&mut follower, fails()).0, due);
    }
}

/// The first unknown key causes a look at once, later ones after growing pauses while the looks
/// find nothing.
#[test]
fn unknown_keys_that_bring_nothing_are_looked_for_ever_later_and_a_newer_ring_begins_anew() {
    let mut follower = follower().poll_every(Duration::from_secs(100));
    let mut now = START;
    // The epoch is what the look after each pause finds.
    for (pause, epoch) in [
        (0, 5),
        (2, 5),
        (4, 5),
        (8, 5),
        (16, 5),
        (32, 5),
        (64, 6),
        (2, 6),
        (2, 6),
        (4, 6),
    ] {
        let id = key_id();
        follower.note_unknown(id, now);
        assert!(!follower.awaits_unknown());
        let (due, reason) = follower.next_look();
        assert_eq!(reason, Reason::UnknownKey(id));
        assert_eq!((due - now).as_secs(), pause);
        now = due;
        follower.take(reason, Ok(ring(epoch)), now, Timestamp::MIN);
        assert_eq!(follower.ring().load().epoch(), epoch);
    }
}

/// Otherwise a flood would cause a look of its own beside each poll.
#[test]
fn a_poll_answers_for_the_unknown_key_that_waits() {
    let mut follower = follower();
    let mut looks = Vec::new();
    for _ in 0..8 {
        let now = looks.last().map_or(START, |(at, _)| *at);
        follower.note_unknown(key_id(), now);
        let (due, reason) = follower.next_look();
        follower.take(reason, Ok(ring(5)), due, Timestamp::MIN);
        looks.push((due, reason == Reason::Poll));
    }
    let looks: Vec<_> = looks
        .iter()
        .map(|(at, polled)| ((*at - START).as_secs(), *polled))
        .collect();
    assert_eq!(
        looks[..4],
        [(0, false), (2, false), (6, false), (14, false)]
    );
    assert_eq!(looks[4..], [(24, true), (34, true), (44, true), (54, true)]);
}

#[test]
fn an_unknown_key_that_the_ring_holds_by_now_is_no_reason_to_look() {
    let mut follower = follower();
    let held = follower.ring().load().keys()[1].id();
    follower.note_unknown(held, START);
    assert!(follower.awaits_unknown());
    assert_eq!(follower.next_look().1, Reason::Poll);
}

#[derive(Clone, Debug)]
enum Heard {
    Change,
    Unknown,
    Nothing,
}

#[derive(Clone, Copy, Debug)]
enum Found {
    Failure,
    Newer,
    Older,
    Same,
}

fn story() -> impl Strategy<Value = Vec<(u64, Heard, Found)>> {
    let heard = prop_oneof![
        Just(Heard::Change),
        Just(Heard::Unknown),
        Just(Heard::Nothing)
    ];
    let found = prop_oneof![
        Just(Found::Failure),
        Just(Found::Newer),
        Just(Found::Older),
        Just(Found::Same)
    ];
    proptest::collection::vec((0_u64..3000, heard, found), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn whatever_is_heard_and_found_looks_are_neither_too_many_nor_too_few(story in story()) {
        let poll = Duration::from_secs(10);
        let mut follower = follower().poll_every(poll);
        let (mut now, mut looked, mut looked_for_key) = (START, START, None);
        let mut epoch = 5;
        let unknown = key_id();
        for (pause, heard, found) in story {
            now += Duration::from_millis(pause);
            loop {
                let (due, reason) = follower.next_look();
                prop_assert!(due <= looked + poll, "a look is never put off");
                if due > now {
                    break;
                }
                match reason {
                    Reason::Change => prop_assert!(due >= looked + Duration::from_millis(200)),
                    Reason::Retry => prop_assert!(due >= looked + Duration::from_secs(1)),
                    Reason::UnknownKey(_) => {
                        let floor = looked_for_key.map(|at| at + Duration::from_secs(2));
                        prop_assert!(floor.is_none_or(|floor| due >= floor));
                        looked_for_key = Some(due);
                    }
                    _ => prop_assert_eq!(due, looked + poll),
                }
                looked = due;
                let event = follower.take(reason, match found {
                    Found::Failure => fails(),
                    Found::Newer => Ok(ring(epoch + 1)),
                    Found::Older => Ok(ring(epoch - 1)),
                    Found::Same => Ok(ring(epoch)),
                }, due, Timestamp::MIN);
                let refused = matches!(event.outcome, Outcome::Refused(_));
                prop_assert_eq!(refused, matches!(found, Found::Failure | Found::Older));
                prop_assert_eq!(follower.readiness().failure().is_some(), refused);
                epoch += u64::from(matches!(found, Found::Newer));
                prop_assert_eq!(follower.ring().load().epoch(), epoch, "it never falls");
            }
            match heard {
                Heard::Change => follower.note_change(now),
                Heard::Unknown => follower.note_unknown(unknown, now),
                Heard::Nothing => {}
            }
        }
    }
}
