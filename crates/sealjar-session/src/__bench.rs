//! Doors for this project's benchmarks: what a session type's encoding costs without a session
//! around it.

use crate::codec;
use crate::data::SessionData;

/// A value in its encoding, with its layout.
#[derive(Debug)]
pub struct Encoded(codec::Encoded);

/// Encodes a value and computes its layout: the first step of a write.
///
/// # Panics
/// When the value cannot be encoded.
#[must_use]
pub fn encode<T: SessionData>(value: &T) -> Encoded {
    Encoded(codec::encode(T::FORMAT, value).expect("session types can be encoded"))
}

/// Checks that the encoding can be read back as the value: the second step of a write.
///
/// # Panics
/// When it cannot.
pub fn check<T: SessionData>(encoded: &Encoded, value: &T) {
    encoded.0.check(value).expect("session types survive");
}

/// Decodes a value and compares its layout: a step of an open.
///
/// # Panics
/// When the type cannot read it.
#[must_use]
pub fn decode<T: SessionData>(encoded: &Encoded) -> T {
    codec::decode(T::FORMAT, encoded.0.body())
        .expect("just written")
        .value
}
