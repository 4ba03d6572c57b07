//! Does a value contain something that JSON writes as `null` although it is not nothing?
//!
//! `NaN`, an infinity, `Some(None)` and `Some(())` all become `null`, which is read back as `None`.
//! That is written as `null` again, so comparing the texts does not show the loss.

use std::fmt;

use serde::Serialize;
use serde::ser::{
    self, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// Walks through a value.
///
/// # Errors
/// The first loss.
pub(super) fn check<T: Serialize>(value: &T) -> Result<(), Loss> {
    value.serialize(Walk).map(drop)
}

/// What would be lost, and in which field of the outermost struct.
#[derive(Debug)]
pub(super) struct Loss {
    field: Option<&'static str>,
    what: String,
}

impl Loss {
    fn new(what: impl Into<String>) -> Self {
        Self {
            field: None,
            what: what.into(),
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            Some(field) => write!(f, "its field `{field}` {}", self.what),
            None => write!(f, "it {}", self.what),
        }
    }
}

impl std::error::Error for Loss {}

impl ser::Error for Loss {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self::new(format!("cannot be encoded: {message}"))
    }
}

/// A serializer that writes nothing and reports whether JSON has only `null` for a value.
struct Walk;

type IsNull = Result<bool, Loss>;

fn number(is_finite: bool) -> IsNull {
    if is_finite {
        Ok(false)
    } else {
        Err(Loss::new("is a number that JSON does not have"))
    }
}

macro_rules! plain {
    ($($method:ident($($type:ty),*) $is_null:literal)*) => {$(
        fn $method(self, $(_: $type),*) -> IsNull {
            Ok($is_null)
        }
    )*};
}

macro_rules! begins {
    ($($method:ident($($type:ty),*))*) => {$(
        fn $method(self, $(_: $type),*) -> Result<Self, Loss> {
            Ok(self)
        }
    )*};
}

impl Serializer for Walk {
    type Ok = bool;
    type Error = Loss;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    plain! {
        serialize_bool(bool) false
        serialize_i8(i8) false serialize_i16(i16) false serialize_i32(i32) false
        serialize_i64(i64) false serialize_i128(i128) false
        serialize_u8(u8) false serialize_u16(u16) false serialize_u32(u32) false
        serialize_u64(u64) false serialize_u128(u128) false
        serialize_char(char) false serialize_str(&str) false serialize_bytes(&[u8]) false
        serialize_none() true serialize_unit() true serialize_unit_struct(&'static str) true
        serialize_unit_variant(&'static str, u32, &'static str) false
    }

    begins! {
        serialize_seq(Option<usize>)
        serialize_tuple(usize)
        serialize_tuple_struct(&'static str, usize)
        serialize_tuple_variant(&'static str, u32, &'static str, usize)
        serialize_map(Option<usize>)
        serialize_struct(&'static str, usize)
        serialize_struct_variant(&'static str, u32, &'static str, usize)
    }

    fn serialize_f32(self, value: f32) -> IsNull {
        number(value.is_finite())
    }

    fn serialize_f64(self, value: f64) -> IsNull {
        number(value.is_finite())
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> IsNull {
        if value.serialize(self)? {
            Err(Loss::new(
                "is `Some` of what JSON writes as `null`, which is read as `None`",
            ))
        } else {
            Ok(false)
        }
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> IsNull {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> IsNull {
        value.serialize(self)?;
        Ok(false)
    }

    fn collect_str<T: ?Sized + fmt::Display>(self, _: &T) -> IsNull {
        Ok(false)
    }
}

macro_rules! walks_parts {
    ($($trait:ident::$method:ident)*) => {$(
        impl $trait for Walk {
            type Ok = bool;
            type Error = Loss;

            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Loss> {
                value.serialize(Self).map(drop)
            }

            fn end(self) -> IsNull {
                Ok(false)
            }
        }
    )*};
}

walks_parts! {
    SerializeSeq::serialize_element
    SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

macro_rules! walks_fields {
    ($($trait:ident)*) => {$(
        impl $trait for Walk {
            type Ok = bool;
            type Error = Loss;

            fn serialize_field<T: ?Sized + Serialize>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Loss> {
                value.serialize(Self).map(drop).map_err(|loss| Loss {
                    field: Some(name),
                    ..loss
                })
            }

            fn end(self) -> IsNull {
                Ok(false)
            }
        }
    )*};
}

walks_fields! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Walk {
    type Ok = bool;
    type Error = Loss;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, _: &T) -> Result<(), Loss> {
        Ok(())
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Loss> {
        value.serialize(Self).map(drop)
    }

    fn end(self) -> IsNull {
        Ok(false)
    }
}
