//! Does a replica come to the list that the head names, whole or by what has changed, and to no
//! other?

use sealjar::{ListDelta, RevocationList};

use super::{at, list, speaker};
use crate::{
    AnswerError, Asked, Head, Held, SignedHead, relay_answer, seal_delta, seal_list, seal_ring,
    sign_answer,
};

const NONCE: [u8; 16] = [9; 16];

/// The head of one ring and a list.
fn head_of(list: Option<&RevocationList>) -> Head {
    let bytes = list.map(|it| (it.seq(), it.to_bytes()));
    let named = bytes.as_ref().map(|(seq, bytes)| (*seq, &bytes[..]));
    Head::of(7, b"the ring", named)
}

/// What a replica that holds a list makes of these parts behind a head.
fn judge(
    held: Option<&RevocationList>,
    head: Head,
    parts: &[Vec<u8>],
) -> Result<Option<Held>, AnswerError> {
    let speaker = speaker(1);
    let signed = SignedHead::sign(&speaker, "web", head);
    let said = sign_answer(&speaker, "web", &NONCE, at(0), &signed);
    let asked = Asked {
        key: speaker.delivery_key(),
        ring: "web",
        nonce: &NONCE,
        held: Some(&head_of(held)),
        list: held,
        sent: at(0),
    };
    let judged = asked.judge(&[&said[..], &parts.concat()].concat(), at(0))?;
    Ok(judged.news)
}

fn whole(list: &RevocationList) -> Vec<u8> {
    let speaker = speaker(1);
    seal_list(speaker.delivery_key(), "web", list.seq(), &list.to_bytes()).unwrap()
}

fn delta(older: &RevocationList, newer: &RevocationList) -> Vec<u8> {
    let delta = ListDelta::between(older, newer).unwrap();
    seal_delta(speaker(1).delivery_key(), "web", &delta).unwrap()
}

#[test]
fn a_list_is_taken_by_its_own_number() {
    let new = list(&[1, 2]);
    let news = judge(None, head_of(Some(&new)), &[whole(&new)]).unwrap();
    let news = news.unwrap();
    assert!(news.document.is_none());
    assert_eq!(news.list, Some(new.clone()));
    let without = judge(None, head_of(Some(&new)), &[]).unwrap_err();
    assert_eq!(without, AnswerError::Parts);
}

#[test]
fn what_has_changed_since_the_list_in_use_or_an_older_one_leads_to_the_new_one() {
    let lists = [list(&[1]), list(&[1, 2]), list(&[1, 2, 3])];
    let [first, second, third] = &lists;
    for (held, part) in [
        (second, delta(second, third)),
        (second, delta(first, third)),
        (first, delta(first, third)),
    ] {
        let news = judge(Some(held), head_of(Some(third)), &[part]).unwrap();
        assert_eq!(news.unwrap().list, Some(third.clone()));
    }
}

/// Then the whole list is asked for.
#[test]
fn a_delta_that_leads_elsewhere_is_not_taken() {
    let lists = [
        list(&[1]),
        list(&[1, 2]),
        list(&[1, 2, 3]),
        list(&[1, 2, 4]),
    ];
    let [first, second, third, other] = &lists;
    let broken = |held, part| judge(held, head_of(Some(third)), &[part]).unwrap_err();
    for (held, part) in [
        // It begins later than the list in use.
        (Some(first), delta(second, third)),
        // It leads to another list of the same number, or to one in between.
        (Some(first), delta(first, other)),
        (Some(first), delta(first, second)),
        // There is nothing to apply it to.
        (None, delta(first, third)),
    ] {
        assert_eq!(broken(held, part), AnswerError::Delta);
    }
    // A list in the place of a delta.
    let mut renamed = whole(third);
    renamed[0] = 3;
    assert_eq!(broken(Some(first), renamed), AnswerError::Delta);
    let taken = judge(Some(first), head_of(Some(third)), &[delta(first, third)]);
    assert!(taken.is_ok(), "the control");
}

