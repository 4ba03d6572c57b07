//! Whom does a keeper wait for, and what can hold it up?

use std::time::Duration;

use super::{question, speaker};
use crate::{Head, Hearing, Holders, Instance, Moment, Patience, Question, SignedHead};

const SKEW: u32 = 30;

fn at(seconds: u32) -> Moment {
    Moment {
        elapsed: Duration::from_secs(seconds.into()),
        time: super::at(seconds),
    }
}

fn holders() -> Holders {
    Holders::new(Duration::from_secs(600), at(0))
}

fn head(epoch: u64) -> SignedHead {
    SignedHead::sign(
        &speaker(1),
        "web",
        Head::of(epoch, &epoch.to_be_bytes(), None),
    )
}

/// A question that is sent now.
fn asks(instance: u8, count: u64, epoch: u64, now: u32) -> Question {
    Question {
        time: super::at(now),
        ..question(instance, count, Some(head(epoch)))
    }
}

fn lagging(holders: &mut Holders, epoch: u64, now: u32) -> Vec<String> {
    let known = holders.known(at(now));
    known.lagging(epoch).map(|it| it.name.clone()).collect()
}

#[test]
fn a_replica_is_waited_for_until_it_names_the_epoch_or_is_lost() {
    let mut holders = holders();
    holders.hear(&asks(1, 1, 7, 0), SKEW, at(0));
    holders.hear(&asks(2, 1, 7, 0), SKEW, at(0));
    assert_eq!(lagging(&mut holders, 8, 1), ["web.1", "web.2"]);
    holders.hear(&asks(1, 2, 8, 1), SKEW, at(1));
    assert_eq!(lagging(&mut holders, 8, 600), ["web.2"]);
    assert!(lagging(&mut holders, 8, 601).is_empty());
    // It is shown.
    let known = holders.known(at(601));
    assert_eq!(known.holders.len(), 2);
    assert!(known.holders[1].is_lost && !known.holders[0].is_lost);
    // It counts again when it is heard of again.
    holders.hear(&asks(2, 2, 7, 700), SKEW, at(700));
    assert_eq!(lagging(&mut holders, 8, 700), ["web.2"]);
}

#[test]
fn a_replica_that_has_taken_nothing_yet_is_waited_for() {
    let mut holders = holders();
    let question = question(1, 1, None);
    assert_eq!(holders.hear(&question, SKEW, at(0)), Hearing::Acknowledged);
    assert_eq!(lagging(&mut holders, 1, 0), ["web.1"]);
}

#[test]
fn a_recorded_question_acknowledges_nothing() {
    let mut holders = holders();
    let recorded = asks(1, 1, 7, 0);
    assert_eq!(holders.hear(&recorded, SKEW, at(0)), Hearing::Acknowledged);
    holders.hear(&asks(1, 2, 8, 5), SKEW, at(5));
    // At once, and much later.
    for now in [6, 60, 590, 5_000] {
        assert_eq!(holders.hear(&recorded, SKEW, at(now)), Hearing::Stale);
    }
    assert!(lagging(&mut holders, 8, 6).is_empty());
    // A keeper that has started since has no count, and goes by the time.
    let mut fresh = Holders::new(Duration::from_secs(600), at(100));
    assert_eq!(fresh.hear(&recorded, SKEW, at(100)), Hearing::Stale);
}

/// The negative control: by name alone, who has recorded one question holds rotation up for ever.
#[test]
fn without_time_and_count_a_recorded_question_is_heard_for_ever() {
    let mut names = std::collections::BTreeMap::new();
    let recorded = asks(1, 1, 7, 0);
    for (question, now) in [(&recorded, 0), (&asks(1, 2, 8, 5), 5), (&recorded, 6)] {
        let epoch = question.held.as_ref().map(|it| it.head().epoch);
        names.insert(question.name.clone(), (epoch, now));
    }
    assert_eq!(names["web.1"].0, Some(7), "the broken variant believes it");
}

#[test]
fn a_question_counts_while_its_time_is_within_the_skew_and_half_a_minute() {
    for (time, hearing) in [
        (39, Hearing::Stale),
        (40, Hearing::Acknowledged),
        (160, Hearing::Acknowledged),
        (161, Hearing::Stale),
    ] {
        let mut holders = Holders::new(Duration::from_secs(600), at(100));
        assert_eq!(holders.hear(&asks(1, 1, 7, time), SKEW, at(100)), hearing);
    }
}

#[test]
fn a_name_that_comes_again_hides_nobody() {
    let mut holders = holders();
    let named = |instance| Question {
        name: "web".into(),
        ..asks(instance, 1, u64::from(instance), 0)
    };
    holders.hear(&named(7), SKEW, at(0));
    holders.hear(&named(8), SKEW, at(0));
    assert_eq!(lagging(&mut holders, 8, 1), ["web"]);
}

#[test]
fn a_replica_that_ends_or_is_forgotten_is_waited_for_no_longer() {
    let mut holders = holders();
    holders.hear(&asks(1, 1, 7, 0), SKEW, at(0));
    holders.hear(&asks(2, 1, 7, 0), SKEW, at(0));
    let ends = Question {
        patience: Patience::Ends,
        ..asks(1, 3, 7, 1)
    };
    assert_eq!(holders.hear(&ends, SKEW, at(1)), Hearing::Left);
    // A question that was overtaken on its way.
    assert_eq!(holders.hear(&asks(1, 2, 7, 1), SKEW, at(1)), Hearing::Stale);
    let second = Instance::from_bytes([2; 16]);
    assert!(holders.forget(second));
    assert!(!holders.forget(second));
    assert!(!holders.forget(Instance::from_bytes([3; 16])));
    assert!(lagging(&mut holders, 8, 2).is_empty());
    // It was not gone.
    holders.hear(&asks(2, 2, 7, 3), SKEW, at(3));
    assert_eq!(lagging(&mut holders, 8, 3), ["web.2"]);
}

