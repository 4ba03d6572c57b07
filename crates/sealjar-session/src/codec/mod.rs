//! How does a session type become bytes, and what of those bytes does this build not know?
//!
//! A type chooses between two formats. `postcard` has no names, and all that belongs to it alone is
//! in there; so it is with `json`.

mod json;
mod postcard;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::data::Format;
use crate::envelope::{Body, Envelope};
pub(crate) use postcard::{ReadError, UNSEEN, sketch};

/// A value that has been written.
#[derive(Debug)]
pub(crate) enum Encoded {
    Json(json::Encoded),
    Postcard(postcard::Encoded),
}

/// A decoded value, and what its type does not know.
#[derive(Debug)]
pub(crate) struct Decoded<T> {
    pub(crate) value: T,
    pub(crate) unknown: Unknown,
}

/// What of a body the build that read it does not know.
#[derive(Debug, Default)]
pub(crate) enum Unknown {
    Members(Vec<json::Unknown>),
    #[default]
    Nothing,
    Tail(postcard::Tail),
}

/// The same, beside the body that it is part of.
#[derive(Clone, Copy)]
pub(crate) struct Kept<'a> {
    unknown: &'a Unknown,
    body: Body<'a>,
}

impl Kept<'_> {
    pub(crate) const NOTHING: Self = Self {
        unknown: &Unknown::Nothing,
        body: Body {
            layout: &[],
            bytes: &[],
        },
    };
}

impl Unknown {
    pub(crate) const fn of<'a>(&'a self, body: Body<'a>) -> Kept<'a> {
        Kept {
            unknown: self,
            body,
        }
    }
}

/// Writes a value. Nothing is promised before it has been [checked](Encoded::check).
///
/// # Errors
/// Why it cannot be written, and in which field.
pub(crate) fn encode<T: Serialize>(format: Format, value: &T) -> Result<Encoded, String> {
    Ok(match format {
        Format::Json => Encoded::Json(json::encode(value)?),
        Format::Postcard => {
            Encoded::Postcard(postcard::encode(value).map_err(|error| error.to_string())?)
        }
    })
}

/// Reads a body.
///
/// # Errors
/// Why it is no value of the type.
pub(crate) fn decode<T: Serialize + DeserializeOwned>(
    format: Format,
    body: Body<'_>,
) -> Result<Decoded<T>, ReadError> {
    match format {
        Format::Json => {
            let decoded = json::decode(body.bytes).ok_or(ReadError::Undecodable)?;
            Ok(Decoded {
                value: decoded.value,
                unknown: Unknown::Members(decoded.unknown),
            })
        }
        Format::Postcard => {
            let decoded = postcard::decode(body)?;
            Ok(Decoded {
                value: decoded.value,
                unknown: Unknown::Tail(decoded.tail),
            })
        }
    }
}

impl Encoded {
    #[cfg(feature = "__bench")]
    pub(crate) fn body(&self) -> Body<'_> {
        match self {
            Self::Json(encoded) => Body {
                layout: &[],
                bytes: encoded.text(),
            },
            Self::Postcard(encoded) => encoded.body(),
        }
    }

    /// Returns whether a value encodes to the same bytes.
    pub(crate) fn is_of<T: Serialize>(&self, value: &T) -> bool {
        match self {
            Self::Json(encoded) => encoded.is_of(value),
            Self::Postcard(encoded) => postcard::encodes_to(value, encoded.body().bytes),
        }
    }

    /// Checks that these bytes will be read as the value that they were made of.
    ///
    /// # Errors
    /// What happens to the value, and to which field.
    pub(crate) fn check<T: Serialize + DeserializeOwned>(&self, value: &T) -> Result<(), String> {
        match self {
            Self::Json(encoded) => encoded.check::<T>(),
            Self::Postcard(encoded) => encoded.check(value),
        }
    }

    /// Returns whether what came with another value may stay with this one. A session that came in
    /// another format has nothing that can.
    pub(crate) fn may_keep(&self, kept: Kept<'_>) -> bool {
        match (self, kept.unknown) {
            (Self::Json(encoded), Unknown::Members(_)) => encoded.may_precede_others(),
            (Self::Postcard(encoded), Unknown::Tail(tail)) => encoded.keeps_options(tail.options),
            _ => false,
        }
    }

    /// Returns the length of the payload that [`payload`](Self::payload) makes, in bytes.
    pub(crate) fn payload_len(&self, envelope: &Envelope, kept: Kept<'_>) -> usize {
        match self {
            Self::Json(_) => self.payload(envelope, kept).len(),
            Self::Postcard(encoded) => envelope.payload_len(encoded.body(), Self::tail_of(kept)),
        }
    }

    /// Writes the payload: the envelope, the body, and what this build does not know of the
    /// session.
    pub(crate) fn payload(&self, envelope: &Envelope, kept: Kept<'_>) -> Vec<u8> {
        match self {
            Self::Json(encoded) => {
                let unknown = match kept.unknown {
                    Unknown::Members(unknown) => &**unknown,
                    Unknown::Nothing | Unknown::Tail(_) => &[],
                };
                let body = Body {
                    layout: &[],
                    bytes: &encoded.with(unknown),
                };
                envelope.encode(body, Body::default())
            }
            Self::Postcard(encoded) => envelope.encode(encoded.body(), Self::tail_of(kept)),
        }
    }

    const fn tail_of(kept: Kept<'_>) -> Body<'_> {
        match kept.unknown {
            Unknown::Tail(tail) => tail.of(kept.body),
            Unknown::Members(_) | Unknown::Nothing => Kept::NOTHING.body,
        }
    }
}
