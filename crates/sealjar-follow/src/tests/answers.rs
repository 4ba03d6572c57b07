//! Does a replica take what a keeper has signed, and nothing else?

use super::{at, speaker};
use crate::{
    AnswerError, Asked, DeliveryKey, Head, Held, Judged, SignedHead, SpeakerKey, relay_answer,
    seal_list, seal_ring, sign_answer,
};

const NONCE: [u8; 16] = [9; 16];

fn asked<'a>(key: &'a DeliveryKey, held: Option<&'a Head>) -> Asked<'a> {
    Asked {
        key,
        ring: "web",
        nonce: &NONCE,
        held,
        list: None,
        sent: at(0),
    }
}

fn ring_head(epoch: u64) -> Head {
    Head::of(epoch, &document(epoch), None)
}

fn document(epoch: u64) -> Vec<u8> {
    format!("the document of epoch {epoch}").into_bytes()
}

fn signed(speaker: &SpeakerKey, head: Head) -> SignedHead {
    SignedHead::sign(speaker, "web", head)
}

fn part(speaker: &SpeakerKey, epoch: u64) -> Vec<u8> {
    seal_ring(speaker.delivery_key(), "web", epoch, &document(epoch)).unwrap()
}

/// An answer with the ring of an epoch.
fn answer(speaker: &SpeakerKey, epoch: u64) -> Vec<u8> {
    let head = signed(speaker, ring_head(epoch));
    let said = sign_answer(speaker, "web", &NONCE, at(1), &head);
    [&said[..], &part(speaker, epoch)].concat()
}

fn judge(answer: &[u8], held: Option<&Head>) -> Result<Judged, AnswerError> {
    asked(speaker(1).delivery_key(), held).judge(answer, at(2))
}

#[test]
fn the_ring_of_an_answer_is_taken_and_the_answer_confirms_it() {
    let judged = judge(&answer(&speaker(1), 7), None).unwrap();
    assert_eq!(judged.confirmed, Some(at(0)));
    let Some(Held {
        head,
        document,
        list,
    }) = judged.news
    else {
        panic!("there is news");
    };
    assert_eq!(head.head(), &ring_head(7));
    assert_eq!(*document.unwrap(), super::answers::document(7));
    assert!(list.is_none());
}

#[test]
fn what_the_replica_holds_already_need_not_come_again() {
    let speaker = speaker(1);
    let same = sign_answer(
        &speaker,
        "web",
        &NONCE,
        at(1),
        &signed(&speaker, ring_head(7)),
    );
    let judged = judge(&same, Some(&ring_head(7))).unwrap();
    assert!(judged.news.is_none());
    assert_eq!(judged.confirmed, Some(at(0)));
    // Without it, nothing is confirmed either.
    assert_eq!(
        judge(&same, Some(&ring_head(6))).unwrap_err(),
        AnswerError::Parts
    );
}

#[test]
fn a_keeper_that_read_its_store_long_ago_confirms_no_more_than_it_has_read() {
    let speaker = speaker(1);
    let head = signed(&speaker, ring_head(7));
    let said = sign_answer(&speaker, "web", &NONCE, at(0).saturating_sub(50), &head);
    let judged = judge(&said, Some(&ring_head(7))).unwrap();
    assert_eq!(judged.confirmed, Some(at(0).saturating_sub(50)));
}

#[test]
fn a_relay_brings_a_head_and_confirms_nothing() {
    let speaker = speaker(1);
    let said = relay_answer(&signed(&speaker, ring_head(7)));
    let relayed = [&said[..], &part(&speaker, 7)].concat();
    let judged = judge(&relayed, None).unwrap();
    assert!(judged.news.is_some());
    assert_eq!(judged.confirmed, None);
}

