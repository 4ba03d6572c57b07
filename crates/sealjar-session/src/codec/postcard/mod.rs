//! How does postcard carry a session type, and what of its bytes does this build understand?
//!
//! postcard writes values by their position and no names.

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

/// A value that has been written.
#[derive(Debug)]
pub(crate) struct Encoded {
    bytes: Vec<u8>,
    layout: Vec<u8>,
    /// Tells apart even what has one layout.
    exact: u64,
    /// Where each field of the outermost struct ends, if that was asked for.
    ends: Vec<(&'static str, usize)>,
}

impl Encoded {
    pub(crate) fn body(&self) -> Body<'_> {
        Body {
            layout: &self.layout,
            bytes: &self.bytes,
        }
    }

    /// Checks that these bytes will be read as the value that they were made of.
    ///
    /// # Errors
    /// What happens to the value, and to which field.
    pub(crate) fn check<T: Serialize + DeserializeOwned>(&self, value: &T) -> Result<(), String> {
        fidelity::check(value, self)
    }

    /// Returns whether the tail that came with a value may follow these bytes: the outermost
    /// `Option`s that were `Some` still are.
    pub(crate) fn keeps_options(&self, options: usize) -> bool {
        let tags = self.bytes.get(..options);
        tags.is_some_and(|tags| tags.iter().all(|tag| *tag == SOME))
    }
}

/// A decoded value and what stood around it.
#[derive(Debug)]
pub(crate) struct Decoded<T> {
    pub(crate) value: T,
    pub(crate) tail: Tail,
}

/// What a newer build appended to a body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Tail {
    /// How many bytes at the end of the body it is.
    pub(crate) len: usize,
    /// How many fields these are.
    pub(crate) fields: usize,
    /// How many `Option`s around the outermost struct said `Some`.
    pub(crate) options: usize,
}

impl Tail {
    /// Returns the tail of the body that it was found in.
    pub(crate) const fn of(self, body: Body<'_>) -> Body<'_> {
        let Body { layout, bytes } = body;
        Body {
            layout: layout.split_at(layout.len() - self.fields).1,
            bytes: bytes.split_at(bytes.len() - self.len).1,
        }
    }
}

/// Why a body is no value of a type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ReadError {
    /// It was written in another layout: names, kinds or positions are others.
    OtherLayout,
    /// It does not decode.
    Undecodable,
}

/// Writes a value. Nothing is promised before it has been [checked](Encoded::check).
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

/// Returns whether a value that was read is written in this layout, as far as its type goes.
///
/// A type with an `alias`, or whose code is written by hand, may say one thing when it is read and
/// another when it is written. What counts is what is written.
fn is_written_as<T: Serialize>(value: &T, layout: &[u8]) -> bool {
    encode(value).is_ok_and(|own| {
        let mut both = own.layout.iter().zip(layout);
        both.all(|(own, other)| own == other)
    })
}

/// Returns what the layout of a type is, in lines, as far as these values show it.
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
            // Most sessions fit, and growing from nothing takes as long as encoding.
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
