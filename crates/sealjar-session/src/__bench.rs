//! Doors for this project's benchmarks: what a session type's encoding costs without a session
//! around it.

use crate::codec;
use crate::data::SessionData;

/// A value that is written, with its layout.
#[derive(Debug)]
pub struct Encoded(codec::Encoded);

/// Writes a value and computes its layout, as a write does first.
///
/// # Panics
/// When the value cannot be encoded.
#[must_use]
pub fn encode<T: SessionData>(value: &T) -> Encoded {
    Encoded(codec::encode(T::FORMAT, value).expect("session types can be encoded"))
}

/// Checks that what was written is read as the value, as a write does next.
///
/// # Panics
/// When it is not.
pub fn check<T: SessionData>(encoded: &Encoded, value: &T) {
    encoded.0.check(value).expect("session types survive");
}

/// Reads a value and compares its layout, as an open does.
///
/// # Panics
/// When the type cannot read it.
#[must_use]
pub fn decode<T: SessionData>(encoded: &Encoded) -> T {
    codec::decode(T::FORMAT, encoded.0.body())
        .expect("just written")
        .value
}