#[test]
fn no_bit_of_an_answer_can_be_changed_and_no_byte_can_be_missing() {
    let answer = answer(&speaker(1), 7);
    for at in 0..answer.len() {
        assert!(judge(&answer[..at], None).is_err(), "{at} bytes");
        for bit in 0..8 {
            let mut edited = answer.clone();
            edited[at] ^= 1 << bit;
            assert!(judge(&edited, None).is_err(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn an_answer_to_another_question_or_of_another_keeper_is_refused() {
    let speaker = speaker(1);
    let head = signed(&speaker, ring_head(7));
    let said = sign_answer(&speaker, "web", &[8; 16], at(1), &head);
    let recorded = [&said[..], &part(&speaker, 7)].concat();
    assert_eq!(judge(&recorded, None).unwrap_err(), AnswerError::Signature);
    let other = super::speaker(2);
    assert!(matches!(
        judge(&answer(&other, 7), None).unwrap_err(),
        AnswerError::Head(_)
    ));
}

/// Who has the key of a replica can seal parts and relay heads.
#[test]
fn parts_that_anybody_with_the_key_has_sealed_are_taken_only_if_the_head_names_them() {
    let speaker = speaker(1);
    let key = speaker.delivery_key();
    let said = relay_answer(&signed(&speaker, ring_head(7)));
    let forged = seal_ring(key, "web", 7, b"mine").unwrap();
    let of_another_epoch = seal_ring(key, "web", 8, &document(7)).unwrap();
    let as_a_list = seal_list(key, "web", 7, &document(7)).unwrap();
    let mut renamed = as_a_list.clone();
    renamed[0] = 1;
    for parts in [&forged[..], &of_another_epoch, &as_a_list, &renamed, &[]] {
        let answer = [&said[..], parts].concat();
        assert_eq!(judge(&answer, None).unwrap_err(), AnswerError::Parts);
    }
}

#[test]
fn parts_of_later_kinds_are_passed_over_and_two_of_one_kind_are_refused() {
    let speaker = speaker(1);
    let said = relay_answer(&signed(&speaker, ring_head(7)));
    let ring = part(&speaker, 7);
    let later = [9, 0, 0, 0, 2, 1, 1];
    let answer = [&said[..], &later, &ring, &later].concat();
    assert!(judge(&answer, None).is_ok());
    let twice = [&said[..], &ring, &ring].concat();
    assert_eq!(judge(&twice, None).unwrap_err(), AnswerError::NotAnAnswer);
}

#[test]
fn an_older_a_crossed_or_a_forked_head_is_never_taken() {
    let speaker = speaker(1);
    let with_list = |epoch, seq| Head::of(epoch, &document(epoch), Some((seq, b"a list")));
    let fork = Head::of(7, b"something else", None);
    for (held, refused) in [
        (ring_head(8), AnswerError::Behind { epoch: 7 }),
        (with_list(6, 1), AnswerError::Crossed),
        (fork, AnswerError::Fork { epoch: 7 }),
    ] {
        let error = judge(&answer(&speaker, 7), Some(&held)).unwrap_err();
        assert_eq!(error, refused);
    }
}

#[test]
fn a_head_far_ahead_of_the_clock_is_refused_and_one_that_was_taken_keeps_nobody_out() {
    let speaker = speaker(1);
    let ahead = u64::from(at(2).stored()) + 86_400;
    assert!(judge(&answer(&speaker, ahead), None).is_ok());
    assert_eq!(
        judge(&answer(&speaker, ahead + 1), None).unwrap_err(),
        AnswerError::Ahead { epoch: ahead + 1 }
    );
    // Taken under a wrong clock.
    let held = ring_head(ahead + 1);
    assert!(judge(&answer(&speaker, 7), Some(&held)).is_ok());
}

/// The negative control for all of the above: a shared key instead of the signature.
#[test]
fn with_a_code_in_place_of_the_signature_any_replica_could_make_an_answer() {
    use hkdf::hmac::Mac as _;
    let speaker = speaker(1);
    let key = speaker.delivery_key();
    let mac = |message: &[u8]| key.asking("web").chain_update(message).finalize();
    // A replica makes what such a protocol would accept, and ours does not.
    let forged = Head::of(at(2).stored().into(), b"mine", None);
    let mut head = *signed(&super::speaker(2), forged).as_bytes();
    let code = mac(&head[..94]).into_bytes();
    head[94..126].copy_from_slice(&code);
    head[126..].fill(0);
    let accepts = |head: &[u8; 158]| mac(&head[..94]).into_bytes()[..] == head[94..126];
    assert!(accepts(&head), "the broken variant takes it");
    assert!(SignedHead::verify(key, "web", &head).is_err());
}
