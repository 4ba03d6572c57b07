//! Are keys read as they were written, and is everything else told apart?

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{key_text, known, speaker, speaker_text};
use crate::{DeliveryKey, KeyTextError, SpeakerKey};

#[test]
fn keys_survive_their_texts_and_are_written_as_the_specification_says() {
    let speaker = speaker(1);
    assert_eq!(*speaker.to_text(), speaker_text(1));
    let text = speaker.delivery_key().to_text();
    let delivery = DeliveryKey::from_bytes(text.as_bytes()).unwrap();
    assert_eq!(*delivery.to_text(), *text);
    assert_eq!(delivery.id(), speaker.id());
    let around = format!("\n  {}\r\n", *text);
    assert!(DeliveryKey::from_bytes(around.as_bytes()).is_ok());
}

#[test]
fn keys_that_are_drawn_differ_and_can_be_read() {
    let keys = [(); 2].map(|()| SpeakerKey::generate().unwrap());
    assert_ne!(keys[0].id(), keys[1].id());
    for key in keys {
        assert!(SpeakerKey::from_bytes(key.to_text().as_bytes()).is_ok());
    }
}

#[test]
fn no_edited_or_shortened_key_is_read() {
    let speaker = speaker(1);
    let text = speaker.delivery_key().to_text();
    for at in 0..text.len() {
        assert!(DeliveryKey::from_bytes(&text.as_bytes()[..at]).is_err());
        for replacement in *b"AB_= \0" {
            let mut edited = text.as_bytes().to_vec();
            if edited[at] != replacement {
                edited[at] = replacement;
                assert!(DeliveryKey::from_bytes(&edited).is_err(), "{at}");
            }
        }
    }
    let longer = format!("{}A", *text);
    assert_eq!(
        DeliveryKey::from_bytes(longer.as_bytes()).unwrap_err(),
        KeyTextError::Cut {
            expected: 91,
            found: 92
        }
    );
}

#[test]
fn each_thing_that_is_no_delivery_key_is_named_with_what_to_do() {
    let of_a_ring = format!("sealjar-key-1_{}", "A".repeat(48));
    for (text, said) in [
        ("", "there is no key: the text is empty"),
        (" \n", "there is no key: the text is empty"),
        (
            "hello",
            "this is no key: it does not begin with sealjar-delivery-1_",
        ),
        (
            &of_a_ring,
            "this is a key of a ring, not the delivery key of a replica",
        ),
        (
            r#"{"format": "sealjar-ring/1"}"#,
            "this is a ring document, not the delivery key of a replica",
        ),
        (
            "0123456789abcdef0123456789abcde\n",
            "this is a key that a store is sealed under, not the delivery key of a replica",
        ),
        (
            &speaker_text(1),
            "this is the key of a keeper, not the delivery key of a replica",
        ),
        (
            "sealjar-delivery-2_x",
            "a later version of sealjar has made this key",
        ),
        (
            "sealjar-delivery-1_x",
            "the key has 1 characters after the `_`, and should have 91",
        ),
    ] {
        let error = DeliveryKey::from_bytes(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), said);
        assert!(format!("{error:?}").contains("\nhint: "), "{error:?}");
    }
    let delivery = speaker(1).delivery_key().to_text();
    assert_eq!(
        SpeakerKey::from_bytes(delivery.as_bytes())
            .unwrap_err()
            .to_string(),
        "this is the delivery key of a replica, not the key of a keeper"
    );
}

#[test]
fn keys_that_anybody_can_guess_and_public_keys_that_are_none_are_refused() {
    let speaker = |secret: &[u8; 32], seed: &[u8; 32]| {
        let text = key_text("sealjar-speaker-1", secret, seed);
        SpeakerKey::from_bytes(text.as_bytes()).map(|_| ())
    };
    assert_eq!(speaker(&[0; 32], &known(2)), Err(KeyTextError::Published));
    assert_eq!(speaker(&known(1), &[0; 32]), Err(KeyTextError::Published));
    assert_eq!(speaker(&known(1), &known(2)), Ok(()));
    // The neutral element, one of order 2, and a number that is on no curve.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut of_order_two = [0xff; 32];
    (of_order_two[0], of_order_two[31]) = (0xec, 0x7f);
    let mut off_the_curve = [0; 32];
    off_the_curve[0] = 2;
    for public in [neutral, of_order_two, off_the_curve] {
        let text = key_text("sealjar-delivery-1", &known(1), &public);
        let read = DeliveryKey::from_bytes(text.as_bytes()).map(|_| ());
        assert_eq!(read, Err(KeyTextError::PublicKey));
    }
}

#[test]
fn debug_does_not_leak_key() {
    let speaker = speaker(1);
    let delivery = speaker.delivery_key();
    let shown = format!("{speaker:?} {speaker:#?} {delivery:?} {delivery:#?}");
    assert!(shown.contains(&speaker.id().to_string()));
    for secret in [known(1), known(0x81)] {
        let text = URL_SAFE_NO_PAD.encode(secret);
        let listed = format!("{}, {}", secret[0], secret[1]);
        for needle in [&text[..8], &listed] {
            assert!(!shown.contains(needle), "{needle}");
        }
    }
}
