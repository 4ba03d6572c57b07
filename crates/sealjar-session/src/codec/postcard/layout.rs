//! Which part of a type's layout travels with the session?
//!
//! One byte for each field of the outermost struct, computed from the names of all fields up to it
//! and from what the field itself contains. So a build compares the fields that it knows, and keeps
//! the others with their bytes.

use super::facts::{self, Hash, mix, text};

/// The hash of the names around and before the fields that follow.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outline {
    prefix: u64,
    /// All fields so far, at full width: it tells two layouts apart that share their bytes.
    pub(super) exact: u64,
}

impl Outline {
    pub(super) fn some(&mut self) {
        self.prefix = mix(self.prefix, facts::SOME);
    }

    pub(super) fn newtype(&mut self, name: &'static str) {
        self.prefix = mix(mix(self.prefix, facts::NEWTYPE), text(name));
    }

    pub(super) fn structure(&mut self, name: &'static str) {
        self.prefix = mix(mix(self.prefix, facts::STRUCT), text(name));
    }

    /// Returns the byte of the next field.
    #[inline(always)]
    pub(super) fn field(&mut self, name: &'static str, facts: Hash) -> u8 {
        self.prefix = mix(self.prefix, text(name));
        self.whole(facts)
    }

    /// Returns the single byte of a value that is not a struct.
    #[inline(always)]
    pub(super) fn whole(&mut self, facts: Hash) -> u8 {
        let full = mix(self.prefix, facts.number());
        self.exact = self.exact.rotate_left(7) ^ full;
        full.to_be_bytes()[0]
    }
}
