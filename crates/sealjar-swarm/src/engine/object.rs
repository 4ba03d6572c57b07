//! What is a secret or a config of Swarm, as the engine writes it and as it is sent?

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use zeroize::Zeroizing;

pub(crate) type Labels = BTreeMap<String, String>;

/// What Swarm keeps of what it does not understand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Any manager's client reads its data.
    Config,
    /// No client reads its data, only tasks do.
    Secret,
}

impl Kind {
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Config => "configs",
            Self::Secret => "secrets",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Config => "config",
            Self::Secret => "secret",
        })
    }
}

/// A config or a secret, as it was read.
pub(crate) struct Object {
    pub(crate) id: String,
    pub(crate) name: String,
    /// What the next change is made over.
    pub(crate) version: u64,
    /// When it was made, as the engine writes it.
    pub(crate) created_at: String,
    pub(crate) labels: Labels,
    /// A config's.
    pub(crate) data: Option<Zeroizing<Vec<u8>>>,
    /// All of it, so that what a newer engine knows is not lost.
    spec: Value,
}

impl Object {
    /// Reads what the engine wrote, or says what is wrong with it.
    pub(crate) fn read(mut value: Value) -> Result<Self, String> {
        let text = |part: &Value, name: &str| {
            let text = part.as_str().map(String::from);
            text.ok_or_else(|| format!("the answer has no {name}"))
        };
        let spec = value["Spec"].take();
        let data = match &spec["Data"] {
            Value::String(data) => {
                let data = STANDARD.decode(data);
                Some(data.map_err(|_| "its data is no base64".to_owned())?.into())
            }
            _ => None,
        };
        let labels = match &spec["Labels"] {
            Value::Object(labels) => labels
                .iter()
                .map(|(label, value)| Ok((label.clone(), text(value, "text of a label")?)))
                .collect::<Result<_, String>>()?,
            _ => Labels::new(),
        };
        Ok(Self {
            id: text(&value["ID"], "ID")?,
            name: text(&spec["Name"], "name")?,
            version: value["Version"]["Index"]
                .as_u64()
                .ok_or("the answer has no version")?,
            created_at: text(&value["CreatedAt"], "time of its making")?,
            labels,
            data,
            spec,
        })
    }

    /// Writes its spec with other labels. The engine refuses any other change.
    pub(super) fn relabelled(&self, labels: &Labels) -> Vec<u8> {
        let mut spec = self.spec.clone();
        spec["Labels"] = serde_json::json!(labels);
        spec.to_string().into_bytes()
    }
}

/// Shows no data.
impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("version", &self.version)
            .field("created_at", &self.created_at)
            .field("labels", &self.labels)
            .finish_non_exhaustive()
    }
}

/// Writes what a secret or config is made of.
pub(super) fn creation(name: &str, labels: &Labels, data: &[u8]) -> Zeroizing<Vec<u8>> {
    let data = Zeroizing::new(STANDARD.encode(data));
    let public = serde_json::json!({ "Labels": labels, "Name": name }).to_string();
    let parts = [&public[..public.len() - 1], ",\"Data\":\"", &data, "\"}"];
    // The buffer never grows: growing would leave copies of the secret behind.
    let length = parts.iter().map(|part| part.len()).sum();
    let mut json = Zeroizing::new(Vec::with_capacity(length));
    for part in parts {
        json.extend_from_slice(part.as_bytes());
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_leak_key() {
        let object = Object::read(serde_json::json!({
            "ID": "7f3c", "Version": { "Index": 3 }, "CreatedAt": "now",
            "Spec": { "Name": "a.b", "Labels": { "epoch": "1" }, "Data": STANDARD.encode("secret") },
        }));
        let object = object.unwrap();
        assert_eq!(object.data.as_deref().unwrap(), b"secret");
        let shown = format!("{object:?}");
        assert!(shown.contains("a.b") && shown.contains("epoch"), "{shown}");
        for data in [
            "secret",
            &STANDARD.encode("secret"),
            &format!("{:?}", b"secret"),
        ] {
            assert!(!shown.contains(data), "{shown}");
        }
    }

    #[test]
    fn what_is_made_is_written_into_a_buffer_that_never_grew() {
        for length in [1, 2, 3, 100_000] {
            let data = vec![0xff; length];
            let labels = [("a\"b".to_owned(), "\n".to_owned())].into();
            let json = creation("x\\y", &labels, &data);
            assert_eq!(json.capacity(), json.len());
            let read: Value = serde_json::from_slice(&json).unwrap();
            assert_eq!(read["Name"], "x\\y");
            assert_eq!(read["Labels"]["a\"b"], "\n");
            assert_eq!(
                STANDARD.decode(read["Data"].as_str().unwrap()).unwrap(),
                data
            );
        }
    }
}
