//! Where does the outermost struct end, when another build wrote it with more or fewer fields?
//!
//! postcard writes a struct as its fields and nothing else, so a reader cannot tell that fields are
//! missing except at the end of the input. This deserializer gives the outermost struct exactly that
//! one freedom, and hands each field to postcard.

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::SOME;

pub(super) struct Outermost<'de> {
    input: &'de [u8],
    options: usize,
    in_struct: bool,
}

impl<'de> Outermost<'de> {
    pub(super) const fn new(input: &'de [u8]) -> Self {
        Self {
            input,
            options: 0,
            in_struct: false,
        }
    }

    /// Returns the length of the tail and the number of `Some`s before the struct.
    pub(super) const fn finish(self) -> postcard::Result<(usize, usize)> {
        if self.in_struct || self.input.is_empty() {
            Ok((self.input.len(), self.options))
        } else {
            Err(postcard::Error::DeserializeBadEncoding)
        }
    }

    fn with_postcard<R>(
        &mut self,
        read: impl FnOnce(&mut postcard::Deserializer<'de, Slice<'de>>) -> postcard::Result<R>,
    ) -> postcard::Result<R> {
        let mut postcard = postcard::Deserializer::from_bytes(self.input);
        let value = read(&mut postcard)?;
        self.input = postcard.finalize()?;
        Ok(value)
    }
}

impl<'de> Deserializer<'de> for &mut Outermost<'de> {
    type Error = postcard::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> postcard::Result<V::Value> {
        self.in_struct = true;
        visitor.visit_seq(Fields(self))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> postcard::Result<V::Value> {
        match self.input.split_first() {
            Some((0, rest)) => {
                self.input = rest;
                visitor.visit_none()
            }
            Some((&SOME, rest)) => {
                self.input = rest;
                self.options += 1;
                visitor.visit_some(self)
            }
            Some(_) => Err(postcard::Error::DeserializeBadOption),
            None => Err(postcard::Error::DeserializeUnexpectedEnd),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> postcard::Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> postcard::Result<V::Value> {
        self.with_postcard(|postcard| postcard.deserialize_tuple(len, visitor))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> postcard::Result<V::Value> {
        self.with_postcard(|postcard| postcard.deserialize_tuple_struct(name, len, visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> postcard::Result<V::Value> {
        self.with_postcard(|postcard| postcard.deserialize_enum(name, variants, visitor))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> postcard::Result<V::Value> {
        self.with_postcard(|postcard| postcard.deserialize_unit_struct(name, visitor))
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    hand_to_postcard! {
        deserialize_any deserialize_bool
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_string
        deserialize_bytes deserialize_byte_buf deserialize_unit deserialize_seq deserialize_map
        deserialize_identifier deserialize_ignored_any
    }
}

/// The fields of the outermost struct, which end where the input does.
struct Fields<'a, 'de>(&'a mut Outermost<'de>);

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = postcard::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> postcard::Result<Option<S::Value>> {
        if self.0.input.is_empty() {
            return Ok(None);
        }
        self.0
            .with_postcard(|postcard| seed.deserialize(postcard))
            .map(Some)
    }
}

type Slice<'de> = postcard::de_flavors::Slice<'de>;

macro_rules! hand_to_postcard {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> postcard::Result<V::Value> {
            self.with_postcard(|postcard| postcard.$method(visitor))
        }
    )*};
}
use hand_to_postcard;
