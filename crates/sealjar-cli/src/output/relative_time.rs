//! How far away is a time?

use sealjar::Timestamp;

/// Says a time, and how far it is away: `2026-11-22T05:00:30Z (in 6 d 23 h)`.
pub(crate) fn moment(at: Timestamp, now: Timestamp) -> String {
    format!("{at} ({})", away(at, now))
}

/// Says how far a time is away: `in 6 d 23 h`, `2 min ago`, `now`.
pub(crate) fn away(at: Timestamp, now: Timestamp) -> String {
    let (ahead, behind) = (at.seconds_since(now), now.seconds_since(at));
    let seconds = ahead.max(behind);
    let Some(first) = UNITS.iter().position(|(unit, _)| seconds >= *unit) else {
        return "now".into();
    };
    let (unit, name) = UNITS[first];
    let mut length = format!("{} {name}", seconds / unit);
    // The second unit says enough.
    if let Some((smaller, name)) = UNITS.get(first + 1)
        && seconds % unit >= *smaller
    {
        length += &format!(" {} {name}", seconds % unit / smaller);
    }
    match ahead {
        0 => format!("{length} ago"),
        _ => format!("in {length}"),
    }
}

const UNITS: [(u32, &str); 4] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_units_say_how_far_a_time_is_away() {
        let now = Timestamp::from_stored(10_000_000);
        for (seconds, text) in [
            (1, "1 s"),
            (59, "59 s"),
            (60, "1 min"),
            (150, "2 min 30 s"),
            (3600, "1 h"),
            (3601, "1 h"),
            (7199, "1 h 59 min"),
            (86_399, "23 h 59 min"),
            (86_400 + 3599, "1 d"),
            (604_799, "6 d 23 h"),
        ] {
            assert_eq!(away(now.saturating_add(seconds), now), format!("in {text}"));
            assert_eq!(
                away(now.saturating_sub(seconds), now),
                format!("{text} ago")
            );
        }
        assert_eq!(away(now, now), "now");
        assert_eq!(
            moment(Timestamp::MIN, Timestamp::MIN),
            "2025-01-01T00:00:00Z (now)"
        );
    }
}
