//! How does a session type become bytes, and which of those bytes does this build not know?
//!
//! A type chooses one of two formats. Each has a module, and no other module knows its details.

mod json;
mod postcard;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::data::Format;
use crate::envelope::{Body, Envelope, Payload};
pub(crate) use postcard::{ReadError, UNSEEN, sketch};

/// A value in its encoding.
#[derive(Debug)]
pub(crate) enum Encoded {
    Json(json::Encoded),
    Postcard(postcard::Encoded),
}

/// A decoded value, and the parts of the body that its type does not know.
#[derive(Debug)]
pub(crate) struct Decoded<T> {
    pub(crate) value: T,
    pub(crate) unknown: Unknown,
}

/// The parts of a body that are unknown to the build that read it.
#[derive(Debug, Default)]
pub(crate) enum Unknown {
    Members(Vec<json::Unknown>),
    #[default]
    Nothing,
    Tail(postcard::Tail),
}

/// The unknown parts, with the body that they belong to.
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

/// Encodes a value. It promises nothing until it has been [checked](Encoded::check).
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
/// Why it is not a value of the type.
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

    /// Returns whether a value has this encoding.
    pub(crate) fn is_of<T: Serialize>(&self, value: &T) -> bool {
        match self {
            Self::Json(encoded) => encoded.is_of(value),
            Self::Postcard(encoded) => postcard::encodes_to(value, encoded.body().bytes),
        }
    }

    /// Checks that these bytes can be read back as the value that was encoded.
    ///
    /// # Errors
    /// What would happen to the value, and to which field.
    pub(crate) fn check<T: Serialize + DeserializeOwned>(&self, value: &T) -> Result<(), String> {
        match self {
            Self::Json(encoded) => encoded.check::<T>(),
            Self::Postcard(encoded) => encoded.check(value),
        }
    }

    /// Returns whether the unknown parts that came with another value may stay with this one. Those
    /// of a session in another format may not.
    pub(crate) fn may_keep(&self, kept: Kept<'_>) -> bool {
        match (self, kept.unknown) {
            (Self::Json(encoded), Unknown::Members(_)) => encoded.may_precede_others(),
            (Self::Postcard(encoded), Unknown::Tail(tail)) => encoded.keeps_options(tail.options),
            _ => false,
        }
    }

    /// Returns the payload: the envelope, the body, and the unknown parts of the session.
    pub(crate) fn payload<'a>(&'a self, envelope: &Envelope, kept: Kept<'a>) -> Payload<'a> {
        match self {
            Self::Json(encoded) => {
                let unknown = match kept.unknown {
                    Unknown::Members(unknown) => &**unknown,
                    Unknown::Nothing | Unknown::Tail(_) => &[],
                };
                envelope.before(&[], encoded.with(unknown), Body::default())
            }
            Self::Postcard(encoded) => {
                let Body { layout, bytes } = encoded.body();
                envelope.before(layout, bytes.into(), Self::tail_of(kept))
            }
        }
    }

    const fn tail_of(kept: Kept<'_>) -> Body<'_> {
        match kept.unknown {
            Unknown::Tail(tail) => tail.of(kept.body),
            Unknown::Members(_) | Unknown::Nothing => Kept::NOTHING.body,
        }
    }
}
