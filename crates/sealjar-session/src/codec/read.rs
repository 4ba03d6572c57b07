//! How do bytes become a value, and what does its deserializer say meanwhile?
//!
//! postcard reads each value without parts. Lists, options and variants are read here, as postcard reads
//! them, because what each part says has to be heard.

use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::U32Deserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::facts::{Facts, Form, Head, Place, Plain, Variant};

/// Reads a value, and hands out what it says of itself.
pub(super) struct Reader<'a, 'de, F: Facts> {
    pub(super) input: &'a mut Input<'de, F>,
    pub(super) facts: &'a mut F,
}

/// What is left to read, and what is remembered meanwhile.
pub(super) struct Input<'de, F: Facts> {
    pub(super) bytes: &'de [u8],
    memo: F::Memo,
}

impl<'de, F: Facts> Input<'de, F> {
    pub(super) fn new(bytes: &'de [u8]) -> Self {
        Self {
            bytes,
            memo: F::Memo::default(),
        }
    }
}

/// Reads with postcard from the beginning of the input.
#[inline(always)]
pub(super) fn with_postcard<'de, R>(
    input: &mut &'de [u8],
    read: impl FnOnce(&mut postcard::Deserializer<'de, Slice<'de>>) -> postcard::Result<R>,
) -> postcard::Result<R> {
    let mut postcard = postcard::Deserializer::from_bytes(input);
    let value = read(&mut postcard)?;
    *input = postcard.finalize()?;
    Ok(value)
}

/// Reads postcard's tag of an `Option`: whether there is one.
#[inline(always)]
pub(super) fn is_some(input: &mut &[u8]) -> postcard::Result<bool> {
    let (tag, rest) = input
        .split_first()
        .ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
    *input = rest;
    match *tag {
        0 => Ok(false),
        super::SOME => Ok(true),
        _ => Err(postcard::Error::DeserializeBadOption),
    }
}

macro_rules! reads_plain {
    ($($method:ident $kind:ident)*) => {$(
        #[inline(always)]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> postcard::Result<V::Value> {
            *self.facts = F::plain(Plain::$kind);
            with_postcard(&mut self.input.bytes, |postcard| postcard.$method(visitor))
        }
    )*};
}

macro_rules! hands_to_postcard {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> postcard::Result<V::Value> {
            with_postcard(&mut self.input.bytes, |postcard| postcard.$method(visitor))
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

    // What needs names to be read, and cannot be.
    hands_to_postcard! { deserialize_any deserialize_identifier deserialize_ignored_any }

    #[inline(always)]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> postcard::Result<V::Value> {
        if is_some(&mut self.input.bytes)? {
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
        *self.facts = F::head(Head::UnitStruct(name), &mut self.input.memo);
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
        let left = with_postcard(&mut self.input.bytes, |postcard| {
            usize::deserialize(postcard)
        })?;
        visitor.visit_seq(self.parts(Head::Seq, left, |_| Place::Any))
    }

    #[inline(always)]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> postcard::Result<V::Value> {
        let left = with_postcard(&mut self.input.bytes, |postcard| {
            usize::deserialize(postcard)
        })?;
        visitor.visit_map(self.parts(Head::Map, left, |_: usize| Place::Any))
    }

    #[inline(always)]
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> postcard::Result<V::Value> {
        visitor.visit_seq(self.parts(Head::Tuple(len), len, Place::At))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> postcard::Result<V::Value> {
        visitor.visit_seq(self.parts(Head::TupleStruct(name, len), len, Place::At))
    }

    #[inline(always)]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> postcard::Result<V::Value> {
        visitor.visit_seq(self.parts(Head::Struct(name, fields), fields.len(), named(fields)))
    }

    #[inline(always)]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        of: &'static str,
        all: &'static [&'static str],
        visitor: V,
    ) -> postcard::Result<V::Value> {
        let index = with_postcard(&mut self.input.bytes, |postcard| u32::deserialize(postcard))?;
        let variant = Variant {
            of,
            index,
            // A number that is beyond them all is refused by the type, unless it has a variant for these.
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

/// The names that parts have in a struct. A type with an `alias` tells more names than it has fields.
fn named(fields: &'static [&'static str]) -> impl Fn(usize) -> Place {
    |at| Place::Field(at, fields.get(at).copied().unwrap_or_default())
}

impl<'a, 'de, F: Facts> Reader<'a, 'de, F> {
    /// Reads a value with one part.
    #[inline(always)]
    fn one<R>(
        self,
        head: Head,
        read: impl FnOnce(Reader<'_, 'de, F>) -> postcard::Result<R>,
    ) -> postcard::Result<R> {
        *self.facts = F::head(head, &mut self.input.memo);
        let mut facts = F::default();
        let value = read(Reader {
            input: self.input,
            facts: &mut facts,
        })?;
        self.facts.add(Place::At(0), facts);
        Ok(value)
    }

    #[inline(always)]
    fn parts<P>(self, head: Head, left: usize, place: P) -> Parts<'a, 'de, F, P> {
        *self.facts = F::head(head, &mut self.input.memo);
        Parts {
            reader: self,
            at: 0,
            left,
            key: F::default(),
            place,
        }
    }
}

/// The parts of a value, as they are read.
struct Parts<'a, 'de, F: Facts, P> {
    reader: Reader<'a, 'de, F>,
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
            input: self.reader.input,
            facts: &mut facts,
        })?;
        Ok((value, facts))
    }
}

