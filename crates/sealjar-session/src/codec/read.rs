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

    /// Reads postcard's tag of an `Option`: whether there is one.
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

    // What needs names to be read, and cannot be.
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
        visitor.visit_seq(self.parts(Head::Seq, left, |_| Place::Any))
    }

    #[inline(always)]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> postcard::Result<V::Value> {
        let left = usize::deserialize(&mut self.input.0)?;
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

    /// Reads a value whose parts have names.
    #[inline(always)]
    fn fields<V: Visitor<'de>>(
        self,
        head: Head,
        fields: &'static [&'static str],
        visitor: V,
    ) -> postcard::Result<V::Value> {
        let named = |at| Place::Field(at, fields.get(at).copied().unwrap_or_default());
        let mut parts = self.parts(head, fields.len(), named);
        let value = visitor.visit_seq(Fields(&mut parts))?;
        // A type with an `alias` tells more names than it has fields.
        for name in fields.get(parts.at..).unwrap_or_default() {
            parts.reader.facts.name(name);
        }
        Ok(value)
    }

    #[inline(always)]
    fn parts<P>(self, head: Head, left: usize, place: P) -> Parts<'a, 'de, F, P> {
        *self.facts = F::head(head);
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
struct Parts<'a, 'de, F, P> {
    reader: Reader<'a, 'de, F>,
    at: usize,
    left: usize,
    key: F,
    place: P,
}

impl<'de, F: Facts, P> Parts<'_, 'de, F, P> {
    #[inline(always)]
    fn read<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
        facts: &mut F,
    ) -> postcard::Result<S::Value> {
        seed.deserialize(Reader {
            input: self.reader.input,
            facts,
        })
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
        let mut facts = F::default();
        let value = self.read(seed, &mut facts);
        let place = (self.place)(self.at);
        if let Place::Field(_, name) = place {
            self.reader.facts.name(name);
        }
        self.reader.facts.add(place, facts);
        self.at += 1;
        value.map(Some)
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

/// Lends the parts to a visitor, because the names that are left over follow when it is done.
struct Fields<'b, 'a, 'de, F, P>(&'b mut Parts<'a, 'de, F, P>);

// serde has one for `&mut Parts`. It is not always inlined, and then names are no constants.
impl<'de, F: Facts, P: Fn(usize) -> Place> SeqAccess<'de> for Fields<'_, '_, 'de, F, P> {
    type Error = postcard::Error;

    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> postcard::Result<Option<S::Value>> {
        self.0.next_element_seed(seed)
    }

    #[inline(always)]
    fn next_element<T: Deserialize<'de>>(&mut self) -> postcard::Result<Option<T>> {
        self.0.next_element_seed(PhantomData)
    }

    #[inline(always)]
    fn size_hint(&self) -> Option<usize> {
        Some(self.0.left)
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
        let mut key = F::default();
        let value = self.read(seed, &mut key);
        self.key = key;
        value.map(Some)
    }

    #[inline(always)]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> postcard::Result<S::Value> {
        let mut facts = F::default();
        let value = self.read(seed, &mut facts);
        let key = std::mem::take(&mut self.key);
        self.reader.facts.add(Place::Any, F::pair(key, facts));
        value
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
        *self.reader.facts = F::head(self.head(Form::Unit));
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
        self.reader.fields(head, fields, visitor)
    }
}

type Slice<'de> = postcard::de_flavors::Slice<'de>;
