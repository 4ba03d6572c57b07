//! How does a person name a session, or a time before which sessions began?

use std::fmt;
use std::str::FromStr;

use sealjar::Timestamp;

/// A session, as logs name it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct SessionId(pub(super) [u8; 8]);

impl FromStr for SessionId {
    type Err = SessionIdError;

    fn from_str(text: &str) -> Result<Self, SessionIdError> {
        base16ct::mixed::decode_vec(text)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or(SessionIdError)
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SessionIdError;

impl fmt::Display for SessionIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a session id is 16 hexadecimal digits")
    }
}

impl std::error::Error for SessionIdError {}

/// A time before which sessions were born, `None` for all that have begun.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Before(pub(super) Option<Timestamp>);

impl FromStr for Before {
    type Err = sealjar::ClockError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "now" => Ok(Self(None)),
            time => time.parse().map(|time| Self(Some(time))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_named_by_sixteen_digits_and_nothing_else() {
        assert_eq!(
            "00ff00ff00FF00ff".parse(),
            Ok(SessionId([0, 255, 0, 255, 0, 255, 0, 255]))
        );
        for text in [
            "",
            "00ff00ff00ff00f",
            "00ff00ff00ff00ff0",
            "00ff00ff00ff00ff00",
            "zz",
        ] {
            assert_eq!(text.parse::<SessionId>(), Err(SessionIdError), "{text:?}");
        }
    }

    #[test]
    fn a_time_is_now_or_in_its_one_spelling() {
        assert_eq!("now".parse(), Ok(Before(None)));
        assert_eq!(
            "2025-01-01T00:00:00Z".parse(),
            Ok(Before(Some(Timestamp::MIN)))
        );
        assert!("yesterday".parse::<Before>().is_err());
    }
}
