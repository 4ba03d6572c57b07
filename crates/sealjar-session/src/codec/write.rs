//! How does a value become bytes, and what does its serializer say meanwhile?
//!
//! postcard writes each part. What it writes around them is written by postcard as well: a list's length,
//! a variant's number.

use std::fmt;

use postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::ser::{
    self, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::facts::{Facts, Form, Head, Place, Plain, Variant};

/// Writes a value, and hands out what it is told of it.
pub(super) struct Writer<'a, F> {
    pub(super) postcard: &'a mut Postcard,
    pub(super) facts: &'a mut F,
}

pub(super) type Postcard = postcard::Serializer<Output>;

/// Where the bytes go.
#[derive(Default)]
pub(super) struct Output {
    pub(super) bytes: Vec<u8>,
    /// Whether lists and maps are written in the order of their bytes. Hash maps have none of their own.
    pub(super) sorted: bool,
}

impl Flavor for Output {
    type Output = Vec<u8>;

    #[inline]
    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.bytes.extend_from_slice(data);
        Ok(())
    }

    #[inline]
    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.bytes.push(data);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.bytes)
    }
}

/// Why a value cannot be written.
#[derive(Debug)]
pub(crate) struct WriteError {
    /// The field of the outermost struct.
    pub(super) field: Option<&'static str>,
    what: What,
}

#[derive(Debug)]
enum What {
    Postcard(postcard::Error),
    /// What the type's own code says.
    Said(String),
    Skipped(&'static str),
}

impl WriteError {
    /// postcard writes no names: a field that is left out shifts all that follow.
    pub(super) const fn skipped(field: &'static str) -> Self {
        Self {
            field: None,
            what: What::Skipped(field),
        }
    }

    pub(super) fn in_field(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let What::Skipped(field) = &self.what {
            return write!(
                f,
                "its field `{field}` is left out by `skip_serializing_if`, remove that attribute"
            );
        }
        match self.field {
            Some(field) => write!(f, "its field `{field}` cannot be encoded: ")?,
            None => f.write_str("it cannot be encoded: ")?,
        }
        match &self.what {
            What::Postcard(error) => error.fmt(f),
            What::Said(text) => f.write_str(text),
            What::Skipped(_) => Ok(()),
        }
    }
}

impl std::error::Error for WriteError {}

impl ser::Error for WriteError {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self {
            field: None,
            what: What::Said(message.to_string()),
        }
    }
}

impl From<postcard::Error> for WriteError {
    fn from(error: postcard::Error) -> Self {
        Self {
            field: None,
            what: What::Postcard(error),
        }
    }
}

type Written = Result<(), WriteError>;

macro_rules! writes_plain {
    ($($method:ident($type:ty) $kind:ident)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Written {
            *self.facts = F::plain(Plain::$kind);
            Ok(self.postcard.$method(value)?)
        }
    )*};
}

impl<'a, F: Facts> Serializer for Writer<'a, F> {
    type Ok = ();
    type Error = WriteError;
    type SerializeSeq = Parts<'a, F>;
    type SerializeTuple = Parts<'a, F>;
    type SerializeTupleStruct = Parts<'a, F>;
    type SerializeTupleVariant = Parts<'a, F>;
    type SerializeMap = Parts<'a, F>;
    type SerializeStruct = Parts<'a, F>;
    type SerializeStructVariant = Parts<'a, F>;

    writes_plain! {
        serialize_bool(bool) Bool
        serialize_u8(u8) U8 serialize_i8(i8) I8
        serialize_u16(u16) Unsigned serialize_u32(u32) Unsigned
        serialize_u64(u64) Unsigned serialize_u128(u128) Unsigned
        serialize_i16(i16) Signed serialize_i32(i32) Signed
        serialize_i64(i64) Signed serialize_i128(i128) Signed
        serialize_f32(f32) F32 serialize_f64(f64) F64
        serialize_char(char) Text serialize_str(&str) Text serialize_bytes(&[u8]) Bytes
    }

    fn serialize_unit(self) -> Written {
        *self.facts = F::plain(Plain::Unit);
        Ok(())
    }

    fn serialize_none(self) -> Written {
        *self.facts = F::plain(Plain::None);
        Ok(self.postcard.serialize_none()?)
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Written {
        self.postcard.output.try_push(super::SOME)?;
        self.one(Head::Some, value)
    }

    fn serialize_unit_struct(self, name: &'static str) -> Written {
        *self.facts = F::head(Head::UnitStruct(name), &mut F::Memo::default());
        Ok(())
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        name: &'static str,
        value: &T,
    ) -> Written {
        self.one(Head::Newtype(name), value)
    }

    fn serialize_unit_variant(self, of: &'static str, index: u32, name: &'static str) -> Written {
        let parts = self.variant(of, index, name, Form::Unit)?;
        parts.done()
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        of: &'static str,
        index: u32,
        name: &'static str,
        value: &T,
    ) -> Written {
        let mut parts = self.variant(of, index, name, Form::Newtype)?;
        parts.part(Place::At(0), value)?;
        parts.done()
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Parts<'a, F>, WriteError> {
        self.postcard.serialize_seq(len)?;
        Ok(self.parts(Head::Seq))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Parts<'a, F>, WriteError> {
        self.postcard.serialize_map(len)?;
        Ok(self.parts(Head::Map))
    }

    fn serialize_tuple(self, len: usize) -> Result<Parts<'a, F>, WriteError> {
        Ok(self.parts(Head::Tuple(len)))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Parts<'a, F>, WriteError> {
        Ok(self.parts(Head::TupleStruct(name, len)))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Parts<'a, F>, WriteError> {
        Ok(self.parts(Head::Struct(name, &[])))
    }

