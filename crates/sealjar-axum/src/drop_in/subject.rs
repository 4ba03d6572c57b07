//! Which value in a session's map says who the visitor is?

use sealjar_session::ConfigError;
use serde_json::Value;

use super::values::Map;

/// The place of a value in a session: a JSON pointer (RFC 6901), such as `/user_id`.
#[derive(Debug)]
pub(crate) struct Subject {
    name: String,
    /// The rest of the pointer, inside the value of that name.
    within: String,
}

impl Subject {
    /// Reads a pointer.
    ///
    /// # Errors
    /// [`ConfigError::Impossible`] when it does not begin with `/`, or has no name.
    pub(crate) fn at(pointer: &str) -> Result<Self, ConfigError> {
        let impossible = || ConfigError::Impossible {
            setting: "subject",
            value: format!("{pointer:?}"),
            reason: "must be a JSON pointer to the value that says who this is, such as /user_id"
                .into(),
        };
        let path = pointer.strip_prefix('/').ok_or_else(impossible)?;
        let (name, within) = path.split_at(path.find('/').unwrap_or(path.len()));
        if name.is_empty() {
            return Err(impossible());
        }
        Ok(Self {
            name: name.replace("~1", "/").replace("~0", "~"),
            within: within.to_owned(),
        })
    }

    /// Returns the subject: a text as it is, anything else as its JSON. `None` for null, or no
    /// value.
    pub(crate) fn of(&self, map: &Map) -> Option<String> {
        match map.get(&self.name)?.pointer(&self.within)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pointer_finds_who_this_is() {
        let values = json!({
            "user_id": 42, "name": "ada", "nobody": null, "a/b~c": "escaped",
            "axum-login.data": { "user_id": "7", "auth_hash": [1, 2] },
        });
        let map: Map = serde_json::from_value(values).unwrap();
        for (pointer, who) in [
            ("/user_id", Some("42")),
            ("/name", Some("ada")),
            ("/nobody", None),
            ("/missing", None),
            ("/name/within", None),
            ("/a~1b~0c", Some("escaped")),
            ("/axum-login.data/user_id", Some("7")),
            ("/axum-login.data/auth_hash/1", Some("2")),
            ("/axum-login.data/auth_hash", Some("[1,2]")),
        ] {
            let subject = Subject::at(pointer).unwrap();
            assert_eq!(subject.of(&map).as_deref(), who, "{pointer}");
        }
    }

    #[test]
    fn what_is_no_pointer_is_refused_by_name() {
        for pointer in ["", "user_id", "/", "//user_id"] {
            let error = Subject::at(pointer).unwrap_err().to_string();
            let wanted = format!("subject = {pointer:?}: must be a JSON pointer");
            assert!(error.starts_with(&wanted), "{error}");
        }
    }
}