#[test]
fn beside_the_whole_list_nobody_looks_at_a_delta() {
    let (first, second) = (list(&[1]), list(&[1, 2]));
    let wrong = delta(&first, &list(&[1, 9]));
    for parts in [
        [wrong.clone(), whole(&second)],
        [whole(&second), wrong.clone()],
    ] {
        let news = judge(Some(&first), head_of(Some(&second)), &parts).unwrap();
        assert_eq!(news.unwrap().list, Some(second.clone()));
    }
    let twice = [wrong.clone(), wrong];
    let refused = judge(Some(&first), head_of(Some(&second)), &twice).unwrap_err();
    assert_eq!(refused, AnswerError::NotAnAnswer);
}

/// Nobody but the keeper could have signed these.
#[test]
fn a_list_that_says_another_number_or_cannot_be_read_is_not_taken() {
    let (first, second) = (list(&[1]), list(&[1, 2]));
    let bytes = second.to_bytes();
    let key = speaker(1);
    let key = key.delivery_key();
    let renumbered = Head::of(7, b"the ring", Some((9, &bytes)));
    let part = seal_list(key, "web", 9, &bytes).unwrap();
    let refused = judge(Some(&first), renumbered, &[part]).unwrap_err();
    assert_eq!(refused, AnswerError::Parts);
    let unreadable = Head::of(7, b"the ring", Some((9, b"no list")));
    let part = seal_list(key, "web", 9, b"no list").unwrap();
    let refused = judge(Some(&first), unreadable, &[part]).unwrap_err();
    assert!(matches!(refused, AnswerError::List(_)), "{refused}");
    assert!(format!("{refused:?}").contains("\nhint: "));
}

#[test]
fn a_relay_brings_the_ring_and_the_list_of_one_head() {
    let speaker = speaker(1);
    let new = list(&[1, 2]);
    let head = SignedHead::sign(&speaker, "web", head_of(Some(&new)));
    let ring = seal_ring(speaker.delivery_key(), "web", 7, b"the ring").unwrap();
    let relayed = [&relay_answer(&head)[..], &ring, &whole(&new)].concat();
    let asked = Asked {
        key: speaker.delivery_key(),
        ring: "web",
        nonce: &NONCE,
        held: None,
        list: None,
        sent: at(0),
    };
    let judged = asked.judge(&relayed, at(0)).unwrap();
    assert_eq!(judged.confirmed, None);
    let news = judged.news.unwrap();
    assert_eq!(**news.document.as_ref().unwrap(), *b"the ring");
    assert_eq!(news.list, Some(new));
    // Without the list there is nothing to take, not even the ring.
    let cut = [&relay_answer(&head)[..], &ring].concat();
    assert_eq!(asked.judge(&cut, at(0)).unwrap_err(), AnswerError::Parts);
}

/// Otherwise a replica that was started under a wrong clock would ask for a list that no keeper
/// sends, because it names it as held.
#[test]
fn a_list_that_was_taken_with_a_ring_far_ahead_need_not_come_again() {
    let speaker = speaker(1);
    let held_list = list(&[1]);
    let ahead = Head {
        epoch: u64::from(at(0).stored()) + 100_000,
        ..head_of(Some(&held_list))
    };
    let head = SignedHead::sign(&speaker, "web", head_of(Some(&held_list)));
    let ring = seal_ring(speaker.delivery_key(), "web", 7, b"the ring").unwrap();
    let asked = Asked {
        key: speaker.delivery_key(),
        ring: "web",
        nonce: &NONCE,
        held: Some(&ahead),
        list: Some(&held_list),
        sent: at(0),
    };
    let said = sign_answer(&speaker, "web", &NONCE, at(0), &head);
    let news = asked
        .judge(&[&said[..], &ring].concat(), at(0))
        .unwrap()
        .news
        .unwrap();
    assert!(news.document.is_some());
    assert_eq!(news.list, None);
    // The control: another list of that number does have to come.
    let other = Head {
        list: [9; 32],
        ..ahead
    };
    let asked = Asked {
        held: Some(&other),
        ..asked
    };
    let refused = asked.judge(&[&said[..], &ring].concat(), at(0));
    assert_eq!(refused.unwrap_err(), AnswerError::Parts);
}
