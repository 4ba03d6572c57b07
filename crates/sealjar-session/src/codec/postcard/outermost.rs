//! How is the outermost struct written, the only one that may grow?
//!
//! This serializer handles the `Option`s and newtypes around the outermost struct and its fields
//! one by one: each field gets a byte of its own. Any other type is written whole, and has one
//! byte.

use postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::facts::Hash;
use super::layout::Outline;
use super::write::{List, Parts, Postcard, WriteError, Writer};

/// Writes a whole session.
pub(super) struct Outermost<'a> {
    pub(super) postcard: &'a mut Postcard,
    pub(super) written: &'a mut Written,
}

/// What serde reported about the value.
#[derive(Default)]
pub(super) struct Written {
    pub(super) outline: Outline,
    pub(super) layout: Vec<u8>,
    /// The names of the outermost struct's fields and where each ends, if the caller asked for
    /// them.
    pub(super) ends: Vec<(&'static str, usize)>,
    whole: Hash,
    is_struct: bool,
}

impl Written {
    /// Computes the single byte of a value that is not a struct.
    pub(super) fn finish(&mut self) {
        if !self.is_struct {
            self.layout.push(self.outline.whole(self.whole));
        }
    }
}

impl<'a> Outermost<'a> {
    /// Writes a type that is not a struct and contains none that may grow.
    #[inline]
    fn whole(self) -> Writer<'a, Hash> {
        Writer {
            postcard: self.postcard,
            facts: &mut self.written.whole,
        }
    }
}

macro_rules! writes_whole {
    ($($method:ident($($name:ident: $type:ty),*) -> $ok:ty)*) => {$(
        fn $method(self, $($name: $type),*) -> Result<$ok, WriteError> {
            self.whole().$method($($name),*)
        }
    )*};
}

impl<'a> Serializer for Outermost<'a> {
    type Ok = ();
    type Error = WriteError;
    type SerializeSeq = List<'a, Hash>;
    type SerializeTuple = Parts<'a, Hash>;
    type SerializeTupleStruct = Parts<'a, Hash>;
    type SerializeTupleVariant = Parts<'a, Hash>;
    type SerializeMap = List<'a, Hash>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Parts<'a, Hash>;

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), WriteError> {
        self.postcard.output.try_push(super::SOME)?;
        self.written.outline.some();
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), WriteError> {
        self.written.outline.newtype(name);
        value.serialize(self)
    }

    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Self, WriteError> {
        self.written.is_struct = true;
        self.written.outline.structure(name);
        self.written.layout.reserve_exact(len);
        Ok(self)
    }

    writes_whole! {
        serialize_bool(value: bool) -> ()
        serialize_i8(value: i8) -> ()
        serialize_i16(value: i16) -> ()
        serialize_i32(value: i32) -> ()
        serialize_i64(value: i64) -> ()
        serialize_i128(value: i128) -> ()
        serialize_u8(value: u8) -> ()
        serialize_u16(value: u16) -> ()
        serialize_u32(value: u32) -> ()
        serialize_u64(value: u64) -> ()
        serialize_u128(value: u128) -> ()
        serialize_f32(value: f32) -> ()
        serialize_f64(value: f64) -> ()
        serialize_char(value: char) -> ()
        serialize_str(value: &str) -> ()
        serialize_bytes(value: &[u8]) -> ()
        serialize_none() -> ()
        serialize_unit() -> ()
        serialize_unit_struct(name: &'static str) -> ()
        serialize_unit_variant(of: &'static str, index: u32, name: &'static str) -> ()
        serialize_seq(len: Option<usize>) -> List<'a, Hash>
        serialize_map(len: Option<usize>) -> List<'a, Hash>
        serialize_tuple(len: usize) -> Parts<'a, Hash>
        serialize_tuple_struct(name: &'static str, len: usize) -> Parts<'a, Hash>
        serialize_tuple_variant(
            of: &'static str, index: u32, name: &'static str, len: usize
        ) -> Parts<'a, Hash>
        serialize_struct_variant(
            of: &'static str, index: u32, name: &'static str, len: usize
        ) -> Parts<'a, Hash>
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        of: &'static str,
        index: u32,
        name: &'static str,
        value: &T,
    ) -> Result<(), WriteError> {
        self.whole()
            .serialize_newtype_variant(of, index, name, value)
    }

    fn collect_str<T: ?Sized + std::fmt::Display>(self, value: &T) -> Result<(), WriteError> {
        self.whole().collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

impl SerializeStruct for Outermost<'_> {
    type Ok = ();
    type Error = WriteError;

    #[inline(always)]
    fn serialize_field<T: ?Sized + Serialize>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), WriteError> {
        let mut facts = Hash::default();
        let writer = Writer {
            postcard: self.postcard,
            facts: &mut facts,
        };
        value
            .serialize(writer)
            .map_err(|error| error.in_field(name))?;
        let Written {
            outline,
            layout,
            ends,
            ..
        } = self.written;
        layout.push(outline.field(name, facts));
        if self.postcard.output.sorted {
            ends.push((name, self.postcard.output.bytes.len()));
        }
        Ok(())
    }

    fn skip_field(&mut self, name: &'static str) -> Result<(), WriteError> {
        Err(WriteError::skipped(name))
    }

    fn end(self) -> Result<(), WriteError> {
        Ok(())
    }
}
