//! Which version of its API is an engine asked in? Its own, unless that is too old.
//!
//! Never in an older one than it speaks: an engine strips from a service's spec, when it is
//! written, all that the version it is asked in does not know.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use crate::engine::error::EngineError;

/// A version of the Engine API, such as 1.41.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct ApiVersion {
    major: u32,
    minor: u32,
}

impl ApiVersion {
    /// What the oldest engine that this was tried on speaks, Docker 20.10.
    pub(super) const OLDEST: Self = Self {
        major: 1,
        minor: 41,
    };
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for ApiVersion {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (major, minor) = text.split_once('.').ok_or(())?;
        let number = |digits: &str| digits.parse().map_err(drop);
        Ok(Self {
            major: number(major)?,
            minor: number(minor)?,
        })
    }
}

/// Reads the answer to `/version`.
pub(super) fn negotiate(answer: &Value) -> Result<ApiVersion, EngineError> {
    let named = answer["ApiVersion"].as_str().unwrap_or_default();
    match named.parse() {
        Ok(version) if version >= ApiVersion::OLDEST => Ok(version),
        _ => Err(EngineError::Version {
            engine: match named {
                "" => "(none)".into(),
                _ => named.chars().take(LONGEST_NAMED).collect(),
            },
        }),
    }
}

const LONGEST_NAMED: usize = 20;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_engine_is_asked_in_its_own_version_unless_that_is_too_old() {
        for (named, asked_in) in [
            ("1.41", Some("1.41")),
            ("1.51", Some("1.51")),
            ("1.100", Some("1.100")),
            ("2.0", Some("2.0")),
            ("1.40", None),
            ("1.5", None),
            ("1", None),
            ("", None),
            ("1.41.2", None),
            ("-1.41", None),
        ] {
            match (negotiate(&json!({ "ApiVersion": named })), asked_in) {
                (Ok(version), Some(expected)) => assert_eq!(version.to_string(), expected),
                (Err(EngineError::Version { .. }), None) => {}
                (answer, _) => panic!("{named:?}: {answer:?}"),
            }
        }
        for answer in [
            json!({}),
            json!(null),
            json!([]),
            json!({ "ApiVersion": 1.41 }),
        ] {
            let error = negotiate(&answer).unwrap_err();
            assert!(error.to_string().contains("(none)"), "{answer}: {error}");
        }
    }
}
