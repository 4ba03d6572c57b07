//! Does each error say what is wrong, about which key, and what caused it?

use std::collections::HashSet;
use std::error::Error;

use super::key;
use crate::aead::{RandomError, Suite};
use crate::clock::ClockError;
use crate::error::{ContextError, OpenError, RingError, SealError};
use crate::ring_id::RingId;

#[test]
fn each_error_says_something_of_its_own_in_lower_case_without_a_full_stop() {
    let id = key(Suite::Xaes256Gcm, 7).id();
    let text = || "something".to_owned();
    assert_each_says_something(&[
        OpenError::BadTime,
        OpenError::Clock(ClockError),
        OpenError::Expired,
        OpenError::Forged,
        OpenError::Malformed,
        OpenError::MalformedInner,
        OpenError::OutsideKeyWindow,
        OpenError::RevokedAll,
        OpenError::RevokedKey(id),
        OpenError::SpentKey(id),
        OpenError::UnknownKey(id),
        OpenError::UnknownVersion,
    ]);
    assert_each_says_something(&[
        SealError::Clock(ClockError),
        SealError::NoSealingKey,
        SealError::Random(RandomError::new("broken")),
        SealError::TooLarge { size: 3, limit: 2 },
    ]);
    assert_each_says_something(&[
        ContextError::NoPaddingBucket,
        ContextError::ReservedPurpose(text()),
        ContextError::TooLong {
            part: "app",
            length: 65_536,
        },
    ]);
    assert_each_says_something(&[
        RingError::Another {
            name: text(),
            current: RingId::from_bytes([1; 16]),
            found: RingId::from_bytes([2; 16]),
        },
        RingError::Conflict { epoch: 7 },
        RingError::Document {
            place: text(),
            reason: text(),
        },
        RingError::Foreign {
            expected: text(),
            found: text(),
        },
        RingError::Older {
            current: 8,
            found: 7,
        },
        RingError::Syntax { reason: text() },
        RingError::TooLarge { size: 500_001 },
        RingError::UnsupportedFormat { reason: text() },
    ]);
    assert_each_says_something(&[ClockError]);
    assert_each_says_something(&[RandomError::new("broken")]);
}

#[test]
fn a_refusal_over_a_key_names_it_and_any_other_names_none() {
    let id = key(Suite::Xaes256Gcm, 7).id();
    for refusal in [
        OpenError::RevokedKey(id),
        OpenError::SpentKey(id),
        OpenError::UnknownKey(id),
    ] {
        assert_eq!(refusal.key_id(), Some(id));
        assert!(refusal.to_string().contains(&id.to_string()), "{refusal}");
    }
    assert_eq!(OpenError::Forged.key_id(), None);
}

#[test]
fn a_clock_and_a_generator_that_fail_are_kept_as_the_cause() {
    let random = RandomError::new("broken");
    let caused: [(&dyn Error, &dyn Error); 3] = [
        (&OpenError::Clock(ClockError), &ClockError),
        (&SealError::Clock(ClockError), &ClockError),
        (&SealError::Random(random.clone()), &random),
    ];
    for (error, cause) in caused {
        let source = error.source().map(ToString::to_string);
        assert_eq!(source, Some(cause.to_string()), "{error}");
    }
    assert!(OpenError::Expired.source().is_none());
    assert!(SealError::NoSealingKey.source().is_none());
}

fn assert_each_says_something(errors: &[impl Error]) {
    let said: HashSet<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), errors.len(), "{said:?}");
    for text in &said {
        assert!(text.starts_with(char::is_lowercase), "{text:?}");
        assert!(!text.ends_with('.'), "{text:?}");
    }
}
