//! What holds for any bytes and any order of events?

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use sealjar::{ListDelta, Revocation, Timestamp};

use super::{at, list, question, speaker};
use crate::{
    Asked, Head, Holders, Instance, Moment, Parts, Patience, Question, RevokeOutcome,
    RevokeRequest, SignedHead, UncheckedQuestion, UncheckedRevokeRequest, seal_delta, seal_list,
    sign_answer,
};

fn any_revocation() -> impl Strategy<Value = Revocation> {
    (any::<[u8; 8]>(), any::<u32>(), 0..3_u8).prop_map(|(id, time, kind)| {
        let time = Timestamp::from_stored(time);
        match kind {
            0 => Revocation::Session { id, born: None },
            1 => Revocation::Session {
                id,
                born: Some(time),
            },
            _ => Revocation::Subject {
                hash: id,
                born_before: time,
            },
        }
    })
}

fn any_head() -> impl Strategy<Value = Head> {
    (0..4_u64, 0..2_u8, 0..3_u64, 0..2_u8).prop_map(|(epoch, ring, seq, list)| {
        let list = (seq > 0).then_some((seq, [list]));
        Head::of(
            epoch,
            &[ring],
            list.as_ref().map(|(seq, list)| (*seq, &list[..])),
        )
    })
}

proptest! {
    #[test]
    fn standings_are_mirrored(one in any_head(), other in any_head()) {
        use crate::Standing::{Crossed, Fork, Newer, Older, Same};
        let mirrored = match one.standing_to(&other) {
            Newer => Older,
            Older => Newer,
            same @ (Crossed | Fork | Same) => same,
        };
        prop_assert_eq!(other.standing_to(&one), mirrored);
        prop_assert_eq!(one.standing_to(&other) == Same, one == other);
    }

    #[test]
    fn any_bytes_are_no_question_no_answer_and_no_head(bytes in vec(any::<u8>(), 0..400)) {
        let speaker = speaker(1);
        let key = speaker.delivery_key();
        let question = UncheckedQuestion::new(&bytes).and_then(|it| it.check(key, "web"));
        prop_assert!(question.is_err());
        prop_assert!(SignedHead::verify(key, "web", &bytes).is_err());
        let asked = Asked { key, ring: "web", nonce: &[0; 16], held: None, list: None, sent: at(0) };
        prop_assert!(asked.judge(&bytes, at(0)).is_err());
        let request = UncheckedRevokeRequest::new(&bytes).and_then(|it| it.check(key, "web"));
        prop_assert!(request.is_err());
        prop_assert!(RevokeOutcome::verify(key, "web", &[0; 16], &bytes).is_none());
        if let Some(parts) = Parts::read(&bytes) {
            let head = Head::of(0, &[], None);
            prop_assert!(parts.ring(key, "web", &head).is_none());
            prop_assert!(parts.list(key, "web", &head).is_none());
            prop_assert!(parts.updated(key, "web", &head, &list(&[])).is_none());
        }
    }

    #[test]
    fn any_question_survives_its_bytes(
        instance: u8,
        count: u64,
        wait in 0..=25_u16,
        name in "\\PC{0,16}",
        epoch in proptest::option::of(0..u64::MAX),
    ) {
        let speaker = speaker(1);
        let held = epoch.map(|it| SignedHead::sign(&speaker, "web", Head::of(it, b"r", None)));
        let question = Question {
            patience: Patience::Waits(wait),
            name,
            ..question(instance, count, held)
        };
        let bytes = question.to_bytes(speaker.delivery_key(), "web");
        let read = UncheckedQuestion::new(&bytes).unwrap().check(speaker.delivery_key(), "web");
        prop_assert_eq!(read.unwrap(), question);
    }

    #[test]
    fn any_request_to_revoke_survives_its_bytes(
        nonce: [u8; 16],
        instance: [u8; 16],
        time: u32,
        revocations in vec(any_revocation(), 1..40),
    ) {
        let speaker = speaker(1);
        let request = RevokeRequest {
            nonce,
            instance: Instance::from_bytes(instance),
            time: Timestamp::from_stored(time),
            revocations,
        };
        let bytes = request.to_bytes(speaker.delivery_key(), "web");
        let unchecked = UncheckedRevokeRequest::new(&bytes).unwrap();
        prop_assert_eq!(unchecked.check(speaker.delivery_key(), "web").unwrap(), request);
    }

    /// Whatever a replica has missed: with what has changed since any list between, or with the
    /// whole one, it comes to the list that is signed.
    #[test]
    fn a_delta_and_the_whole_lead_to_the_same_list(
        ids in vec(0..6_u8, 2..7),
        held: proptest::sample::Index,
        since: proptest::sample::Index,
    ) {
        let lists: Vec<_> = (1..=ids.len()).map(|it| list(&ids[..it])).collect();
        let newest = lists.last().unwrap();
        let held = held.index(lists.len() - 1);
        let since = since.index(held + 1);
        let speaker = speaker(1);
        let key = speaker.delivery_key();
        let bytes = newest.to_bytes();
        let head = Head::of(7, b"r", Some((newest.seq(), &bytes)));
        let signed = SignedHead::sign(&speaker, "web", head);
        let said = sign_answer(&speaker, "web", &[0; 16], at(0), &signed);
        let delta = ListDelta::between(&lists[since], newest).unwrap();
        let delta = seal_delta(key, "web", &delta).unwrap();
        let whole = seal_list(key, "web", newest.seq(), &bytes).unwrap();
        let held_bytes = lists[held].to_bytes();
        let held_head = Head::of(7, b"r", Some((lists[held].seq(), &held_bytes)));
        for part in [delta, whole] {
            let asked = Asked {
                key,
                ring: "web",
                nonce: &[0; 16],
                held: Some(&held_head),
                list: Some(&lists[held]),
                sent: at(0),
            };
            let judged = asked.judge(&[&said[..], &part].concat(), at(0)).unwrap();
            let news = judged.news.unwrap();
            prop_assert_eq!(news.list.as_ref(), Some(newest));
        }
    }

    /// However questions are delayed, doubled and put in another order: what a keeper believes of a
    /// replica is what it said in the last of its questions that arrived in time.
    #[test]
    fn a_keeper_believes_the_last_question_that_came_in_time(
        arrivals in vec((0..3_u8, 0..20_u64, 0..120_u32), 0..60),
    ) {
        let mut holders = Holders::new(Duration::from_secs(600), Moment {
            elapsed: Duration::ZERO,
            time: at(0),
        });
        let mut believed = std::collections::BTreeMap::new();
        let heads: Vec<SignedHead> = (0..20)
            .map(|it| SignedHead::sign(&speaker(1), "web", Head::of(it, b"r", None)))
            .collect();
        for (instance, count, delay) in arrivals {
            // It is sent `count` seconds after the start, and arrives later.
            let sent = u32::try_from(count).unwrap();
            let now = Moment {
                elapsed: Duration::from_secs(u64::from(sent + delay)),
                time: at(sent + delay),
            };
            let question = Question {
                time: at(sent),
                ..question(instance, count, Some(heads[usize::try_from(count).unwrap()].clone()))
            };
            holders.hear(&question, 30, now);
            let last = believed.entry(instance).or_insert(None);
            if delay <= 60 && last.is_none_or(|last| count > last) {
                *last = Some(count);
            }
        }
        let known = holders.known(Moment { elapsed: Duration::from_secs(200), time: at(200) });
        let held: Vec<_> = known.holders.iter().map(|it| it.held.map(|it| it.epoch)).collect();
        let expected: Vec<_> = believed.into_values().filter(Option::is_some).collect();
        prop_assert_eq!(held, expected);
    }
}
