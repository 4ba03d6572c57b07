//! How do other libraries write a session's values into the text of a cookie?
//!
//! ```text
//! actix-session    {"user":"{\"id\":7}"}                        a JSON text for each value
//!                  {"v":1,"state":{"user":{"id":7}}}            what follows 0.11
//! tower-sessions   {"v":1,"record":{"id":..,"data":{"user":{"id":7}},"expiry_date":..}}, in
//!                  base64url
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::time::format_description::well_known::Rfc3339;
use cookie::time::{Date, OffsetDateTime, Time, UtcOffset};
use sealjar::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// How the text of a [`LegacyCookie`](crate::LegacyCookie) holds the session's values.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum LegacyLayout {
    /// As actix-session's `CookieSessionStore` writes them, in either of its two layouts.
    ActixSession,
    /// As the application wrote it: nothing is taken apart.
    #[default]
    Text,
    /// As tower-sessions-cookie-store writes them. A session whose expiry has passed is refused.
    TowerSessions,
}

/// What a text says.
pub(super) struct Text {
    /// The session's values.
    pub(super) values: String,
    /// When the former library would have refused it, if it says so.
    pub(super) expires_at: Option<Timestamp>,
}

impl LegacyLayout {
    pub(super) fn read(self, text: String) -> Option<Text> {
        match self {
            Self::ActixSession => Some(Text {
                values: read_actix_session(&text)?,
                expires_at: None,
            }),
            Self::Text => Some(Text {
                values: text,
                expires_at: None,
            }),
            Self::TowerSessions => read_tower_sessions(&text),
        }
    }

    /// Writes values, one JSON object, as the former library does. `None` if they are none.
    pub(super) fn write(self, values: String, id: [u8; 8], ends: Timestamp) -> Option<String> {
        match self {
            Self::ActixSession => write_actix_session(&values),
            Self::Text => Some(values),
            Self::TowerSessions => write_tower_sessions(&values, id, ends),
        }
    }
}

fn read_actix_session(text: &str) -> Option<String> {
    let Value::Object(mut state) = serde_json::from_str(text).ok()? else {
        return None;
    };
    // A session of the first layout has texts alone, so its `v` is none of this.
    if state.get("v").is_some_and(Value::is_number) {
        let newest = state.get("v") == Some(&json!(1));
        let values = state.get_mut("state").map(Value::take);
        return values
            .filter(|values| newest && values.is_object())
            .map(|values| values.to_string());
    }
    let values: Option<Map<String, Value>> = state
        .into_iter()
        .map(|(name, value)| {
            let value = serde_json::from_str(value.as_str()?).ok()?;
            Some((name, value))
        })
        .collect();
    Some(Value::Object(values?).to_string())
}

/// Writes the first layout: builds of either read it.
fn write_actix_session(values: &str) -> Option<String> {
    let values: std::collections::BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(values).ok()?;
    let texts = values.iter().map(|(name, value)| (name, value.get()));
    serde_json::to_string(&texts.collect::<std::collections::BTreeMap<_, _>>()).ok()
}

fn read_tower_sessions(text: &str) -> Option<Text> {
    let json = URL_SAFE_NO_PAD.decode(text).ok()?;
    let mut envelope: Value = serde_json::from_slice(&json).ok()?;
    if envelope.get("v") != Some(&json!(1)) {
        return None;
    }
    let values = envelope.pointer_mut("/record/data").map(Value::take)?;
    let expires_at = read_time(envelope.pointer("/record/expiry_date")?)?;
    values.is_object().then(|| Text {
        values: values.to_string(),
        expires_at: Some(expires_at),
    })
}

fn write_tower_sessions(values: &str, id: [u8; 8], ends: Timestamp) -> Option<String> {
    let values: Value = serde_json::from_str(values).ok()?;
    let seconds = i64::try_from(ends.unix()).ok()?;
    let ends = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    let envelope = json!({
        "v": 1,
        "record": {
            "id": u64::from_be_bytes(id),
            "data": values.is_object().then_some(values)?,
            "expiry_date": [
                ends.year(), ends.ordinal(), ends.hour(), ends.minute(), ends.second(), 0, 0, 0, 0
            ],
        },
    });
    Some(URL_SAFE_NO_PAD.encode(envelope.to_string()))
}

