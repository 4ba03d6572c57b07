//! Which times can a token hold, and what time is it now?

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A time in whole seconds between 2025-01-01T00:00:00Z and 2161-02-07T06:28:15Z.
///
/// Tokens and ring documents store times as a `u32` count of seconds since 2025-01-01T00:00:00Z, so
/// every `Timestamp` can be stored and every stored time is a `Timestamp`.
///
/// # Examples
/// ```
/// use sealjar::Timestamp;
///
/// let begun: Timestamp = "2026-11-22T05:00:00Z".parse()?;
/// let ended = begun.saturating_add(3600);
/// assert_eq!(ended.to_string(), "2026-11-22T06:00:00Z");
/// assert_eq!(ended.seconds_since(begun), 3600);
/// assert_eq!(Timestamp::from_unix(begun.unix())?, begun);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(u32);

impl Timestamp {
    /// The earliest `Timestamp`, 2025-01-01T00:00:00Z.
    pub const MIN: Self = Self(0);
    /// The latest `Timestamp`, 2161-02-07T06:28:15Z.
    pub const MAX: Self = Self(u32::MAX);

    /// Reads the system's clock.
    ///
    /// Only this function reads the clock in this project.
    ///
    /// # Errors
    /// [`ClockError`] when the clock is before [`Timestamp::MIN`] or after [`Timestamp::MAX`].
    #[expect(
        clippy::disallowed_methods,
        reason = "the one door to the system's clock"
    )]
    pub fn now() -> Result<Self, ClockError> {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_err(|_| ClockError)?;
        Self::from_unix(since_epoch.as_secs())
    }

    /// Converts a count of seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`ClockError`] when the time is before [`Timestamp::MIN`] or after [`Timestamp::MAX`].
    pub fn from_unix(seconds: u64) -> Result<Self, ClockError> {
        seconds
            .checked_sub(T0)
            .and_then(|since_t0| u32::try_from(since_t0).ok())
            .map(Self)
            .ok_or(ClockError)
    }

    /// Converts a count of seconds since 2025-01-01T00:00:00Z, the form that tokens store.
    #[must_use]
    pub const fn from_stored(seconds: u32) -> Self {
        Self(seconds)
    }

    /// Returns the count of seconds since 2025-01-01T00:00:00Z, the form that tokens store.
    #[must_use]
    pub const fn stored(self) -> u32 {
        self.0
    }

    /// Returns the count of seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix(self) -> u64 {
        self.0 as u64 + T0
    }

    /// Adds seconds, stopping at [`Timestamp::MAX`].
    #[must_use]
    pub const fn saturating_add(self, seconds: u32) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Subtracts seconds, stopping at [`Timestamp::MIN`].
    #[must_use]
    pub const fn saturating_sub(self, seconds: u32) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Returns the seconds from `earlier` to `self`, 0 when `earlier` is later.
    #[must_use]
    pub const fn seconds_since(self, earlier: Self) -> u32 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    /// Writes `YYYY-MM-DDTHH:MM:SSZ` (RFC 3339, always UTC, never a fraction).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = i64::try_from(self.unix())
            .ok()
            .and_then(|unix| OffsetDateTime::from_unix_timestamp(unix).ok())
            .and_then(|utc| utc.format(&Rfc3339).ok())
            .ok_or(fmt::Error)?;
        f.pad(&text)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = ClockError;

    /// Reads exactly `YYYY-MM-DDTHH:MM:SSZ`.
    fn from_str(text: &str) -> Result<Self, ClockError> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| ClockError)?;
        let unix = u64::try_from(parsed.unix_timestamp()).map_err(|_| ClockError)?;
        let time = Self::from_unix(unix)?;
        // RFC 3339 allows offsets, fractions and lower case. People compare and sign documents, so
        // a time has one spelling.
        if time.to_string() == text {
            Ok(time)
        } else {
            Err(ClockError)
        }
    }
}

/// A time that no `Timestamp` can hold: before 2025-01-01T00:00:00Z, after 2161-02-07T06:28:15Z, or
/// not written as `YYYY-MM-DDTHH:MM:SSZ`.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct ClockError;

impl fmt::Display for ClockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time is not a YYYY-MM-DDTHH:MM:SSZ between 2025-01-01 and 2161-02-07")
    }
}

crate::__debug_as_report!(ClockError);

impl std::error::Error for ClockError {}

/// 2025-01-01T00:00:00Z as Unix time.
const T0: u64 = 1_735_689_600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_second_are_held_and_their_neighbours_are_not() {
        assert_eq!(Timestamp::from_unix(T0), Ok(Timestamp::MIN));
        assert_eq!(Timestamp::from_unix(T0 - 1), Err(ClockError));
        let last = T0 + u64::from(u32::MAX);
        assert_eq!(Timestamp::from_unix(last), Ok(Timestamp::MAX));
        assert_eq!(Timestamp::from_unix(last + 1), Err(ClockError));
        assert_eq!(Timestamp::from_unix(u64::MAX), Err(ClockError));
        assert_eq!(Timestamp::from_unix(0), Err(ClockError));
    }

    #[test]
    fn times_are_written_and_read_in_one_spelling() {
        for (time, text) in [
            (Timestamp::MIN, "2025-01-01T00:00:00Z"),
            (Timestamp::MAX, "2161-02-07T06:28:15Z"),
            (Timestamp::from_stored(59_875_200), "2026-11-25T00:00:00Z"),
        ] {
            assert_eq!(time.to_string(), text);
            assert_eq!(format!("{time:?}"), text);
            assert_eq!(text.parse(), Ok(time));
        }
        for text in [
            "",
            "2026-11-22",
            "2026-11-22T05:00:00",
            "2026-11-22t05:00:00Z",
            "2026-11-22T05:00:00z",
            "2026-11-22 05:00:00Z",
            "2026-11-22T05:00:00.0Z",
            "2026-11-22T05:00:00+00:00",
            "2026-11-22T06:00:00+01:00",
            "2026-11-22T23:59:60Z",
            "2026-02-30T00:00:00Z",
            "2024-12-31T23:59:59Z",
            "2161-02-07T06:28:16Z",
            " 2026-11-22T05:00:00Z",
            "2026-11-22T05:00:00Z ",
            "+2026-11-22T05:00:00Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(ClockError), "{text:?}");
        }
    }

    #[test]
    fn arithmetic_stops_at_both_ends() {
        assert_eq!(Timestamp::MAX.saturating_add(1), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.saturating_sub(1), Timestamp::MIN);
        assert_eq!(Timestamp::MIN.seconds_since(Timestamp::MAX), 0);
        assert_eq!(Timestamp::MAX.seconds_since(Timestamp::MIN), u32::MAX);
    }
}
