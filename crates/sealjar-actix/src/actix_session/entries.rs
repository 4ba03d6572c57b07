//! What is sealed of an `actix_session::Session`?

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Once;

use actix_session::{Session, SessionInsertError};
use sealjar_session::SessionData;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// The entries of an `actix_session::Session`, as one session type.
#[derive(Clone, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Entries {
    /// JSON texts, sorted by key, so that equal entries have equal encodings.
    values: BTreeMap<String, String>,
    subject: Option<String>,
}

impl Entries {
    /// Takes the values of a session that another store has kept, as one JSON object. Returns
    /// `None` if they are none. `subject_key` is what
    /// [`SessionMiddleware::subject_key`](super::SessionMiddleware::subject_key) gets, if it gets
    /// anything.
    ///
    /// For the function of a [`LegacyCookie`](crate::LegacyCookie), so that nobody is logged out by
    /// the move from `CookieSessionStore`.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_actix::actix_session::Entries;
    /// let entries = Entries::from_json(r#"{"user_id":42}"#, Some("user_id"));
    /// assert_eq!(entries.expect("an object").to_json(), r#"{"user_id":42}"#);
    /// assert!(Entries::from_json("42", None).is_none());
    /// ```
    #[must_use]
    pub fn from_json(values: &str, subject_key: Option<&str>) -> Option<Self> {
        let values: BTreeMap<String, Box<RawValue>> = serde_json::from_str(values).ok()?;
        let values: BTreeMap<String, String> = values
            .into_iter()
            .map(|(name, value)| (name, value.get().to_owned()))
            .collect();
        let subject = subject_key.and_then(|key| subject(key, values.get(key)?));
        Some(Self { values, subject })
    }

    /// Returns the values of the session, as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let pairs = self.values.iter().map(|(name, json)| {
            // A name is written as JSON writes it; a value is JSON already.
            format!("{}:{json}", Value::String(name.clone()))
        });
        format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
    }

    /// Inserts the entries into a session, which counts as a change to it.
    pub(super) fn fill(&self, session: &Session) -> Result<(), SessionInsertError> {
        for (key, json) in &self.values {
            match serde_json::from_str::<&RawValue>(json) {
                Ok(value) => session.insert(key, value)?,
                // Only the application itself can have sealed it, in another way than through a
                // session.
                Err(_) => {
                    tracing::error!(target: "sealjar", key, "left out an entry that is no JSON")
                }
            }
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn to_map(&self) -> HashMap<String, String> {
        self.values.clone().into_iter().collect()
    }

    /// Returns whether these are the same entries.
    pub(super) fn are(&self, entries: &HashMap<String, String>) -> bool {
        self.values.len() == entries.len()
            && self
                .values
                .iter()
                .all(|(key, json)| entries.get(key) == Some(json))
    }

    pub(super) fn copied(entries: &HashMap<String, String>, subject: Option<String>) -> Self {
        let entries = entries.iter();
        let copies = entries.map(|(key, json)| (key.clone(), json.clone()));
        Self {
            subject,
            ..copies.collect()
        }
    }
}

/// Collects keys and JSON texts, for `Jar::cookie_for` in an application's own tests.
impl FromIterator<(String, String)> for Entries {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(entries: I) -> Self {
        Self {
            values: entries.into_iter().collect(),
            subject: None,
        }
    }
}

impl SessionData for Entries {
    /// Not 0, so that a type of the application's own in the same cookie is not mistaken for this.
    const SCHEMA: u16 = 97;

    fn subject(&self) -> Option<Cow<'_, str>> {
        self.subject.as_deref().map(Cow::Borrowed)
    }
}

impl fmt::Debug for Entries {
    /// Shows only how many there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entries")
            .field("values", &self.values.len())
            .finish_non_exhaustive()
    }
}

/// Reads a subject from its JSON: a text as it is, a number in digits. `null` means nobody.
pub(super) fn subject(key: &str, json: &str) -> Option<String> {
    match serde_json::from_str(json).ok()? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Null => None,
        Value::Array(_) | Value::Bool(_) | Value::Object(_) => {
            WARN_OF_NO_SUBJECT.call_once(|| {
                tracing::warn!(
                    target: "sealjar",
                    key,
                    "the entry that is to name the subject is neither text nor number: nobody can be \
                     logged out everywhere by it"
                );
            });
            None
        }
    }
}

static WARN_OF_NO_SUBJECT: Once = Once::new();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_a_text_or_a_number() {
        for (json, expected) in [
            ("\"ada\"", Some("ada")),
            ("\"a \\\"b\\\"\"", Some("a \"b\"")),
            ("42", Some("42")),
            ("null", None),
            ("true", None),
            ("{\"id\":42}", None),
            ("[1]", None),
        ] {
            assert_eq!(subject("user", json).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn debug_does_not_leak_an_entry() {
        let entries = HashMap::from([("secret-key".to_owned(), "\"secret-value\"".to_owned())]);
        let shown = format!(
            "{:?}",
            Entries::copied(&entries, Some("secret-subject".into()))
        );
        assert_eq!(shown, "Entries { values: 1, .. }");
    }
}
