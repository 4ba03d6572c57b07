//! Is a question taken only from who has the key, and read as it was written?

use hkdf::hmac::Mac as _;

use super::{question, speaker};
use crate::{Head, HeadError, Patience, Question, QuestionError, SignedHead, UncheckedQuestion};

fn check(bytes: &[u8]) -> Result<Question, QuestionError> {
    UncheckedQuestion::new(bytes)?.check(speaker(1).delivery_key(), "web")
}

fn signed() -> SignedHead {
    SignedHead::sign(&speaker(1), "web", Head::of(7, b"the ring", None))
}

#[test]
fn questions_survive_their_bytes() {
    let speaker = speaker(1);
    for held in [None, Some(signed())] {
        for patience in [Patience::Ends, Patience::Waits(0), Patience::Waits(25)] {
            let question = Question {
                patience,
                ..question(3, 4, held.clone())
            };
            let bytes = question.to_bytes(speaker.delivery_key(), "web");
            assert_eq!(check(&bytes), Ok(question));
        }
    }
}

#[test]
fn a_question_is_written_as_the_specification_says() {
    let speaker = speaker(1);
    let bytes = question(3, 4, Some(signed())).to_bytes(speaker.delivery_key(), "web");
    let said = [
        &speaker.id().bytes()[..],
        &[7; 16],
        &[3; 16],
        &4_u64.to_be_bytes(),
        &10_000_000_u32.to_be_bytes(),
        &25_u16.to_be_bytes(),
        b"\0\x05web.3",
        b"\0\x9e",
        signed().as_bytes(),
    ]
    .concat();
    assert_eq!(bytes[..said.len()], said);
    let mac = speaker.delivery_key().asking("web").chain_update(&said);
    assert_eq!(bytes[said.len()..], *mac.finalize().into_bytes());
}

#[test]
fn no_byte_of_a_question_can_be_changed_and_none_can_be_missing() {
    let bytes = question(3, 4, Some(signed())).to_bytes(speaker(1).delivery_key(), "web");
    for at in 0..bytes.len() {
        assert!(check(&bytes[..at]).is_err());
        for bit in 0..8 {
            let mut edited = bytes.clone();
            edited[at] ^= 1 << bit;
            assert!(check(&edited).is_err(), "byte {at}, bit {bit}");
        }
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(check(&longer), Err(QuestionError::Forged));
}

#[test]
fn a_question_of_another_key_or_about_another_ring_is_refused() {
    let other = speaker(2);
    let bytes = question(3, 4, None).to_bytes(other.delivery_key(), "web");
    assert_eq!(check(&bytes), Err(QuestionError::OtherKey));
    let bytes = question(3, 4, None).to_bytes(speaker(1).delivery_key(), "shop");
    assert_eq!(check(&bytes), Err(QuestionError::Forged));
}

/// With a right code, each of these could only come from who has the key.
#[test]
fn what_does_not_have_the_form_of_a_question_is_refused_whoever_sends_it() {
    let speaker = speaker(1);
    let genuine = question(3, 4, None).to_bytes(speaker.delivery_key(), "web");
    let said = &genuine[..genuine.len() - 32];
    let with = |at: usize, bytes: &[u8]| {
        let mut said = said.to_vec();
        said[at..at + bytes.len()].copy_from_slice(bytes);
        said
    };
    let (wait, name) = (60, 62);
    for said in [
        with(wait, &26_u16.to_be_bytes()),
        with(wait, &65_534_u16.to_be_bytes()),
        with(name, &4_u16.to_be_bytes()),
        with(name, &6_u16.to_be_bytes()),
        with(name + 2, &[0xff]),
        [said, &[0]].concat(),
        [&said[..said.len() - 2], &[0, 1, 5]].concat(),
    ] {
        let mac = speaker.delivery_key().asking("web").chain_update(&said);
        let bytes = [&said[..], &mac.finalize().into_bytes()].concat();
        let refused = check(&bytes).unwrap_err();
        assert!(
            matches!(
                refused,
                QuestionError::NotAQuestion | QuestionError::Held(HeadError::NotAHead)
            ),
            "{refused}"
        );
    }
}

/// A replica that could claim any epoch could stop every keeper.
#[test]
fn a_claim_that_no_keeper_has_signed_is_refused() {
    let forged = SignedHead::sign(&speaker(2), "web", Head::of(u64::MAX, b"mine", None));
    let bytes = question(3, 4, Some(forged)).to_bytes(speaker(1).delivery_key(), "web");
    assert_eq!(
        check(&bytes),
        Err(QuestionError::Held(HeadError::Signature))
    );
}

#[test]
fn long_names_are_cut_between_two_characters_and_no_question_is_longer_than_the_limit() {
    let question = Question {
        name: "ä".repeat(40),
        ..question(3, 4, Some(signed()))
    };
    let bytes = question.to_bytes(speaker(1).delivery_key(), "web");
    assert_eq!(bytes.len(), Question::MAX_LEN);
    assert_eq!(check(&bytes).unwrap().name, "ä".repeat(32));
    let question = Question {
        name: format!("x{}", question.name),
        ..question
    };
    let bytes = question.to_bytes(speaker(1).delivery_key(), "web");
    assert_eq!(check(&bytes).unwrap().name.len(), 63);
}
