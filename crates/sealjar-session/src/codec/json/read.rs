//! How does a JSON object become a value, and which of its members does the type know?

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::Error;

use super::scan::Member;

/// Reads a whole session.
pub(super) struct Outermost<'de> {
    text: &'de str,
    members: &'de [Member<'de>],
    /// The names that a struct reads. Any other type reads all of them.
    fields: Option<&'static [&'static str]>,
    /// How many members have been read.
    read: usize,
}

impl<'de> Outermost<'de> {
    pub(super) fn new(body: &'de [u8], members: &'de [Member<'de>]) -> Option<Self> {
        Some(Self {
            text: std::str::from_utf8(body).ok()?,
            members,
            fields: None,
            read: 0,
        })
    }

    /// Returns whether the type reads members of this name.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.fields.is_none_or(|fields| fields.contains(&name))
    }

    /// Returns the member at which reading stopped.
    pub(super) fn stuck_in(&self) -> Option<&str> {
        self.fields?;
        self.members.get(self.read).map(|it| &*it.name)
    }

    /// Reads a type that is not a struct.
    fn whole(&self) -> serde_json::Deserializer<serde_json::de::StrRead<'de>> {
        serde_json::Deserializer::from_str(self.text)
    }
}

macro_rules! reads_whole {
    ($($method:ident($($name:ident: $type:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(
            self,
            $($name: $type,)*
            visitor: V,
        ) -> Result<V::Value, Error> {
            self.whole().$method($($name,)* visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Outermost<'de> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.fields = Some(fields);
        visitor.visit_map(self)
    }

    /// An object without members is `None`.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.members.is_empty() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.members.is_empty() {
            visitor.visit_unit()
        } else {
            self.whole().deserialize_unit(visitor)
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    reads_whole! {
        deserialize_any() deserialize_bool()
        deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64() deserialize_i128()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64() deserialize_char() deserialize_str() deserialize_string()
        deserialize_bytes() deserialize_byte_buf() deserialize_seq() deserialize_map()
        deserialize_identifier() deserialize_ignored_any()
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }
}

impl<'de> MapAccess<'de> for &mut Outermost<'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let member = self.members.get(self.read);
        member
            .map(|member| seed.deserialize(BorrowedStrDeserializer::new(&member.name)))
            .transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let text = self.members.get(self.read).map_or("", |it| it.value);
        let mut value = serde_json::Deserializer::from_str(text);
        let read = seed.deserialize(&mut value)?;
        value.end()?;
        self.read += 1;
        Ok(read)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.members.len() - self.read)
    }
}
