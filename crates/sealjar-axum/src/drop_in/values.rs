//! What is sealed in place of a store's record?

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use sealjar::Timestamp;
use sealjar_session::Expiry;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

/// A session as tower-sessions knows it. The default means no session.
#[derive(Clone, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Values {
    /// The session's id in tower-sessions.
    pub(crate) id: [u8; 16],
    pub(crate) ends: Ends,
    /// The subject, for the ring's revocations.
    pub(crate) subject: Option<String>,
    /// Counts explicit saves by handlers, so that each one writes: a jar writes only a value that
    /// has changed.
    pub(crate) saves: u8,
    /// A JSON object, as text: postcard can write a `serde_json::Value` but not read it.
    pub(crate) json: String,
}

impl Values {
    /// Returns whether there is a session, even an empty one.
    pub(crate) const fn is_some(&self) -> bool {
        !self.json.is_empty()
    }

    pub(crate) fn is(&self, id: i128) -> bool {
        self.is_some() && self.id == id.to_le_bytes()
    }

    pub(crate) fn subject(&self) -> Option<Cow<'_, str>> {
        self.subject.as_deref().map(Cow::Borrowed)
    }

    /// Parses the object.
    pub(crate) fn read(&self) -> serde_json::Result<Map> {
        serde_json::from_str(&self.json)
    }

    /// Writes the object, sorted by name, so that equal values have equal bytes.
    pub(crate) fn write(map: &Map) -> serde_json::Result<String> {
        serde_json::to_string(&map.iter().collect::<BTreeMap<_, _>>())
    }
}

/// The values of a session, as handlers insert and get them.
pub(crate) type Map = HashMap<String, Value>;

/// When a session ends: tower-sessions' `Expiry` in terms of a jar.
#[derive(Clone, Copy, Default, Deserialize, PartialEq, Serialize)]
pub(crate) enum Ends {
    /// After this many seconds without use.
    After(u32),
    /// At this time, as a stored [`Timestamp`].
    At(u32),
    #[default]
    Jar,
    OnBrowserClose,
}

impl Ends {
    /// Rounds down to whole seconds. A negative time ends the session at once.
    pub(crate) fn after(duration: time::Duration) -> Self {
        match duration.whole_seconds() {
            ..=0 => Self::At(0),
            seconds => Self::After(u32::try_from(seconds).unwrap_or(u32::MAX)),
        }
    }

    /// Rounds down to whole seconds. A time before the first that can be stored counts as past.
    pub(crate) fn at(time: OffsetDateTime) -> Self {
        let stored = time.unix_timestamp() - T0;
        Self::At(u32::try_from(stored.max(0)).unwrap_or(u32::MAX))
    }
}

impl From<Ends> for Expiry {
    fn from(ends: Ends) -> Self {
        match ends {
            Ends::After(seconds) => Self::After(Duration::from_secs(seconds.into())),
            Ends::At(stored) => Self::At(Timestamp::from_stored(stored)),
            Ends::Jar => Self::Jar,
            Ends::OnBrowserClose => Self::OnBrowserClose,
        }
    }
}

/// [`Timestamp::MIN`] in seconds since 1970.
const T0: i64 = Timestamp::MIN.unix().cast_signed();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_any_size_become_times_that_can_be_stored() {
        for (seconds, ends) in [
            (i64::MIN, Ends::At(0)),
            (-1, Ends::At(0)),
            (0, Ends::At(0)),
            (1, Ends::After(1)),
            (i64::MAX, Ends::After(u32::MAX)),
        ] {
            let after = Ends::after(time::Duration::seconds(seconds));
            assert!(after == ends, "{seconds} s");
        }
        assert!(Ends::after(time::Duration::milliseconds(999)) == Ends::At(0));
        for (unix, ends) in [
            (-1, Ends::At(0)),
            (T0, Ends::At(0)),
            (T0 + 1, Ends::At(1)),
            (253_402_300_799, Ends::At(u32::MAX)),
        ] {
            let time = OffsetDateTime::from_unix_timestamp(unix).unwrap();
            assert!(Ends::at(time) == ends, "{unix}");
        }
    }

    #[test]
    fn equal_values_have_equal_bytes_whatever_order_they_were_inserted_in() {
        let names: Vec<String> = (0..50).map(|n| format!("name {n}")).collect();
        let forth: Map = names
            .iter()
            .map(|it| (it.clone(), it.len().into()))
            .collect();
        let back: Map = names
            .iter()
            .rev()
            .map(|it| (it.clone(), it.len().into()))
            .collect();
        let json = Values::write(&forth).unwrap();
        assert_eq!(Values::write(&back).unwrap(), json);
        let values = Values {
            json,
            ..Values::default()
        };
        assert_eq!(values.read().unwrap(), forth);
    }
}
