//! Can postcard carry this type without changing it?
//!
//! postcard writes no names, so a field that is left out when it is empty shifts all that follow, and
//! what needs names to be read (`flatten`, untagged enums, `serde_json::Value`) cannot be read back.
//! Such a type is refused when its jar is built, not when a visitor's session turns into another.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// Encodes, decodes, encodes again and compares; returns what went wrong.
pub(crate) fn check<T: Serialize + DeserializeOwned>(value: &T) -> Result<(), String> {
    value
        .serialize(Probe)
        .map_err(|SkipsField(reason)| reason)?;
    let bytes = super::encode(value).map_err(|error| format!("it cannot be encoded: {error}"))?;
    let decoded = super::decode::<T>(&bytes)
        .map_err(|error| format!("its own encoding cannot be decoded: {error}"))?;
    if decoded.tail_len > 0 {
        return Err("decoding leaves part of its own encoding over".into());
    }
    let again = super::encode(&decoded.value)
        .map_err(|error| format!("it cannot be encoded a second time: {error}"))?;
    // Hash maps and sets may come back in another order, so the bytes need only be the same ones.
    if sorted(&bytes) == sorted(&again) {
        Ok(())
    } else {
        Err("it changes when it is encoded, decoded and encoded again".into())
    }
}

fn sorted(bytes: &[u8]) -> Vec<u8> {
    let mut sorted = bytes.to_vec();
    sorted.sort_unstable();
    sorted
}

/// Walks a value and writes nothing. Finds fields that `skip_serializing_if` leaves out: with two of
/// one type, the bytes of one are read as the other, and encoding again cannot tell.
#[derive(Clone, Copy)]
struct Probe;

#[derive(Debug)]
struct SkipsField(String);

impl std::fmt::Display for SkipsField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SkipsField {}

impl Error for SkipsField {
    fn custom<M: std::fmt::Display>(message: M) -> Self {
        Self(message.to_string())
    }
}

type Probed = Result<(), SkipsField>;

impl SkipsField {
    fn named(field: &'static str) -> Probed {
        Err(Self(format!(
            "its field `{field}` is left out by `skip_serializing_if`, remove that attribute"
        )))
    }
}

macro_rules! writes_nothing {
    ($($method:ident($type:ty))*) => {$(
        fn $method(self, _: $type) -> Probed {
            Ok(())
        }
    )*};
}

impl Serializer for Probe {
    type Ok = ();
    type Error = SkipsField;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    writes_nothing! {
        serialize_bool(bool) serialize_char(char) serialize_str(&str) serialize_bytes(&[u8])
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) serialize_i128(i128)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_u128(u128)
        serialize_f32(f32) serialize_f64(f64) serialize_unit_struct(&'static str)
    }

    fn serialize_none(self) -> Probed {
        Ok(())
    }

    fn serialize_unit(self) -> Probed {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Probed {
        Ok(())
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Probed {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Probed {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Probed {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, SkipsField> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, SkipsField> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, SkipsField> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, SkipsField> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, SkipsField> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, SkipsField> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, SkipsField> {
        Ok(self)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

macro_rules! walks_elements {
    ($($trait:ident::$method:ident)*) => {$(
        impl $trait for Probe {
            type Ok = ();
            type Error = SkipsField;

            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Probed {
                value.serialize(*self)
            }

            fn end(self) -> Probed {
                Ok(())
            }
        }
    )*};
}

walks_elements! {
    SerializeSeq::serialize_element
    SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

macro_rules! walks_fields {
    ($($trait:ident)*) => {$(
        impl $trait for Probe {
            type Ok = ();
            type Error = SkipsField;

            fn serialize_field<T: ?Sized + Serialize>(
                &mut self,
                _: &'static str,
                value: &T,
            ) -> Probed {
                value.serialize(*self)
            }

            fn skip_field(&mut self, field: &'static str) -> Probed {
                SkipsField::named(field)
            }

            fn end(self) -> Probed {
                Ok(())
            }
        }
    )*};
}

walks_fields! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Probe {
    type Ok = ();
    type Error = SkipsField;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Probed {
        key.serialize(*self)
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Probed {
        value.serialize(*self)
    }

    fn end(self) -> Probed {
        Ok(())
    }
}
