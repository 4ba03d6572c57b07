//! Is a request to revoke taken only from who has the key, and its answer only from the keeper?

use hkdf::hmac::Mac as _;
use sealjar::{Revocation, Timestamp};

use super::{at, question, speaker};
use crate::{
    Instance, RequestError, RevokeOutcome, RevokeRefusal, RevokeRequest, UncheckedQuestion,
    UncheckedRevokeRequest,
};

const NONCE: [u8; 16] = [7; 16];

fn check(bytes: &[u8]) -> Result<RevokeRequest, RequestError> {
    UncheckedRevokeRequest::new(bytes)?.check(speaker(1).delivery_key(), "web")
}

/// One record of each kind.
fn request() -> RevokeRequest {
    RevokeRequest {
        nonce: NONCE,
        instance: Instance::from_bytes([3; 16]),
        time: at(0),
        revocations: vec![
            Revocation::Session {
                id: [1; 8],
                born: Some(at(5)),
            },
            Revocation::Subject {
                hash: [2; 8],
                born_before: at(6),
            },
            Revocation::Session {
                id: [3; 8],
                born: None,
            },
        ],
    }
}

#[test]
fn a_request_is_written_as_the_specification_says() {
    let speaker = speaker(1);
    let bytes = request().to_bytes(speaker.delivery_key(), "web");
    let said = [
        &speaker.id().bytes()[..],
        &NONCE,
        &[3; 16],
        &10_000_000_u32.to_be_bytes(),
        &[0, 3],
        &[1, 1, 1, 1, 1, 1, 1, 1, 1],
        &10_000_005_u32.to_be_bytes(),
        &[2, 2, 2, 2, 2, 2, 2, 2, 2],
        &10_000_006_u32.to_be_bytes(),
        &[3, 3, 3, 3, 3, 3, 3, 3, 3],
        &[0; 4],
    ]
    .concat();
    assert_eq!(bytes[..said.len()], said);
    let mac = speaker.delivery_key().revoking("web").chain_update(&said);
    assert_eq!(bytes[said.len()..], *mac.finalize().into_bytes());
    assert_eq!(check(&bytes), Ok(request()));
}

#[test]
fn requests_of_every_size_survive_their_bytes() {
    let key = speaker(1);
    for records in [1, 2, 255, RevokeRequest::MAX_RECORDS] {
        let request = RevokeRequest {
            revocations: vec![request().revocations[0]; records],
            ..request()
        };
        let bytes = request.to_bytes(key.delivery_key(), "web");
        assert!(bytes.len() <= RevokeRequest::MAX_LEN);
        assert_eq!(check(&bytes), Ok(request));
    }
}

