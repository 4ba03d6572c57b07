//! How does JSON carry a session type? See SPEC.md, section 2, JSON sessions.
//!
//! The names carry the layout. Programs in other languages read and write the same bodies, so this
//! module fixes what JSON's grammar leaves open: numbers, surrogates, two members of one name,
//! depth.

mod lossless;
mod read;
mod scan;

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A value in its encoding.
#[derive(Debug)]
pub(crate) struct Encoded {
    text: Vec<u8>,
    /// Whether the value is nothing, such as `None`. Then it is written as `{}`.
    is_nothing: bool,
}

/// A decoded value, and the members that its type does not read.
#[derive(Debug)]
pub(crate) struct Decoded<T> {
    pub(crate) value: T,
    pub(crate) unknown: Vec<Unknown>,
}

/// A member of the outermost object that a build does not know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Unknown {
    name: String,
    /// Name and value, byte for byte as they came.
    text: String,
}

/// Encodes a value. It promises nothing until it has been [checked](Encoded::check).
///
/// # Errors
/// Why it cannot be written, and in which field.
pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Encoded, String> {
    // This comes first: comparing texts cannot show this loss.
    lossless::check(value).map_err(|loss| loss.to_string())?;
    let mut text = Vec::with_capacity(256);
    serde_json::to_writer(&mut text, value)
        .map_err(|error| format!("it cannot be encoded: {error}"))?;
    let is_nothing = text == b"null";
    if is_nothing {
        text = b"{}".to_vec();
    }
    scan::members(&text).map_err(|broken| broken.to_string())?;
    Ok(Encoded { text, is_nothing })
}

/// Reads a body.
///
/// `None` if it is no value of the type, or no body of a JSON session.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Option<Decoded<T>> {
    let members = scan::members(body).ok()?;
    let mut outermost = read::Outermost::new(body, &members)?;
    let value = T::deserialize(&mut outermost).ok()?;
    let unknown = members.iter().filter(|it| !outermost.knows(&it.name));
    let unknown = unknown.map(|it| Unknown {
        name: it.name.clone().into_owned(),
        text: it.text.to_owned(),
    });
    Some(Decoded {
        value,
        unknown: unknown.collect(),
    })
}

impl Encoded {
    #[cfg(feature = "__bench")]
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Returns whether a value has this encoding.
    pub(crate) fn is_of<T: Serialize>(&self, value: &T) -> bool {
        encode(value).is_ok_and(|it| it.is_nothing == self.is_nothing && it.text == self.text)
    }

    /// Returns whether unknown members may follow these: an empty value has no members.
    pub(crate) const fn may_precede_others(&self) -> bool {
        !self.is_nothing
    }

    /// Returns the body with the unknown members, except those whose name this build writes itself.
    pub(crate) fn with(&self, unknown: &[Unknown]) -> Cow<'_, [u8]> {
        if unknown.is_empty() || self.is_nothing {
            return (&*self.text).into();
        }
        let mut text = self.text.clone();
        let own = scan::members(&self.text).unwrap_or_default();
        let others = unknown
            .iter()
            .filter(|it| own.iter().all(|own| own.name != it.name));
        text.pop();
        for (at, member) in others.enumerate() {
            if at > 0 || !own.is_empty() {
                text.push(b',');
            }
            text.extend_from_slice(member.text.as_bytes());
        }
        text.push(b'}');
        text.into()
    }

    /// Checks that this can be read back as the value that was encoded.
    ///
    /// # Errors
    /// What would happen to the value, and to which field.
    pub(crate) fn check<T: Serialize + DeserializeOwned>(&self) -> Result<(), String> {
        let members = scan::members(&self.text).map_err(|broken| broken.to_string())?;
        let outermost = read::Outermost::new(&self.text, &members);
        let mut outermost = outermost.ok_or("it is no UTF-8")?;
        // serde_json's message may contain the value.
        let again = T::deserialize(&mut outermost).map_err(|_| {
            let field = outermost.stuck_in();
            let subject = field.map_or("its own JSON".into(), |it| {
                format!("the JSON of its field `{it}`")
            });
            format!("{subject} cannot be decoded: the type refuses it")
        })?;
        let again = encode(&again)?;
        if again.is_nothing == self.is_nothing && again.text == self.text {
            return Ok(());
        }
        if again.is_nothing != self.is_nothing {
            return Err("it is written as `{}`, which is read as nothing".into());
        }
        same_in_order(&self.text, &again.text)
    }
}

/// Compares two texts, ignoring the order of members and of list elements: hash maps and sets come
/// back in another order.
fn same_in_order(one: &[u8], other: &[u8]) -> Result<(), String> {
    let sorted = |text| {
        let value: Value = serde_json::from_slice(text).map_err(|_| "it is no JSON".to_owned())?;
        let Value::Object(members) = value else {
            return Err("it is no object".to_owned());
        };
        let members = members
            .iter()
            .map(|(name, it)| (name.clone(), in_order(it)));
        let mut members: Vec<_> = members.collect();
        members.sort_unstable();
        Ok(members)
    };
    let (one, other) = (sorted(one)?, sorted(other)?);
    if one == other {
        return Ok(());
    }
    let changed = one.iter().find(|member| !other.contains(member));
    let changed = changed.or_else(|| other.iter().find(|member| !one.contains(member)));
    let subject = changed.map_or("it".into(), |(name, _)| format!("its field `{name}`"));
    Err(format!(
        "{subject} changes when it is encoded, decoded and encoded again"
    ))
}

/// Returns a text in a canonical order: two values have the same one if only their order differs.
fn in_order(value: &Value) -> String {
    let (open, close, mut parts): (_, _, Vec<_>) = match value {
        Value::Array(values) => ('[', ']', values.iter().map(in_order).collect()),
        Value::Object(members) => {
            let member = |(name, it)| format!("{}:{}", Value::from(name), in_order(it));
            let members = members.iter().map(|(name, it)| (name.as_str(), it));
            ('{', '}', members.map(member).collect())
        }
        plain => return plain.to_string(),
    };
    parts.sort_unstable();
    format!("{open}{}{close}", parts.join(","))
}

#[cfg(test)]
mod tests;
