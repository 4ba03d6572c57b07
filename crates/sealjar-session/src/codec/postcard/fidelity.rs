//! Will a value come back as it was written?
//!
//! postcard writes no names. A field that is left out shifts all that follow; a variant that only
//! the serializer or only the deserializer skips becomes the next one; and types that need names to
//! be read (`flatten`, untagged enums, `serde_json::Value`) cannot be read back. Whether a type
//! does any of this shows only in its values. So each value is read back before the write is
//! promised.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::growth::Outermost;
use super::read::{Input, Reader};
use super::shape::Shape;
use super::write::{Output, Postcard, WriteError, Writer};
use super::{Encoded, encode, encodes_to, write};

/// Reads a value back from its bytes and compares; returns what went wrong.
pub(super) fn check<T: Serialize + DeserializeOwned>(
    value: &T,
    encoded: &Encoded,
) -> Result<(), String> {
    let mut outermost = Outermost::new(encoded.body());
    let cannot =
        |outermost: &Outermost<'_>, error| unreadable(value, encoded, outermost.stuck_in(), &error);
    let again = T::deserialize(&mut outermost).map_err(|error| cannot(&outermost, error))?;
    let seen = outermost
        .finish()
        .map_err(|error| cannot(&outermost, error))?;
    if seen.tail.fields > 0 {
        let left = "decoding leaves part of its own encoding over";
        return Err(misnamed(value, encoded).unwrap_or_else(|| left.into()));
    }
    // A type's deserializer may name things otherwise than its serializer: see `is_written_as`.
    if seen.exact != encoded.exact
        && !encode(&again).is_ok_and(|again| again.exact == encoded.exact)
    {
        let differs = "it is written in one layout and read in another";
        return Err(misnamed(value, encoded).unwrap_or_else(|| differs.into()));
    }
    if encodes_to(&again, &encoded.bytes) {
        return Ok(());
    }
    same_in_order(value, &again).map_err(|changes| misnamed(value, encoded).unwrap_or(changes))
}

/// Says why a value cannot be read back.
#[cold]
fn unreadable<T: Serialize + DeserializeOwned>(
    value: &T,
    encoded: &Encoded,
    field: Option<&str>,
    error: &postcard::Error,
) -> String {
    misnamed(value, encoded).unwrap_or_else(|| {
        let subject = field.map_or("its own encoding".into(), |it| format!("its field `{it}`"));
        format!("{subject} cannot be decoded: {}", explained(error))
    })
}

/// Compares two values as [`Output::sorted`] writes them: hash maps and sets come back in another
/// order.
fn same_in_order<T: Serialize>(value: &T, again: &T) -> Result<(), String> {
    let written = |value| sorted(value).map_err(|error| error.to_string());
    if written(value)? == written(again)? {
        return Ok(());
    }
    Err(format!(
        "{} changes when it is encoded, decoded and encoded again",
        first_changed(value, again).map_or("it".into(), |field| format!("its field `{field}`"))
    ))
}

/// Returns the bytes of a value in an order that does not depend on the order of hash maps.
fn sorted<T: Serialize>(value: &T) -> Result<Vec<u8>, WriteError> {
    let mut postcard = Postcard {
        output: Output {
            bytes: Vec::with_capacity(256),
            sorted: true,
        },
    };
    value.serialize(Writer {
        postcard: &mut postcard,
        facts: &mut (),
    })?;
    Ok(postcard.output.bytes)
}

/// Returns the first field of the outermost struct in which two values differ.
fn first_changed<T: Serialize>(value: &T, again: &T) -> Option<&'static str> {
    let (value, again) = (write(value, true).ok()?, write(again, true).ok()?);
    let mut ends = value.ends.iter().zip(&again.ends);
    let changed = ends.find(|((_, end), (_, other))| {
        end != other || value.bytes.get(..*end) != again.bytes.get(..*end)
    });
    changed.map(|((field, _), _)| *field)
}

/// Returns what the serializer and the deserializer call by different names.
fn misnamed<T: Serialize + DeserializeOwned>(value: &T, encoded: &Encoded) -> Option<String> {
    Shape::written(value)?.misread_as(&Shape::read::<T>(&encoded.bytes)?)
}

/// Returns postcard's message, and what to do if postcard can never carry the type.
fn explained(error: &postcard::Error) -> String {
    match error {
        postcard::Error::WontImplement => {
            "postcard has no names to read it by: it carries no `flatten`, no untagged or internally \
             tagged enum and no `serde_json::Value`"
                .into()
        }
        postcard::Error::SerdeDeCustom => "the type refuses it".into(),
        error => error.to_string(),
    }
}

impl Shape {
    /// Returns the shape that a value reports when it is written.
    fn written<T: Serialize>(value: &T) -> Option<Self> {
        let mut postcard = Postcard {
            output: Output::default(),
        };
        let mut shape = Self::default();
        let writer = Writer {
            postcard: &mut postcard,
            facts: &mut shape,
        };
        value.serialize(writer).ok().map(|()| shape)
    }

    /// Returns the shape that a type reports when it reads these bytes.
    pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<Self> {
        let mut shape = Self::default();
        let reader = Reader {
            input: &mut Input::new(bytes),
            facts: &mut shape,
        };
        T::deserialize(reader).ok().map(|_| shape)
    }
}