#[test]
fn no_bit_of_a_request_can_be_changed_and_no_byte_can_be_missing() {
    let bytes = request().to_bytes(speaker(1).delivery_key(), "web");
    for at in 0..bytes.len() {
        assert!(check(&bytes[..at]).is_err());
        for bit in 0..8 {
            let mut edited = bytes.clone();
            edited[at] ^= 1 << bit;
            assert!(check(&edited).is_err(), "byte {at}, bit {bit}");
        }
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(check(&longer), Err(RequestError::Forged));
}

#[test]
fn a_request_of_another_key_or_about_another_ring_is_refused() {
    let bytes = request().to_bytes(speaker(2).delivery_key(), "web");
    assert_eq!(check(&bytes), Err(RequestError::OtherKey));
    let bytes = request().to_bytes(speaker(1).delivery_key(), "shop");
    assert_eq!(check(&bytes), Err(RequestError::Forged));
}

/// The label keeps the two apart: without it, the code of one would do for the other.
#[test]
fn the_code_of_a_question_is_not_that_of_a_request_with_the_same_bytes() {
    let key = speaker(1);
    let key = key.delivery_key();
    let recoded = |said: &[u8], code: hkdf::hmac::Hmac<sha2::Sha256>| {
        [said, &code.chain_update(said).finalize().into_bytes()].concat()
    };
    let request = request().to_bytes(key, "web");
    let said = &request[..request.len() - 32];
    assert_eq!(
        check(&recoded(said, key.asking("web"))),
        Err(RequestError::Forged)
    );
    assert!(
        check(&recoded(said, key.revoking("web"))).is_ok(),
        "the control"
    );
    let question = question(3, 4, None).to_bytes(key, "web");
    let said = &question[..question.len() - 32];
    let asked = |bytes: &[u8]| {
        UncheckedQuestion::new(bytes)
            .unwrap()
            .check(key, "web")
            .is_ok()
    };
    assert!(!asked(&recoded(said, key.revoking("web"))));
    assert!(asked(&recoded(said, key.asking("web"))), "the control");
}

/// With a right code, each of these could only come from who has the key.
#[test]
fn what_does_not_have_the_form_of_a_request_is_refused_whoever_sends_it() {
    let speaker = speaker(1);
    let genuine = request().to_bytes(speaker.delivery_key(), "web");
    let said = &genuine[..genuine.len() - 32];
    let with = |at: usize, bytes: &[u8]| {
        let mut said = said.to_vec();
        said[at..at + bytes.len()].copy_from_slice(bytes);
        said
    };
    let (count, kind, last_time) = (52, 54, said.len() - 4);
    for said in [
        with(count, &[0, 0]),
        with(count, &[0, 2]),
        with(count, &[0, 4]),
        with(kind, &[0]),
        with(kind, &[4]),
        // A session of unknown birth with a time: there is one way to write it.
        with(last_time, &[0, 0, 0, 1]),
        [said, &[0]].concat(),
        said[..said.len() - 1].to_vec(),
    ] {
        let mac = speaker.delivery_key().revoking("web").chain_update(&said);
        let bytes = [&said[..], &mac.finalize().into_bytes()].concat();
        assert_eq!(check(&bytes), Err(RequestError::NotARequest), "{said:?}");
    }
}

fn outcomes() -> Vec<RevokeOutcome> {
    let refusals = (2..=9).map(|code| match code {
        2 => RevokeRefusal::Full,
        3 => RevokeRefusal::InFuture,
        4 => RevokeRefusal::TooMany,
        5 => RevokeRefusal::Clock,
        6 => RevokeRefusal::Stopped,
        7 => RevokeRefusal::Unavailable,
        code => RevokeRefusal::Other(code),
    });
    let refused = refusals.map(RevokeOutcome::NotCommitted);
    [
        RevokeOutcome::Committed {
            seq: 0x0102_0304_0506_0708,
        },
        RevokeOutcome::NotKnown,
    ]
    .into_iter()
    .chain(refused)
    .collect()
}

#[test]
fn every_outcome_survives_its_bytes_and_says_what_to_do() {
    let speaker = speaker(1);
    for (code, outcome) in (0_u8..).zip(outcomes()) {
        let answer = outcome.sign(&speaker, "web", &NONCE);
        assert_eq!(answer[0], code);
        let read = RevokeOutcome::verify(speaker.delivery_key(), "web", &NONCE, &answer);
        assert_eq!(read, Some(outcome));
        if let RevokeOutcome::NotCommitted(refusal) = outcome {
            assert!(format!("{refusal:?}").contains("\nhint: "));
        }
    }
}

#[test]
fn an_outcome_is_the_keepers_for_this_request_or_none() {
    let (speaker, other) = (speaker(1), speaker(2));
    let key = speaker.delivery_key();
    let outcome = RevokeOutcome::Committed { seq: 3 };
    let answer = outcome.sign(&speaker, "web", &NONCE);
    let verify = |answer: &[u8]| RevokeOutcome::verify(key, "web", &NONCE, answer);
    assert_eq!(verify(&answer), Some(outcome), "the control");
    assert_eq!(verify(&outcome.sign(&speaker, "web", &[8; 16])), None);
    assert_eq!(verify(&outcome.sign(&speaker, "shop", &NONCE)), None);
    assert_eq!(verify(&outcome.sign(&other, "web", &NONCE)), None);
    for at in 0..answer.len() {
        assert_eq!(verify(&answer[..at]), None);
        for bit in 0..8 {
            let mut edited = answer;
            edited[at] ^= 1 << bit;
            assert_eq!(verify(&edited), None, "byte {at}, bit {bit}");
        }
    }
    assert_eq!(verify(&[&answer[..], &[0]].concat()), None);
}

#[test]
#[should_panic(expected = "a request has 1 to 256 records, not 0")]
fn a_request_for_nothing_is_never_written() {
    let request = RevokeRequest {
        revocations: Vec::new(),
        time: Timestamp::MIN,
        ..request()
    };
    _ = request.to_bytes(speaker(1).delivery_key(), "web");
}
