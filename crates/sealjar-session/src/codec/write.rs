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

/// Why a value cannot be written. It is boxed because every value of a session returns it or nothing.
#[derive(Debug)]
pub(crate) struct WriteError(Box<Failure>);

#[derive(Debug)]
struct Failure {
    /// The field of the outermost struct.
    field: Option<&'static str>,
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
    #[cold]
    pub(super) fn skipped(field: &'static str) -> Self {
        Self::new(What::Skipped(field))
    }

    #[cold]
    fn new(what: What) -> Self {
        Self(Box::new(Failure { field: None, what }))
    }

    #[cold]
    pub(super) fn in_field(mut self, field: &'static str) -> Self {
        self.0.field = Some(field);
        self
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let What::Skipped(field) = &self.0.what {
            return write!(
                f,
                "its field `{field}` is left out by `skip_serializing_if`, remove that attribute"
            );
        }
        match self.0.field {
            Some(field) => write!(f, "its field `{field}` cannot be encoded: ")?,
            None => f.write_str("it cannot be encoded: ")?,
        }
        match &self.0.what {
            What::Postcard(error) => error.fmt(f),
            What::Said(text) => f.write_str(text),
            What::Skipped(_) => Ok(()),
        }
    }
}

impl std::error::Error for WriteError {}

impl ser::Error for WriteError {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self::new(What::Said(message.to_string()))
    }
}

impl From<postcard::Error> for WriteError {
    fn from(error: postcard::Error) -> Self {
        Self::new(What::Postcard(error))
    }
}

type Written = Result<(), WriteError>;

macro_rules! writes_plain {
    ($($method:ident($type:ty) $kind:ident)*) => {$(
        #[inline(always)]
        fn $method(self, value: $type) -> Written {
            *self.facts = F::plain(Plain::$kind);
            Ok(self.postcard.$method(value)?)
        }
    )*};
}

impl<'a, F: Facts> Serializer for Writer<'a, F> {
    type Ok = ();
    type Error = WriteError;
    type SerializeSeq = List<'a, F>;
    type SerializeTuple = Parts<'a, F>;
    type SerializeTupleStruct = Parts<'a, F>;
    type SerializeTupleVariant = Parts<'a, F>;
    type SerializeMap = List<'a, F>;
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

    #[inline(always)]
    fn serialize_unit(self) -> Written {
        *self.facts = F::plain(Plain::Unit);
        Ok(())
    }

    #[inline(always)]
    fn serialize_none(self) -> Written {
        *self.facts = F::plain(Plain::None);
        Ok(self.postcard.serialize_none()?)
    }

    #[inline(always)]
    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Written {
        self.postcard.output.try_push(super::SOME)?;
        self.one(Head::Some, value)
    }

    #[inline(always)]
    fn serialize_unit_struct(self, name: &'static str) -> Written {
        *self.facts = F::head(Head::UnitStruct(name));
        Ok(())
    }

    #[inline(always)]
    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        name: &'static str,
        value: &T,
    ) -> Written {
        self.one(Head::Newtype(name), value)
    }

    #[inline(always)]
    fn serialize_unit_variant(self, of: &'static str, index: u32, name: &'static str) -> Written {
        let parts = self.variant(of, index, name, Form::Unit)?;
        parts.done()
    }

    #[inline(always)]
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

    #[inline(always)]
    fn serialize_seq(self, len: Option<usize>) -> Result<List<'a, F>, WriteError> {
        self.postcard.serialize_seq(len)?;
        Ok(self.list(Head::Seq))
    }

    #[inline(always)]
    fn serialize_map(self, len: Option<usize>) -> Result<List<'a, F>, WriteError> {
        self.postcard.serialize_map(len)?;
        Ok(self.list(Head::Map))
    }

    #[inline(always)]
    fn serialize_tuple(self, len: usize) -> Result<Parts<'a, F>, WriteError> {
        Ok(self.parts(Head::Tuple(len)))
    }

    #[inline(always)]
    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Parts<'a, F>, WriteError> {
        Ok(self.parts(Head::TupleStruct(name, len)))
    }

    #[inline(always)]
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Parts<'a, F>, WriteError> {
        Ok(self.parts(Head::Struct(name, &[])))
    }

    #[inline(always)]
    fn serialize_tuple_variant(
        self,
        of: &'static str,
        index: u32,
        name: &'static str,
        len: usize,
    ) -> Result<Parts<'a, F>, WriteError> {
        self.variant(of, index, name, Form::Tuple(len))
    }

    #[inline(always)]
    fn serialize_struct_variant(
        self,
        of: &'static str,
        index: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts<'a, F>, WriteError> {
        self.variant(of, index, name, Form::Struct(&[]))
    }

    #[inline(always)]
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
    #[inline(always)]
    fn one<T: ?Sized + Serialize>(self, head: Head, value: &T) -> Written {
        let mut parts = self.parts(head);
        parts.part(Place::At(0), value)?;
        parts.done()
    }

    #[inline(always)]
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

    #[inline(always)]
    fn parts(self, head: Head) -> Parts<'a, F> {
        Parts {
            facts: F::head(head),
            writer: self,
            at: 0,
        }
    }

    #[inline(always)]
    fn list(self, head: Head) -> List<'a, F> {
        List {
            parts: self.parts(head),
            key: F::default(),
            starts: Vec::new(),
        }
    }
}

