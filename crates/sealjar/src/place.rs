//! Where in a document does a value stand, and is it of the right kind?

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use crate::clock::Timestamp;
use crate::error::RingError;
use crate::json::Node;
use crate::revocation::Revocations;
use crate::text;

/// A value and where it stands, so that every refusal names the place.
pub(crate) struct Place<'a, 'text> {
    path: String,
    pub(crate) node: &'a Node<'text>,
}

impl<'a, 'text> Place<'a, 'text> {
    pub(crate) const fn new(path: String, node: &'a Node<'text>) -> Self {
        Self { path, node }
    }

    pub(crate) fn refuse<T>(&self, reason: &str) -> Result<T, RingError> {
        let place = if self.path.is_empty() {
            "the document"
        } else {
            &self.path
        };
        Err(RingError::document(place, reason))
    }

    pub(crate) fn object(self) -> Result<Object<'a, 'text>, RingError> {
        match self.node {
            Node::Object(members) => Ok(Object {
                path: self.path,
                members,
            }),
            _ => self.refuse("must be an object"),
        }
    }

    pub(crate) fn list(&self, limit: usize) -> Result<impl Iterator<Item = Self>, RingError> {
        let Node::List(nodes) = self.node else {
            return self.refuse("must be a list");
        };
        if nodes.len() > limit {
            return self.refuse(&if limit == Revocations::MAX_ENTRIES {
                format!(
                    "holds {} entries, at most 8192 are allowed: raise the floor on purpose instead",
                    nodes.len()
                )
            } else {
                format!("holds {} entries, at most {limit} are allowed", nodes.len())
            });
        }
        let path = self.path.clone();
        Ok(nodes
            .iter()
            .enumerate()
            .map(move |(at, node)| Self::new(format!("{path}[{at}]"), node)))
    }

    pub(crate) fn tuple<const N: usize>(&self) -> Result<[Self; N], RingError> {
        let entries: Vec<_> = self.list(usize::MAX)?.collect();
        entries
            .try_into()
            .or_else(|_| self.refuse(&format!("must be a list of {N}")))
    }

    pub(crate) fn text(&self) -> Result<&'a str, RingError> {
        match self.node {
            Node::Text(text) => Ok(text),
            _ => self.refuse("must be a string"),
        }
    }

    pub(crate) fn bool(&self) -> Result<bool, RingError> {
        match self.node {
            Node::Bool(value) => Ok(*value),
            _ => self.refuse("must be true or false"),
        }
    }

    pub(crate) fn integer(&self) -> Result<u64, RingError> {
        match self.node {
            Node::Integer(value) => Ok(*value),
            _ => self.refuse("must be a whole number, 0 or more"),
        }
    }

    pub(crate) fn seconds(&self) -> Result<u32, RingError> {
        u32::try_from(self.integer()?)
            .or_else(|_| self.refuse("must be at most 4294967295 seconds"))
    }

    pub(crate) fn parsed<T: FromStr<Err: ToString>>(&self) -> Result<T, RingError> {
        self.text()?
            .parse()
            .or_else(|error: T::Err| self.refuse(&error.to_string()))
    }

    pub(crate) fn time(&self) -> Result<Timestamp, RingError> {
        self.parsed()
    }

    pub(crate) fn time_or_null(&self) -> Result<Option<Timestamp>, RingError> {
        match self.node {
            Node::Null => Ok(None),
            _ => self.time().map(Some),
        }
    }

    pub(crate) fn stored_time_or_null(&self) -> Result<Option<Timestamp>, RingError> {
        match self.node {
            Node::Null => Ok(None),
            _ => self.seconds().map(Timestamp::from_stored).map(Some),
        }
    }

    pub(crate) fn bytes<const N: usize>(&self) -> Result<[u8; N], RingError> {
        text::decode_array(self.text()?).map_or_else(
            || {
                self.refuse(&format!(
                    "must be {} characters of canonical base64url",
                    text::encoded_len(N)
                ))
            },
            Ok,
        )
    }
}

pub(crate) struct Object<'a, 'text> {
    path: String,
    members: &'a BTreeMap<Cow<'text, str>, Node<'text>>,
}

impl<'a, 'text> Object<'a, 'text> {
    pub(crate) fn field(&self, name: &'static str) -> Result<Place<'a, 'text>, RingError> {
        let path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        };
        match self.members.get(name) {
            Some(node) => Ok(Place::new(path, node)),
            None => Err(RingError::document(path, "is missing")),
        }
    }
}
