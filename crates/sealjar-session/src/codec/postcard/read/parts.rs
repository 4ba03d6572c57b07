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
        self.parts(head, fields.len(), named, |Lent { input, parts }| {
            let value = visitor.visit_seq(Lent { input, parts })?;
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
        len: usize,
        place: P,
        read: impl FnOnce(Lent<'_, 'de, F, P>) -> postcard::Result<R>,
    ) -> postcard::Result<R> {
        let mut parts = Parts {
            facts: F::head(head),
            at: 0,
            len,
            key: F::default(),
            place,
        };
        let value = read(Lent {
            input: self.input,
            parts: &mut parts,
        });
        *self.facts = parts.facts;
        value
    }
}

/// How far the parts of a value have been read, and what they say.
pub(super) struct Parts<F, P> {
    facts: F,
    at: usize,
    len: usize,
    key: F,
    place: P,
}

impl<F, P> Parts<F, P> {
    /// Returns the position of the part that is read next, `None` after the last one.
    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let at = self.at;
        (at < self.len).then(|| {
            self.at += 1;
            at
        })
    }
}

/// Lends the parts to a visitor: the caller needs their facts afterwards.
///
/// Where the visitor is inlined, as serde's derived ones are, the facts stay in registers and the
/// hashes of names are constants. serde also implements its traits for `&mut Parts`, but that is
/// not always inlined. Where a visitor is not inlined, as an array's, it gets both references in
/// registers, and the compiler knows that a write through one changes nothing behind the other.
pub(super) struct Lent<'b, 'de, F, P> {
    input: &'b mut Input<'de>,
    parts: &'b mut Parts<F, P>,
}

impl<'de, F: Facts, P> Lent<'_, 'de, F, P> {
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

impl<'de, F: Facts, P: Fn(usize) -> Place> SeqAccess<'de> for Lent<'_, 'de, F, P> {
    type Error = postcard::Error;

    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> postcard::Result<Option<S::Value>> {
        let Some(at) = self.parts.next() else {
            return Ok(None);
        };
        let (value, facts) = self.read(seed)?;
        let place = (self.parts.place)(at);
        if let Place::Field(_, name) = place {
            self.parts.facts.name(name);
        }
        self.parts.facts.add(place, facts);
        Ok(Some(value))
    }

    // An array calls this once per element, each time from code of its own.
    #[inline(always)]
    fn next_element<T: Deserialize<'de>>(&mut self) -> postcard::Result<Option<T>> {
        self.next_element_seed(PhantomData)
    }

    #[inline(always)]
    fn size_hint(&self) -> Option<usize> {
        Some(self.parts.len - self.parts.at)
    }
}

impl<'de, F: Facts, P> MapAccess<'de> for Lent<'_, 'de, F, P> {
    type Error = postcard::Error;

    #[inline(always)]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> postcard::Result<Option<S::Value>> {
        if self.parts.next().is_none() {
            return Ok(None);
        }
        let (value, facts) = self.read(seed)?;
        self.parts.key = facts;
        Ok(Some(value))
    }

    #[inline(always)]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> postcard::Result<S::Value> {
        let (value, facts) = self.read(seed)?;
        let key = std::mem::take(&mut self.parts.key);
        self.parts.facts.add(Place::Any, F::pair(key, facts));
        Ok(value)
    }

    #[inline(always)]
    fn size_hint(&self) -> Option<usize> {
        Some(self.parts.len - self.parts.at)
    }
}
