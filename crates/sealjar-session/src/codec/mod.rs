//! How does a session type become bytes, and what of those bytes does this build understand?

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

use facts::Place;
use shape::Shape;
pub(crate) use shape::UNSEEN;

pub(crate) use write::WriteError;

/// A value's bytes, and the layout that they are in: a byte for each field of the outermost struct.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Body<'a> {
    pub(crate) layout: &'a [u8],
    pub(crate) bytes: &'a [u8],
}

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

    /// Returns whether the tail that came with a value may follow these bytes: the outermost `Option`s
    /// that were `Some` still are.
    pub(crate) fn keeps_options(&self, options: usize) -> bool {
        let tags = self.bytes.get(..options);
        tags.is_some_and(|tags| tags.iter().all(|tag| *tag == SOME))
    }
}

/// A decoded value and what stood around it.
#[derive(Debug)]
pub(crate) struct Decoded<T> {
    pub(crate) value: T,
    /// How many bytes at the end of the body a newer build appended.
    pub(crate) tail_len: usize,
    /// How many fields these are.
    pub(crate) tail_fields: usize,
    /// How many `Option`s around the outermost struct said `Some`.
    pub(crate) options: usize,
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

/// Returns whether a value encodes to these bytes. Ends at the first that differs, and keeps none.
pub(crate) fn encodes_to<T: Serialize>(value: &T, bytes: &[u8]) -> bool {
    postcard::serialize_with_flavor(value, Expected(bytes)).unwrap_or(false)
}

/// Reads a body. Only the outermost struct may have fewer fields than its type, or more.
pub(crate) fn decode<T: Serialize + DeserializeOwned>(
    body: Body<'_>,
) -> Result<Decoded<T>, ReadError> {
    let mut outermost = growth::Outermost::new(body);
    let read = T::deserialize(&mut outermost);
    let read = read.and_then(|value| Ok((value, outermost.finish()?)));
    let Ok((value, seen)) = read else {
        return Err(if outermost.differs() {
            ReadError::OtherLayout
        } else {
            ReadError::Undecodable
        });
    };
    if seen.differs && !is_written_as(&value, body.layout) {
        return Err(ReadError::OtherLayout);
    }
    Ok(Decoded {
        value,
        tail_len: seen.tail_len,
        tail_fields: seen.tail_fields,
        options: seen.options,
    })
}

/// Returns whether a value that was read is written in this layout, as far as its type goes.
///
/// A type with an `alias`, or whose code is written by hand, may say one thing when it is read and another
/// when it is written. What counts is what is written.
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

/// What is still to come of an encoding that is compared while it is made.
struct Expected<'a>(&'a [u8]);

impl postcard::ser_flavors::Flavor for Expected<'_> {
    type Output = bool;

    #[inline(always)]
    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        let (start, rest) = self.0.split_at_checked(data.len()).ok_or(DIFFERS)?;
        // Most pieces are a few bytes. A call of `memcmp` costs more than comparing those.
        let is_same = if data.len() < 16 {
            start.iter().zip(data).all(|(one, other)| one == other)
        } else {
            start == data
        };
        self.0 = rest;
        if is_same { Ok(()) } else { Err(DIFFERS) }
    }

    #[inline(always)]
    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        let (first, rest) = self.0.split_first().ok_or(DIFFERS)?;
        self.0 = rest;
        if *first == data { Ok(()) } else { Err(DIFFERS) }
    }

    fn finalize(self) -> postcard::Result<bool> {
        Ok(self.0.is_empty())
    }
}

/// Ends a comparison.
const DIFFERS: postcard::Error = postcard::Error::SerializeBufferFull;

/// postcard's tag for `Some`.
const SOME: u8 = 1;

#[cfg(test)]
mod tests;
