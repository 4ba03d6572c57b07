//! How are the parts of a value read, and put together?

use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::super::facts::{Facts, Head, Place};
use super::{Input, Reader};

impl<'a, 'de, F: Facts> Reader<'a, 'de, F> {
    /// Reads a value whose parts have names.
    #[inline(always)]
    pub(super) fn fields<V: Visitor<'de>>(
        self,
        head: Head,
        fields: &'static [&'static str],
        visitor: V,
    ) -> postcard::Result<V::Value> {
        let named = |at| Place::Field(at, fields.get(at).copied().unwrap_or_default());
        self.parts(head, fields.len(), named, |parts| {
            let Lent(parts) = parts;
            let value = visitor.visit_seq(Lent(parts))?;
            // A type with an `alias` lists more names than it has fields.
            for name in fields.get(parts.at..).unwrap_or_default() {
                parts.facts.name(name);
            }
            Ok(value)
        })
    }

    /// Reads a value with this many parts.
    #[inline(always)]
    pub(super) fn parts<P: Fn(usize) -> Place, R>(
        self,
        head: Head,
        left: usize,
        place: P,
        read: impl FnOnce(Lent<'_, 'a, 'de, F, P>) -> postcard::Result<R>,
    ) -> postcard::Result<R> {
        let mut parts = Parts {
            input: self.input,
            facts: F::head(head),
            at: 0,
            left,
            key: F::default(),
            place,
        };
        let value = read(Lent(&mut parts));
        *self.facts = parts.facts;
        value
    }
}

/// The parts of a value, as they are read.
pub(super) struct Parts<'a, 'de, F, P> {
    input: &'a mut Input<'de>,
    facts: F,
    at: usize,
    left: usize,
    key: F,
    place: P,
}

impl<'de, F: Facts, P> Parts<'_, 'de, F, P> {
    #[inline(always)]
    fn read<S: DeserializeSeed<'de>>(&mut self, seed: S) -> postcard::Result<(S::Value, F)> {
        let mut facts = F::default();
        let value = seed.deserialize(Reader {
            input: self.input,
            facts: &mut facts,
        })?;
        Ok((value, facts))
    }
}

/// Lends the parts to a visitor: the caller needs their facts afterwards.
///
/// Where the visitor is inlined, as serde's derived ones are, the facts stay in registers and the
/// hashes of names are constants. serde also implements its traits for `&mut Parts`, but that is
/// not always inlined.
pub(super) struct Lent<'b, 'a, 'de, F, P>(&'b mut Parts<'a, 'de, F, P>);

impl<'de, F: Facts, P: Fn(usize) -> Place> SeqAccess<'de> for Lent<'_, '_, 'de, F, P> {
    type Error = postcard::Error;

    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> postcard::Result<Option<S::Value>> {
        let Self(parts) = self;
        if parts.left == 0 {
            return Ok(None);
        }
        parts.left -= 1;
        let (value, facts) = parts.read(seed)?;
        let place = (parts.place)(parts.at);
        if let Place::Field(_, name) = place {
            parts.facts.name(name);
        }
        parts.facts.add(place, facts);
        parts.at += 1;
        Ok(Some(value))
    }

    // An array calls this once per element, each time from code of its own.
    #[inline(always)]
    fn next_element<T: Deserialize<'de>>(&mut self) -> postcard::Result<Option<T>> {
        self.next_element_seed(PhantomData)
    }

    #[inline(always)]
    fn size_hint(&self) -> Option<usize> {
        Some(self.0.left)
    }
}

impl<'de, F: Facts, P> MapAccess<'de> for Lent<'_, '_, 'de, F, P> {
    type Error = postcard::Error;

    #[inline(always)]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> postcard::Result<Option<S::Value>> {
        let Self(parts) = self;
        if parts.left == 0 {
            return Ok(None);
        }
        parts.left -= 1;
        let (value, facts) = parts.read(seed)?;
        parts.key = facts;
        Ok(Some(value))
    }

    #[inline(always)]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> postcard::Result<S::Value> {
        let Self(parts) = self;
        let (value, facts) = parts.read(seed)?;
        let key = std::mem::take(&mut parts.key);
        parts.facts.add(Place::Any, F::pair(key, facts));
        Ok(value)
    }

    #[inline(always)]
    fn size_hint(&self) -> Option<usize> {
        Some(self.0.left)
    }
}