/// Reads a time as the crate `time` writes it: numbers, or a text if the application has turned
/// that on.
fn read_time(time: &Value) -> Option<Timestamp> {
    let time = if let Some(text) = time.as_str() {
        // `2026-11-30 17:00:00.0 +00:00:00`, of which the last three characters are no RFC 3339.
        let text = text.replacen(' ', "T", 1).replacen(' ', "", 1);
        let end = text.rfind(['+', '-'])? + "+00:00".len();
        OffsetDateTime::parse(text.get(..end)?, &Rfc3339).ok()?
    } else {
        let numbers: Vec<i64> = time
            .as_array()?
            .iter()
            .map(Value::as_i64)
            .collect::<Option<_>>()?;
        let [year, day, hour, minute, second, nano, offset @ ..] = &numbers[..] else {
            return None;
        };
        let &[hours, minutes, seconds] = offset else {
            return None;
        };
        let date = Date::from_ordinal_date(i32::try_from(*year).ok()?, u16::try_from(*day).ok()?);
        let byte = |number: i64| u8::try_from(number).ok();
        let clock = Time::from_hms_nano(
            byte(*hour)?,
            byte(*minute)?,
            byte(*second)?,
            u32::try_from(*nano).ok()?,
        );
        let signed = |number: i64| i8::try_from(number).ok();
        let offset = UtcOffset::from_hms(signed(hours)?, signed(minutes)?, signed(seconds)?);
        OffsetDateTime::new_in_offset(date.ok()?, clock.ok()?, offset.ok()?)
    };
    // Further ahead than can be held is no end at all, and further back is over.
    let unix = u64::try_from(time.unix_timestamp()).unwrap_or(0);
    Some(match Timestamp::from_unix(unix) {
        Ok(time) => time,
        Err(_) if unix > Timestamp::MAX.unix() => Timestamp::MAX,
        Err(_) => Timestamp::MIN,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_of_actix_session_are_one_object() {
        for (text, values) in [
            (r#"{}"#, Some("{}")),
            (r#"{"user":"{\"id\":7}"}"#, Some(r#"{"user":{"id":7}}"#)),
            (r#"{"a":"1","b":"\"x\""}"#, Some(r#"{"a":1,"b":"x"}"#)),
            (r#"{"v":"1","state":"{}"}"#, Some(r#"{"state":{},"v":1}"#)),
            (
                r#"{"v":1,"state":{"user":{"id":7}}}"#,
                Some(r#"{"user":{"id":7}}"#),
            ),
            (r#"{"v":1,"state":{}}"#, Some("{}")),
            (r#"{"v":1,"state":7}"#, None),
            (r#"{"v":1}"#, None),
            (r#"{"v":2,"state":{}}"#, None),
            (r#"{"user":7}"#, None),
            (r#"{"user":"{"}"#, None),
            ("[]", None),
            ("", None),
        ] {
            assert_eq!(read_actix_session(text).as_deref(), values, "{text}");
        }
    }

    #[test]
    fn what_is_written_for_a_library_is_read_back() {
        let values = r#"{"a":1,"user":{"id":7}}"#;
        let ends = Timestamp::from_stored(59_875_200);
        for layout in [
            LegacyLayout::ActixSession,
            LegacyLayout::Text,
            LegacyLayout::TowerSessions,
        ] {
            let text = layout.write(values.into(), *b"\xFFsession", ends).unwrap();
            let read = layout.read(text).unwrap();
            assert_eq!(read.values, values);
            let says_when = layout == LegacyLayout::TowerSessions;
            assert_eq!(read.expires_at, says_when.then_some(ends));
        }
        for layout in [LegacyLayout::ActixSession, LegacyLayout::TowerSessions] {
            assert_eq!(layout.write("7".into(), [0; 8], ends), None);
        }
    }

    #[test]
    fn a_time_is_numbers_or_a_text() {
        let stored = |stored| Some(Timestamp::from_stored(stored));
        for (time, read) in [
            (json!([2026, 329, 0, 0, 0, 0, 0, 0, 0]), stored(59_875_200)),
            (
                json!([2026, 329, 1, 0, 1, 999, 1, 0, 0]),
                stored(59_875_201),
            ),
            (json!([9999, 1, 0, 0, 0, 0, 0, 0, 0]), Some(Timestamp::MAX)),
            (json!([1970, 1, 0, 0, 0, 0, 0, 0, 0]), Some(Timestamp::MIN)),
            (json!([-4, 1, 0, 0, 0, 0, 0, 0, 0]), Some(Timestamp::MIN)),
            (json!("2026-11-25 00:00:00.0 +00:00:00"), stored(59_875_200)),
            (json!("2026-11-25 01:00:01.5 +01:00:00"), stored(59_875_201)),
            (json!("2026-11-25 00:00:00.0 -00:00:0"), stored(59_875_200)),
            (json!([2026, 367, 0, 0, 0, 0, 0, 0, 0]), None),
            (json!([2026, 1, 24, 0, 0, 0, 0, 0, 0]), None),
            (json!([2026, 1, 0, 0, 0, 0, 0, 0]), None),
            (json!("tomorrow"), None),
            (json!("+"), None),
            (json!(7), None),
        ] {
            assert_eq!(read_time(&time), read, "{time}");
        }
    }
}
