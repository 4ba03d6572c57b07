//! Does each error say what is wrong and what caused it?

use std::collections::HashSet;
use std::error::Error;

use sealjar::{ClockError, OpenError, SealError};
use sealjar_session::{CloseError, Refusal, UpdateError};

#[test]
fn each_error_says_something_of_its_own_in_lower_case_without_a_full_stop() {
    let reason = || "something".to_owned();
    assert_each_says_something(&[
        Refusal::Ambiguous,
        Refusal::LoggedOut,
        Refusal::NewerSchema,
        Refusal::OldSchema,
        Refusal::RevokedSession,
        Refusal::RevokedSubject,
        Refusal::Token(OpenError::Forged),
        Refusal::TooOld,
        Refusal::TornChunks,
        Refusal::Undecodable,
    ]);
    assert_each_says_something(&[
        UpdateError::Closed,
        UpdateError::Nested,
        UpdateError::Seal(SealError::NoSealingKey),
        UpdateError::TooLarge { size: 2, limit: 1 },
        UpdateError::Unencodable { reason: reason() },
    ]);
    assert_each_says_something(&[
        CloseError::Seal(SealError::NoSealingKey),
        CloseError::TooLarge { size: 2, limit: 1 },
        CloseError::Unencodable { reason: reason() },
    ]);
}

#[test]
fn what_an_error_came_of_is_kept() {
    let clock = Refusal::Token(OpenError::Clock(ClockError));
    let no_key = SealError::NoSealingKey;
    let caused: [(&dyn Error, &dyn Error); 3] = [
        (&clock, &ClockError),
        (&UpdateError::Seal(no_key.clone()), &no_key),
        (&CloseError::Seal(no_key.clone()), &no_key),
    ];
    for (error, cause) in caused {
        let source = error.source().map(ToString::to_string);
        assert_eq!(source, Some(cause.to_string()), "{error}");
    }
    let uncaused: [&dyn Error; 3] = [
        &Refusal::TooOld,
        &UpdateError::Closed,
        &CloseError::TooLarge { size: 2, limit: 1 },
    ];
    for error in uncaused {
        assert!(error.source().is_none(), "{error}");
    }
}

fn assert_each_says_something(errors: &[impl Error]) {
    let said: HashSet<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), errors.len(), "{said:?}");
    for text in &said {
        assert!(text.starts_with(char::is_lowercase), "{text:?}");
        assert!(!text.ends_with('.'), "{text:?}");
    }
}
