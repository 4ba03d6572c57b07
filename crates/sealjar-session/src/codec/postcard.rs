//! How does postcard carry a session type, and what of its bytes does this build understand?
//!
//! postcard writes values by position, without names.

mod compare;
mod facts;
mod fidelity;
mod growth;
mod layout;
mod outermost;
mod read;
mod shape;
mod write;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::envelope::Body;
use facts::Place;
use shape::Shape;
pub(crate) use shape::UNSEEN;

pub(crate) use compare::encodes_to;
pub(crate) use write::WriteError;

/// A value in its encoding.
#[derive(Debug)]
pub(crate) struct Encoded {
    bytes: Vec<u8>,
    layout: Vec<u8>,
    /// The layout at full width, which differs even where two layouts share their bytes.
    exact: u64,
    /// Where each field of the outermost struct ends, if the caller asked for it.
    ends: Vec<(&'static str, usize)>,
}

impl Encoded {
    pub(crate) fn body(&self) -> Body<'_> {
        Body {
            layout: &self.layout,
            bytes: &self.bytes,
        }
    }

    /// Checks that these bytes can be read back as the value that was encoded.
    ///
    /// # Errors
    /// What would happen to the value, and to which field.
    pub(crate) fn check<T: Serialize + DeserializeOwned>(&self, value: &T) -> Result<(), String> {
        fidelity::check(value, self)
    }

    /// Returns whether the tail that came with a value may follow these bytes: every outermost
    /// `Option` that was `Some` still is.
    pub(crate) fn keeps_options(&self, options: usize) -> bool {
        let tags = self.bytes.get(..options);
        tags.is_some_and(|tags| tags.iter().all(|tag| *tag == SOME))
    }
}

/// A decoded value, and what was around it in the body.
#[derive(Debug)]
pub(crate) struct Decoded<T> {
    pub(crate) value: T,
    pub(crate) tail: Tail,
}

/// What a newer build appended to a body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Tail {
    /// The length of the tail, in bytes at the end of the body.
    pub(crate) len: usize,
    /// The number of fields in the tail.
    pub(crate) fields: usize,
    /// How many `Option`s around the outermost struct were `Some`.
    pub(crate) options: usize,
}

impl Tail {
    /// Returns the tail as a part of the body that it was found in.
    pub(crate) const fn of(self, body: Body<'_>) -> Body<'_> {
        let Body { layout, bytes } = body;
        Body {
            layout: layout.split_at(layout.len() - self.fields).1,
            bytes: bytes.split_at(bytes.len() - self.len).1,
        }
    }
}

/// Why a body is not a value of a type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ReadError {
    /// It was written in another layout: it has other names, kinds or positions.
    OtherLayout,
    /// It does not decode.
    Undecodable,
}

/// Encodes a value. It promises nothing until it has been [checked](Encoded::check).
pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Encoded, WriteError> {
    write(value, false)
}

/// Reads a body. Only the outermost struct may have fewer fields than its type, or more.
pub(crate) fn decode<T: Serialize + DeserializeOwned>(
    body: Body<'_>,
) -> Result<Decoded<T>, ReadError> {
    let mut outermost = growth::Outermost::new(body);
    let value = T::deserialize(&mut outermost).map_err(|_| outermost.refusal())?;
    let seen = outermost.finish().map_err(|_| outermost.refusal())?;
    if seen.differs && !is_written_as(&value, body.layout) {
        return Err(ReadError::OtherLayout);
    }
    Ok(Decoded {
        value,
        tail: seen.tail,
    })
}

/// Returns whether this type writes the value that was read in this layout.
///
/// A type with an `alias`, or with hand-written serde code, may report one layout when it is read
/// and another when it is written. The written one counts.
fn is_written_as<T: Serialize>(value: &T, layout: &[u8]) -> bool {
    encode(value).is_ok_and(|own| {
        let mut both = own.layout.iter().zip(layout);
        both.all(|(own, other)| own == other)
    })
}

/// Returns the layout of a type as lines, as far as these values show it.
///
/// # Errors
/// What happens to the first value that does not survive.
pub(crate) fn sketch<T: Serialize + DeserializeOwned>(values: &[T]) -> Result<Vec<String>, String> {
    let mut all = Shape::default();
    for value in values {
        let encoded = encode(value).map_err(|error| error.to_string())?;
        encoded.check(value)?;
        let shape = Shape::read::<T>(&encoded.bytes);
        all.join(Place::Any, shape.ok_or("it cannot be decoded")?);
    }
    Ok(all.lines())
}

fn write<T: Serialize>(value: &T, sorted: bool) -> Result<Encoded, WriteError> {
    let mut postcard = write::Postcard {
        output: write::Output {
            // Most sessions fit, and growing an empty vector takes as long as encoding.
            bytes: Vec::with_capacity(256),
            sorted,
        },
    };
    let mut written = outermost::Written::default();
    value.serialize(outermost::Outermost {
        postcard: &mut postcard,
        written: &mut written,
    })?;
    written.finish();
    Ok(Encoded {
        bytes: postcard.output.bytes,
        layout: written.layout,
        exact: written.outline.exact,
        ends: written.ends,
    })
}

/// postcard's tag for `Some`.
const SOME: u8 = 1;

#[cfg(test)]
mod tests;
