//! The id of a ring, which tells it from others of the same name.

use std::fmt;

use crate::aead;
use crate::base64url;

/// Tells a ring from every other one, even of the same name: 16 bytes, written as 22 characters of
/// base64url.
///
/// A ring keeps its id through all its epochs. It is no secret.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct RingId([u8; 16]);

impl RingId {
    /// The id of a ring whose document has none. The pepper is drawn at random when the ring is
    /// created.
    /// begins.
    pub(crate) fn of_pepper(pepper: &[u8; 32]) -> Self {
        Self(aead::ring_id(pepper))
    }

    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for RingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&base64url::encode(&self.0))
    }
}

impl fmt::Debug for RingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RingId({self})")
    }
}