impl<'de, F: Facts, P: Fn(usize) -> Place> SeqAccess<'de> for Parts<'_, 'de, F, P> {
    type Error = postcard::Error;

    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> postcard::Result<Option<S::Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let (value, facts) = self.read(seed)?;
        self.reader.facts.add((self.place)(self.at), facts);
        self.at += 1;
        Ok(Some(value))
    }

    // An array asks as often as it has values, each time in code of its own.
    #[inline(always)]
    fn next_element<T: Deserialize<'de>>(&mut self) -> postcard::Result<Option<T>> {
        self.next_element_seed(PhantomData)
    }

    #[inline(always)]
    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de, F: Facts, P> MapAccess<'de> for Parts<'_, 'de, F, P> {
    type Error = postcard::Error;

    #[inline(always)]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> postcard::Result<Option<S::Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let (value, facts) = self.read(seed)?;
        self.key = facts;
        Ok(Some(value))
    }

    #[inline(always)]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> postcard::Result<S::Value> {
        let (value, facts) = self.read(seed)?;
        let key = std::mem::take(&mut self.key);
        self.reader.facts.add(Place::Any, F::pair(key, facts));
        Ok(value)
    }

    #[inline(always)]
    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// A variant whose number has been read.
struct Chosen<'a, 'de, F: Facts> {
    reader: Reader<'a, 'de, F>,
    variant: Variant,
}

impl<'de, F: Facts> EnumAccess<'de> for Chosen<'_, 'de, F> {
    type Error = postcard::Error;
    type Variant = Self;

    #[inline(always)]
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> postcard::Result<(S::Value, Self)> {
        let number: U32Deserializer<postcard::Error> = self.variant.index.into_deserializer();
        Ok((seed.deserialize(number)?, self))
    }
}

impl<F: Facts> Chosen<'_, '_, F> {
    const fn head(&self, form: Form) -> Head {
        Head::Variant(Variant {
            form,
            ..self.variant
        })
    }
}

impl<'de, F: Facts> VariantAccess<'de> for Chosen<'_, 'de, F> {
    type Error = postcard::Error;

    #[inline(always)]
    fn unit_variant(self) -> postcard::Result<()> {
        *self.reader.facts = F::head(self.head(Form::Unit), &mut self.reader.input.memo);
        Ok(())
    }

    #[inline(always)]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> postcard::Result<S::Value> {
        let head = self.head(Form::Newtype);
        self.reader.one(head, |part| seed.deserialize(part))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> postcard::Result<V::Value> {
        let head = self.head(Form::Tuple(len));
        visitor.visit_seq(self.reader.parts(head, len, Place::At))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> postcard::Result<V::Value> {
        let head = self.head(Form::Struct(fields));
        visitor.visit_seq(self.reader.parts(head, fields.len(), named(fields)))
    }
}

type Slice<'de> = postcard::de_flavors::Slice<'de>;
