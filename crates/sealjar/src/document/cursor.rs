//! A value of a JSON document with its path, so that each error says where it is.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::json::Node;
use crate::base64url;
use crate::clock::Timestamp;
use crate::error::RingError;
use crate::revocation::Revocations;

/// A value and its path.
pub(crate) struct Cursor<'a, 'text> {
    path: JsonPath<'a>,
    pub(crate) node: &'a Node<'text>,
}

/// Written as text only for an error: a full ring has some 25 000 values.
enum JsonPath<'a> {
    Document,
    Entry(&'a Self, usize),
    Field(&'a Self, &'static str),
}

impl<'a, 'text> Cursor<'a, 'text> {
    pub(crate) const fn document(node: &'a Node<'text>) -> Self {
        let path = JsonPath::Document;
        Self { path, node }
    }

    pub(crate) fn refuse<T>(&self, reason: &str) -> Result<T, RingError> {
        let place = match self.path {
            JsonPath::Document => "the document".to_owned(),
            _ => self.path.to_string(),
        };
        Err(RingError::document(place, reason))
    }

    pub(crate) fn object(self) -> Result<ObjectCursor<'a, 'text>, RingError> {
        match self.node {
            Node::Object(members) => Ok(ObjectCursor {
                path: self.path,
                members,
            }),
            _ => self.refuse("must be an object"),
        }
    }

    pub(crate) fn list<'b>(
        &'b self,
        limit: usize,
    ) -> Result<impl Iterator<Item = Cursor<'b, 'text>>, RingError> {
        let nodes = self.nodes()?;
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
        Ok((0..).zip(nodes).map(|(at, node)| self.entry(at, node)))
    }

    pub(crate) fn tuple<const N: usize>(&self) -> Result<[Cursor<'_, 'text>; N], RingError> {
        let Ok(nodes) = <&[Node<'text>; N]>::try_from(self.nodes()?) else {
            return self.refuse(&format!("must be a list of {N}"));
        };
        Ok(std::array::from_fn(|at| self.entry(at, &nodes[at])))
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
        base64url::decode_array(self.text()?).map_or_else(
            || {
                self.refuse(&format!(
                    "must be {} characters of canonical base64url",
                    base64url::encoded_len(N)
                ))
            },
            Ok,
        )
    }

    fn nodes(&self) -> Result<&'a [Node<'text>], RingError> {
        match self.node {
            Node::List(nodes) => Ok(nodes),
            _ => self.refuse("must be a list"),
        }
    }

    const fn entry<'b>(&'b self, at: usize, node: &'b Node<'text>) -> Cursor<'b, 'text> {
        let path = JsonPath::Entry(&self.path, at);
        Cursor { path, node }
    }
}

impl fmt::Display for JsonPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document => Ok(()),
            Self::Entry(list, at) => write!(f, "{list}[{at}]"),
            Self::Field(Self::Document, name) => f.write_str(name),
            Self::Field(object, name) => write!(f, "{object}.{name}"),
        }
    }
}

pub(crate) struct ObjectCursor<'a, 'text> {
    path: JsonPath<'a>,
    members: &'a BTreeMap<Cow<'text, str>, Node<'text>>,
}

impl<'text> ObjectCursor<'_, 'text> {
    pub(crate) fn field(&self, name: &'static str) -> Result<Cursor<'_, 'text>, RingError> {
        let path = JsonPath::Field(&self.path, name);
        match self.members.get(name) {
            Some(node) => Ok(Cursor { path, node }),
            None => Err(RingError::document(path.to_string(), "is missing")),
        }
    }

    /// Returns a field that earlier documents do not have.
    pub(crate) fn optional(&self, name: &'static str) -> Option<Cursor<'_, 'text>> {
        let path = JsonPath::Field(&self.path, name);
        let node = self.members.get(name)?;
        Some(Cursor { path, node })
    }
}
