//! What of a session's layout goes along with it?
//!
//! One byte for each field of the outermost struct, made of the names of all fields up to it and of
//! what the field itself holds. So a build compares those that it knows, and keeps the rest with
//! the bytes that they belong to.

use super::facts::{self, Hash, mix, text};

/// What stands around the fields that follow, as it is met.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outline {
    prefix: u64,
    /// All fields so far, in full: two of one byte are told apart while a build still has both.
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

    /// Returns the one byte of a value that is no struct.
    #[inline(always)]
    pub(super) fn whole(&mut self, facts: Hash) -> u8 {
        let full = mix(self.prefix, facts.number());
        self.exact = self.exact.rotate_left(7) ^ full;
        full.to_be_bytes()[0]
    }
}
