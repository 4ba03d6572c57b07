//! How do bytes become a value, and what does serde report while it reads them?
//!
//! postcard reads each value without parts. Lists, options and variants are read here, in the same
//! way as postcard, because each of their parts has something to report.

mod parts;
mod variant;

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};

use super::facts::{Facts, Form, Head, Place, Plain, Variant};
use variant::Chosen;

/// Reads a value, and returns the facts that it reports.
pub(super) struct Reader<'a, 'de, F> {
    pub(super) input: &'a mut Input<'de>,
    pub(super) facts: &'a mut F,
}

/// What is left to read. One deserializer reads the whole body; only its cursor moves.
pub(super) struct Input<'de>(postcard::Deserializer<'de, Slice<'de>>);

impl<'de> Input<'de> {
    pub(super) fn new(bytes: &'de [u8]) -> Self {
        Self(postcard::Deserializer::from_bytes(bytes))
    }

    /// Reads postcard's tag of an `Option`, and returns whether it is `Some`.
    #[inline(always)]
    pub(super) fn is_some(&mut self) -> postcard::Result<bool> {
        match u8::deserialize(&mut self.0)? {
            0 => Ok(false),
            super::SOME => Ok(true),
            _ => Err(postcard::Error::DeserializeBadOption),
        }
    }

    /// Ends reading, and returns what is left.
    pub(super) fn finish(&mut self) -> postcard::Result<&'de [u8]> {
        let nothing = postcard::Deserializer::from_bytes(&[]);
        std::mem::replace(&mut self.0, nothing).finalize()
    }
}

macro_rules! reads_plain {
    ($($method:ident $kind:ident)*) => {$(
        #[inline(always)]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> postcard::Result<V::Value> {
            *self.facts = F::plain(Plain::$kind);
            self.input.0.$method(visitor)
        }
    )*};
}

macro_rules! hands_to_postcard {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> postcard::Result<V::Value> {
            self.input.0.$method(visitor)
        }
    )*};
}

impl<'a, 'de, F: Facts> Deserializer<'de> for Reader<'a, 'de, F> {
    type Error = postcard::Error;

    reads_plain! {
        deserialize_bool Bool
        deserialize_u8 U8 deserialize_i8 I8
        deserialize_u16 Unsigned deserialize_u32 Unsigned
        deserialize_u64 Unsigned deserialize_u128 Unsigned
        deserialize_i16 Signed deserialize_i32 Signed
        deserialize_i64 Signed deserialize_i128 Signed
        deserialize_f32 F32 deserialize_f64 F64
        deserialize_char Text deserialize_str Text deserialize_string Text
        deserialize_bytes Bytes deserialize_byte_buf Bytes
        deserialize_unit Unit
    }

    // Types that need names to be read: postcard refuses them.
    hands_to_postcard! { deserialize_any deserialize_identifier deserialize_ignored_any }

    #[inline(always)]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> postcard::Result<V::Value> {
        if self.input.is_some()? {
            self.one(Head::Some, |part| visitor.visit_some(part))
        } else {
            *self.facts = F::plain(Plain::None);
            visitor.visit_none()
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> postcard::Result<V::Value> {
        *self.facts = F::head(Head::UnitStruct(name));
        visitor.visit_unit()
    }

    #[inline(always)]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> postcard::Result<V::Value> {
        self.one(Head::Newtype(name), |part| {
            visitor.visit_newtype_struct(part)
        })
    }

    #[inline(always)]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> postcard::Result<V::Value> {
        let left = usize::deserialize(&mut self.input.0)?;
        self.parts(
            Head::Seq,
            left,
            |_| Place::Any,
            |parts| visitor.visit_seq(parts),
        )
    }

    #[inline(always)]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> postcard::Result<V::Value> {
        let left = usize::deserialize(&mut self.input.0)?;
        self.parts(
            Head::Map,
            left,
            |_| Place::Any,
            |parts| visitor.visit_map(parts),
        )
    }

    #[inline(always)]
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> postcard::Result<V::Value> {
        self.parts(Head::Tuple(len), len, Place::At, |parts| {
            visitor.visit_seq(parts)
        })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> postcard::Result<V::Value> {
        self.parts(Head::TupleStruct(name, len), len, Place::At, |parts| {
            visitor.visit_seq(parts)
        })
    }

    #[inline(always)]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> postcard::Result<V::Value> {
        self.fields(Head::Struct(name, fields), fields, visitor)
    }

    #[inline(always)]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        of: &'static str,
        all: &'static [&'static str],
        visitor: V,
    ) -> postcard::Result<V::Value> {
        let index = u32::deserialize(&mut self.input.0)?;
        let variant = Variant {
            of,
            index,
            // The type refuses a number beyond these, unless it has a catch-all variant.
            name: all.get(index as usize).copied().unwrap_or_default(),
            all,
            form: Form::Unit,
        };
        visitor.visit_enum(Chosen {
            reader: self,
            variant,
        })
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

impl<'a, 'de, F: Facts> Reader<'a, 'de, F> {
    /// Reads a value with one part.
    #[inline(always)]
    fn one<R>(
        self,
        head: Head,
        read: impl FnOnce(Reader<'_, 'de, F>) -> postcard::Result<R>,
    ) -> postcard::Result<R> {
        *self.facts = F::head(head);
        let mut facts = F::default();
        let value = read(Reader {
            input: self.input,
            facts: &mut facts,
        });
        self.facts.add(Place::At(0), facts);
        value
    }
}

type Slice<'de> = postcard::de_flavors::Slice<'de>;
