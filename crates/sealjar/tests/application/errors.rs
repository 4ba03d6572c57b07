//! What does `fn main() -> Result<(), Box<dyn Error>>` print?

use std::error::Error;
use std::time::Duration;

use sealjar::{
    ClockError, Context, KeyId, KeyIdError, KeyRing, OpenError, RandomError, RingError, SealError,
    Sealer, Timestamp, Token,
};

use super::{context, first_epoch, key, now, ring};

#[test]
fn an_error_that_main_returns_is_printed_as_its_message_and_a_hint() {
    let main = || -> Result<(), Box<dyn Error>> {
        KeyRing::from_json(br#"{"format":"sealjar-ring/1"}"#)?;
        Ok(())
    };
    let error = main().unwrap_err();
    assert_eq!(
        format!("Error: {error:?}"),
        "Error: critical: is missing\nhint: deliver the ring again, nothing of this document was used"
    );
}

#[test]
fn no_error_prints_the_names_of_variants_and_each_one_prints_its_causes_once() {
    let too_long = "x".repeat(65_536);
    let mut no_key = first_epoch();
    no_key.keys[0].seals_from = None;
    let sealer = Sealer::new(ring(no_key), context()).unwrap();
    let errors: [(Box<dyn Error>, &str); 8] = [
        (
            Box::new(Token::parse("x").unwrap_err()),
            "the text is not a token\nhint: give",
        ),
        (
            Box::new(OpenError::Clock(ClockError)),
            "the clock shows a time that no token can hold: the time is not a YYYY-MM-DDTHH:MM:SSZ",
        ),
        (
            Box::new(
                sealer
                    .seal_at(b"", Duration::from_secs(1), now())
                    .unwrap_err(),
            ),
            "the ring has no key to seal with now\nhint: see",
        ),
        (
            Box::new(SealError::Random(RandomError::new("broken"))),
            "no nonce could be drawn: the operating system gave no random bytes: broken\nhint: see",
        ),
        (
            Box::new(Sealer::new(key(), Context::new("a", "session")).unwrap_err()),
            "the purpose \"session\" belongs to the library, choose another\nhint: name",
        ),
        (
            Box::new(Sealer::new(key(), Context::new(too_long, "a")).unwrap_err()),
            "app is 65536 bytes long, the limit is 65535\nhint: give",
        ),
        (
            Box::new(RingError::Older {
                current: 2,
                found: 1,
            }),
            "epoch 1 is older than epoch 2 in use\nhint: deliver",
        ),
        (
            Box::new("x".parse::<KeyId>().unwrap_err()),
            "a key id is 22 characters",
        ),
    ];
    for (error, begins) in errors {
        let shown = format!("{error:?}");
        assert!(shown.starts_with(begins), "{shown}");
        let cause = error.source().map(ToString::to_string);
        assert!(
            cause.is_none_or(|cause| shown.matches(&cause).count() == 1),
            "{shown}"
        );
    }
    assert_eq!(format!("{KeyIdError:?}"), KeyIdError.to_string());
    assert_eq!("x".parse::<Timestamp>(), Err(ClockError));
}