    fn serialize_tuple_variant(
        self,
        of: &'static str,
        index: u32,
        name: &'static str,
        len: usize,
    ) -> Result<Parts<'a, F>, WriteError> {
        self.variant(of, index, name, Form::Tuple(len))
    }

    fn serialize_struct_variant(
        self,
        of: &'static str,
        index: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts<'a, F>, WriteError> {
        self.variant(of, index, name, Form::Struct(&[]))
    }

    fn collect_str<T: ?Sized + fmt::Display>(self, value: &T) -> Written {
        *self.facts = F::plain(Plain::Text);
        Ok(self.postcard.collect_str(value)?)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

impl<'a, F: Facts> Writer<'a, F> {
    /// Writes a value with one part.
    #[inline]
    fn one<T: ?Sized + Serialize>(self, head: Head, value: &T) -> Written {
        let mut parts = self.parts(head);
        parts.part(Place::At(0), value)?;
        parts.done()
    }

    #[inline]
    fn variant(
        self,
        of: &'static str,
        index: u32,
        name: &'static str,
        form: Form,
    ) -> Result<Parts<'a, F>, WriteError> {
        self.postcard.serialize_unit_variant(of, index, name)?;
        Ok(self.parts(Head::Variant(Variant {
            of,
            index,
            name,
            all: &[],
            form,
        })))
    }

    #[inline]
    fn parts(self, head: Head) -> Parts<'a, F> {
        Parts {
            facts: F::head(head, &mut F::Memo::default()),
            key: F::default(),
            writer: self,
            at: 0,
            starts: Vec::new(),
        }
    }
}

/// The parts of a value, as they are written.
pub(super) struct Parts<'a, F> {
    writer: Writer<'a, F>,
    facts: F,
    at: usize,
    key: F,
    /// Where each part of a list or a map begins, if they are to be put in order.
    starts: Vec<usize>,
}

impl<F: Facts> Parts<'_, F> {
    #[inline]
    fn write<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<F, WriteError> {
        let mut facts = F::default();
        value.serialize(Writer {
            postcard: self.writer.postcard,
            facts: &mut facts,
        })?;
        Ok(facts)
    }

    #[inline]
    fn part<T: ?Sized + Serialize>(&mut self, place: Place, value: &T) -> Written {
        let facts = self.write(value)?;
        self.facts.add(place, facts);
        Ok(())
    }

    #[inline]
    fn numbered<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        let place = Place::At(self.at);
        self.at += 1;
        self.part(place, value)
    }

    #[inline]
    fn field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Written {
        let place = Place::Field(self.at, name);
        self.at += 1;
        self.facts.name(name);
        self.part(place, value)
    }

    #[inline]
    fn mark_start(&mut self) {
        let Output { bytes, sorted } = &self.writer.postcard.output;
        if *sorted {
            self.starts.push(bytes.len());
        }
    }

    #[inline]
    fn done(self) -> Written {
        *self.writer.facts = self.facts;
        Ok(())
    }

    fn put_in_order(&mut self) {
        let Some(first) = self.starts.first().copied() else {
            return;
        };
        let bytes = &mut self.writer.postcard.output.bytes;
        let ends = self.starts.iter().skip(1).copied().chain([bytes.len()]);
        let mut parts: Vec<_> = self
            .starts
            .iter()
            .zip(ends)
            .map(|(start, end)| bytes[*start..end].to_vec())
            .collect();
        parts.sort_unstable();
        bytes.truncate(first);
        bytes.extend(parts.concat());
    }
}

impl<F: Facts> SerializeSeq for Parts<'_, F> {
    type Ok = ();
    type Error = WriteError;

    #[inline]
    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        self.mark_start();
        self.part(Place::Any, value)
    }

    fn end(mut self) -> Written {
        self.put_in_order();
        self.done()
    }
}

impl<F: Facts> SerializeMap for Parts<'_, F> {
    type Ok = ();
    type Error = WriteError;

    #[inline]
    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Written {
        self.mark_start();
        self.key = self.write(key)?;
        Ok(())
    }

    #[inline]
    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        let value = self.write(value)?;
        let key = std::mem::take(&mut self.key);
        self.facts.add(Place::Any, F::pair(key, value));
        Ok(())
    }

    fn end(mut self) -> Written {
        self.put_in_order();
        self.done()
    }
}

macro_rules! writes_numbered {
    ($($trait:ident::$method:ident)*) => {$(
        impl<F: Facts> $trait for Parts<'_, F> {
            type Ok = ();
            type Error = WriteError;

            #[inline]
            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
                self.numbered(value)
            }

            fn end(self) -> Written {
                self.done()
            }
        }
    )*};
}

writes_numbered! {
    SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

macro_rules! writes_fields {
    ($($trait:ident)*) => {$(
        impl<F: Facts> $trait for Parts<'_, F> {
            type Ok = ();
            type Error = WriteError;

            #[inline]
            fn serialize_field<T: ?Sized + Serialize>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Written {
                self.field(name, value)
            }

            fn skip_field(&mut self, name: &'static str) -> Written {
                Err(WriteError::skipped(name))
            }

            fn end(self) -> Written {
                self.done()
            }
        }
    )*};
}

writes_fields! { SerializeStruct SerializeStructVariant }