/// The parts of a value, as they are written.
///
/// All of it is inlined into the code that serde derives. There each name is a constant, and so is what
/// they hash to.
pub(super) struct Parts<'a, F> {
    writer: Writer<'a, F>,
    facts: F,
    at: usize,
}

impl<F: Facts> Parts<'_, F> {
    #[inline(always)]
    fn write<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<F, WriteError> {
        let mut facts = F::default();
        value.serialize(Writer {
            postcard: self.writer.postcard,
            facts: &mut facts,
        })?;
        Ok(facts)
    }

    #[inline(always)]
    fn part<T: ?Sized + Serialize>(&mut self, place: Place, value: &T) -> Written {
        let facts = self.write(value)?;
        self.facts.add(place, facts);
        Ok(())
    }

    #[inline(always)]
    fn numbered<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        let place = Place::At(self.at);
        self.at += 1;
        self.part(place, value)
    }

    #[inline(always)]
    fn field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Written {
        let place = Place::Field(self.at, name);
        self.at += 1;
        self.facts.name(name);
        self.part(place, value)
    }

    #[inline(always)]
    fn done(self) -> Written {
        *self.writer.facts = self.facts;
        Ok(())
    }
}

/// The parts of a list or a map, as they are written.
pub(super) struct List<'a, F> {
    parts: Parts<'a, F>,
    key: F,
    /// Where each part begins, if they are to be put in order.
    starts: Vec<usize>,
}

impl<F: Facts> List<'_, F> {
    #[inline(always)]
    fn mark_start(&mut self) {
        let Output { bytes, sorted } = &self.parts.writer.postcard.output;
        if *sorted {
            self.starts.push(bytes.len());
        }
    }

    #[inline(always)]
    fn done(self) -> Written {
        if self.starts.len() > 1 {
            let bytes = &mut self.parts.writer.postcard.output.bytes;
            put_in_order(bytes, &self.starts);
        }
        self.parts.done()
    }
}

/// Puts the parts that begin at these places, and end where the next does, in the order of their bytes.
fn put_in_order(bytes: &mut [u8], starts: &[usize]) {
    let first = starts.first().copied().unwrap_or_default();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let parts = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| &bytes[*start..end]);
    let mut parts: Vec<_> = parts.collect();
    parts.sort_unstable();
    let sorted = parts.concat();
    bytes[first..].copy_from_slice(&sorted);
}

impl<F: Facts> SerializeSeq for List<'_, F> {
    type Ok = ();
    type Error = WriteError;

    #[inline(always)]
    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        self.mark_start();
        self.parts.part(Place::Any, value)
    }

    #[inline(always)]
    fn end(self) -> Written {
        self.done()
    }
}

impl<F: Facts> SerializeMap for List<'_, F> {
    type Ok = ();
    type Error = WriteError;

    #[inline(always)]
    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Written {
        self.mark_start();
        self.key = self.parts.write(key)?;
        Ok(())
    }

    #[inline(always)]
    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        let value = self.parts.write(value)?;
        let key = std::mem::take(&mut self.key);
        self.parts.facts.add(Place::Any, F::pair(key, value));
        Ok(())
    }

    #[inline(always)]
    fn end(self) -> Written {
        self.done()
    }
}

macro_rules! writes_numbered {
    ($($trait:ident::$method:ident)*) => {$(
        impl<F: Facts> $trait for Parts<'_, F> {
            type Ok = ();
            type Error = WriteError;

            #[inline(always)]
            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
                self.numbered(value)
            }

            #[inline(always)]
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

            #[inline(always)]
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

            #[inline(always)]
            fn end(self) -> Written {
                self.done()
            }
        }
    )*};
}

writes_fields! { SerializeStruct SerializeStructVariant }
