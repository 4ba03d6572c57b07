//! Is a head taken only as a keeper has signed it, and compared as the specification says?

use super::speaker;
use crate::{HEAD_LEN, Head, HeadError, SignedHead, Standing};

fn head() -> Head {
    Head::of(7, b"the ring", Some((3, b"the list")))
}

#[test]
fn a_head_is_written_as_the_specification_says() {
    let signed = SignedHead::sign(&speaker(1), "web", head());
    let bytes = signed.as_bytes();
    assert_eq!(bytes.len(), 158);
    let said = [
        &b"sealjar-head-1"[..],
        &7_u64.to_be_bytes(),
        &crate::bytes::sha256(b"the ring"),
        &3_u64.to_be_bytes(),
        &crate::bytes::sha256(b"the list"),
    ]
    .concat();
    assert_eq!(bytes[..94], said);
    let message = [&b"sealjar/v1 head\0\0\x03web"[..], &said].concat();
    assert_eq!(bytes[94..], speaker(1).sign(&message));
}

#[test]
fn no_byte_of_a_head_can_be_changed_and_none_can_be_missing() {
    let speaker = speaker(1);
    let signed = SignedHead::sign(&speaker, "web", head());
    let verify = |bytes: &[u8]| SignedHead::verify(speaker.delivery_key(), "web", bytes);
    assert_eq!(verify(signed.as_bytes()).unwrap(), signed);
    for at in 0..HEAD_LEN {
        assert!(verify(&signed.as_bytes()[..at]).is_err());
        for bit in 0..8 {
            let mut edited = *signed.as_bytes();
            edited[at] ^= 1 << bit;
            assert!(verify(&edited).is_err(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn a_head_of_another_keeper_or_ring_is_refused() {
    let signed = SignedHead::sign(&speaker(1), "web", head());
    let other = speaker(2);
    for (key, ring) in [
        (other.delivery_key(), "web"),
        (speaker(1).delivery_key(), "shop"),
    ] {
        let error = SignedHead::verify(key, ring, signed.as_bytes()).unwrap_err();
        assert_eq!(error, HeadError::Signature);
    }
}

/// Who has a replica's key can compute everything but the signature.
#[test]
fn the_delivery_key_signs_nothing() {
    let speaker = speaker(1);
    let key = speaker.delivery_key();
    let forged = Head::of(u64::MAX, b"mine", None);
    let mut bytes = *SignedHead::sign(&super::speaker(2), "web", forged).as_bytes();
    assert_eq!(
        SignedHead::verify(key, "web", &bytes),
        Err(HeadError::Signature)
    );
    // The signature of another head does not fit either.
    let genuine = SignedHead::sign(&speaker, "web", head());
    bytes[94..].copy_from_slice(&genuine.as_bytes()[94..]);
    assert_eq!(
        SignedHead::verify(key, "web", &bytes),
        Err(HeadError::Signature)
    );
}

#[test]
fn there_is_one_way_to_say_that_there_is_no_list() {
    let speaker = speaker(1);
    for (seq, list) in [(0, [1; 32]), (1, [0; 32])] {
        let head = Head {
            seq,
            list,
            ..Head::of(7, b"the ring", None)
        };
        let signed = SignedHead::sign(&speaker, "web", head);
        assert_eq!(
            SignedHead::verify(speaker.delivery_key(), "web", signed.as_bytes()),
            Err(HeadError::NotAHead)
        );
    }
}

#[test]
fn heads_are_compared_number_by_number() {
    let made = |epoch, ring: &[u8], seq, list: &[u8]| Head::of(epoch, ring, Some((seq, list)));
    let held = made(7, b"r7", 3, b"l3");
    for (other, standing) in [
        (held, Standing::Same),
        (made(8, b"r8", 3, b"l3"), Standing::Newer),
        (made(7, b"r7", 4, b"l4"), Standing::Newer),
        (made(8, b"r8", 4, b"l4"), Standing::Newer),
        (made(6, b"r6", 3, b"l3"), Standing::Older),
        (made(7, b"r7", 2, b"l2"), Standing::Older),
        (made(6, b"r6", 2, b"l2"), Standing::Older),
        (made(8, b"r8", 2, b"l2"), Standing::Crossed),
        (made(6, b"r6", 4, b"l4"), Standing::Crossed),
        (made(7, b"other", 3, b"l3"), Standing::Fork),
        (made(7, b"r7", 3, b"other"), Standing::Fork),
        (made(7, b"other", 4, b"l4"), Standing::Fork),
        (made(8, b"r8", 3, b"other"), Standing::Fork),
        (Head::of(7, b"r7", None), Standing::Older),
        (Head::of(8, b"r8", None), Standing::Crossed),
    ] {
        assert_eq!(other.standing_to(&held), standing, "{other:?}");
    }
}
