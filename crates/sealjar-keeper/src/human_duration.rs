//! How is a length of time written?

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// A length of time in whole seconds, written such as `7d`, `24h`, `1h 30m` or `30s`.
///
/// # Examples
/// ```
/// use sealjar_keeper::HumanDuration;
///
/// let day: HumanDuration = "24h".parse()?;
/// assert_eq!(day.as_secs(), 86_400);
/// assert_eq!(day.to_string(), "1d");
/// assert!("30".parse::<HumanDuration>().is_err(), "it has no unit");
/// # Ok::<(), sealjar_keeper::HumanDurationError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(try_from = "String")]
pub struct HumanDuration(u32);

impl HumanDuration {
    /// Makes one of seconds.
    #[must_use]
    pub const fn from_secs(seconds: u32) -> Self {
        Self(seconds)
    }

    /// Returns the seconds.
    #[must_use]
    pub const fn as_secs(self) -> u32 {
        self.0
    }
}

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut rest, mut text) = (self.0, String::new());
        for (unit, seconds) in [("d", DAY), ("h", 3600), ("m", 60), ("s", 1)] {
            if rest >= seconds {
                let gap = if text.is_empty() { "" } else { " " };
                text += &format!("{gap}{}{unit}", rest / seconds);
                rest %= seconds;
            }
        }
        f.pad(if text.is_empty() { "0s" } else { &text })
    }
}

impl FromStr for HumanDuration {
    type Err = HumanDurationError;

    fn from_str(text: &str) -> Result<Self, HumanDurationError> {
        let span = humantime::parse_duration(text).map_err(|_| HumanDurationError)?;
        if span.subsec_nanos() != 0 {
            return Err(HumanDurationError);
        }
        u32::try_from(span.as_secs())
            .map(Self)
            .map_err(|_| HumanDurationError)
    }
}

impl TryFrom<String> for HumanDuration {
    type Error = HumanDurationError;

    fn try_from(text: String) -> Result<Self, HumanDurationError> {
        text.parse()
    }
}

/// The text is not a length of time in whole seconds, at most 136 years.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct HumanDurationError;

impl fmt::Display for HumanDurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time is written with its unit, in whole seconds: 7d, 24h, 1h 30m, 30s")
    }
}

sealjar::__debug_as_report!(HumanDurationError);

impl std::error::Error for HumanDurationError {}

const DAY: u32 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_as_they_are_read() {
        for text in ["0s", "30s", "5m", "1h 30m", "7d", "1d 1h 1m 1s"] {
            assert_eq!(text.parse::<HumanDuration>().unwrap().to_string(), text);
        }
        for text in ["", "7", "7 parsecs", "1ms", "-1s", "1d 500ms", "200years"] {
            assert_eq!(
                text.parse::<HumanDuration>(),
                Err(HumanDurationError),
                "{text:?}"
            );
        }
    }
}
