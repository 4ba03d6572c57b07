//! How does a value become bytes, and what does serde report while it writes them?
//!
//! postcard writes each part, and also what comes around the parts: a list's length, a variant's
//! number.

mod error;
mod output;
mod parts;

use std::fmt;

use postcard::ser_flavors::Flavor as _;
use serde::Serialize;
use serde::ser::Serializer;

use super::facts::{Facts, Form, Head, Place, Plain, Variant};

pub(crate) use error::WriteError;
pub(super) use output::{Output, Postcard};
pub(super) use parts::{List, Parts};

/// Writes a value, and returns the facts that serde reports about it.
pub(super) struct Writer<'a, F> {
    pub(super) postcard: &'a mut Postcard,
    pub(super) facts: &'a mut F,
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
        Ok(self.list(Head::Seq, len))
    }

    #[inline(always)]
    fn serialize_map(self, len: Option<usize>) -> Result<List<'a, F>, WriteError> {
        self.postcard.serialize_map(len)?;
        Ok(self.list(Head::Map, len))
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
}