#[test]
fn a_keeper_listens_for_a_whole_lease_before_it_decides() {
    let mut holders = holders();
    let remaining = |holders: &mut Holders, now| holders.known(at(now)).listens_for.as_secs();
    assert_eq!(remaining(&mut holders, 0), 600);
    assert_eq!(remaining(&mut holders, 599), 1);
    assert_eq!(remaining(&mut holders, 600), 0);
    assert_eq!(holders.known(at(700)).has_listened.as_secs(), 700);
}

#[test]
fn a_machine_that_slept_listens_anew_and_a_clock_that_is_set_back_changes_nothing() {
    let mut holders = holders();
    assert_eq!(holders.known(at(600)).listens_for, Duration::ZERO);
    let slept = Moment {
        time: super::at(4_000),
        ..at(601)
    };
    assert_eq!(holders.known(slept).listens_for.as_secs(), 600);
    let set_back = Moment {
        time: super::at(0),
        ..at(1_201)
    };
    assert_eq!(holders.known(set_back).listens_for, Duration::ZERO);
}

#[test]
fn a_keeper_that_could_not_hear_a_replica_listens_anew() {
    let mut holders = holders();
    assert_eq!(holders.known(at(600)).listens_for, Duration::ZERO);
    holders.listen_anew(at(600));
    assert_eq!(holders.known(at(601)).listens_for.as_secs(), 599);
}

#[test]
fn of_4096_replicas_those_that_left_make_room_then_lost_ones_and_nobody_else() {
    let mut holders = holders();
    let numbered = |number: u32, now| {
        let mut instance = [0; 16];
        instance[..4].copy_from_slice(&number.to_be_bytes());
        Question {
            instance: Instance::from_bytes(instance),
            ..asks(0, 1, 7, now)
        }
    };
    let first = numbered(0, 0);
    assert_eq!(holders.hear(&first, SKEW, at(0)), Hearing::Acknowledged);
    for number in 1..4096 {
        let heard = holders.hear(&numbered(number, 10), SKEW, at(10));
        assert_eq!(heard, Hearing::Acknowledged);
    }
    let late = numbered(5000, 10);
    assert_eq!(holders.hear(&late, SKEW, at(10)), Hearing::Full);
    holders.forget(numbered(7, 0).instance);
    assert_eq!(holders.hear(&late, SKEW, at(10)), Hearing::Acknowledged);
    let later = numbered(5001, 601);
    assert_eq!(holders.hear(&later, SKEW, at(601)), Hearing::Acknowledged);
    let known = holders.known(at(601));
    assert_eq!(known.holders.len(), Holders::MAX);
    let is_there = |question: &Question| {
        let mut holders = known.holders.iter();
        holders.any(|it| it.instance == question.instance)
    };
    assert!(is_there(&late) && is_there(&later) && !is_there(&first));
}

#[test]
fn a_store_that_was_put_back_is_contradicted_by_what_replicas_prove_to_hold() {
    let mut holders = holders();
    holders.hear(&asks(1, 1, 7, 0), SKEW, at(0));
    let known = holders.known(at(0));
    let contradicts = |store: &Head| known.contradicts(store, at(0).time).is_some();
    assert!(!contradicts(head(7).head()));
    assert!(!contradicts(head(8).head()));
    assert!(contradicts(head(6).head()));
    assert!(contradicts(&Head::of(7, b"something else", None)));
}

#[test]
fn what_was_made_under_a_wrong_clock_contradicts_nothing() {
    let mut holders = holders();
    let latest = u64::from(at(0).time.stored()) + 86_400;
    holders.hear(&asks(1, 1, latest + 1, 0), SKEW, at(0));
    assert!(
        holders
            .known(at(0))
            .contradicts(head(6).head(), at(0).time)
            .is_none()
    );
    holders.hear(&asks(2, 1, latest, 0), SKEW, at(0));
    assert!(
        holders
            .known(at(0))
            .contradicts(head(6).head(), at(0).time)
            .is_some()
    );
}

#[test]
fn a_list_that_was_numbered_by_a_wrong_clock_contradicts_nothing() {
    let latest = u64::from(at(0).time.stored()) + 86_400;
    for (seq, contradicts) in [(latest + 1, false), (latest, true)] {
        let mut holders = holders();
        let mut question = asks(1, 1, 7, 0);
        let ring = head(7).head().epoch;
        let held = Head::of(ring, b"ring", Some((seq, b"list")));
        question.held = Some(SignedHead::sign(&speaker(1), "web", held));
        holders.hear(&question, SKEW, at(0));
        let stored = Head::of(ring, b"ring", Some((latest - 1, b"another")));
        let known = holders.known(at(0));
        assert_eq!(
            known.contradicts(&stored, at(0).time).is_some(),
            contradicts
        );
    }
}

#[test]
fn lost_replicas_are_shown_for_a_day_and_then_dropped() {
    let mut holders = holders();
    holders.hear(&asks(1, 1, 7, 0), SKEW, at(0));
    assert_eq!(holders.known(at(87_000)).holders.len(), 1);
    assert_eq!(holders.known(at(87_001)).holders.len(), 0);
}
