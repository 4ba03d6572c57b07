//! Where does the outermost struct end, when another build wrote it with more or fewer fields?
//!
//! postcard writes a struct as its fields and nothing else. The layout that goes along with it has a byte
//! for each, so that a reader knows how many there are, and whether they are its own. The outermost struct
//! alone may have fewer fields than the type, or more.

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::Body;
use super::facts::{Facts, Hash, Plain};
use super::layout::Outline;
use super::read::{Input, Reader};

/// Reads a whole session, and compares its layout with the one that goes along.
pub(super) struct Outermost<'de> {
    input: Input<'de>,
    layout: &'de [u8],
    outline: Outline,
    /// How many bytes of the layout have been compared.
    compared: usize,
    differs: bool,
    options: usize,
    whole: Hash,
    fields: Option<&'static [&'static str]>,
    /// How many fields the type has asked for.
    asked: usize,
}

/// What was seen on the way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// How many bytes at the end belong to fields that the type does not have.
    pub(super) tail_len: usize,
    /// How many such fields there are.
    pub(super) tail_fields: usize,
    /// How many `Option`s around the struct said `Some`.
    pub(super) options: usize,
    /// Whether the type says something else of what it has read than the layout that goes along.
    pub(super) differs: bool,
    pub(super) exact: u64,
}

impl<'de> Outermost<'de> {
    pub(super) fn new(body: Body<'de>) -> Self {
        Self {
            input: Input::new(body.bytes),
            layout: body.layout,
            outline: Outline::default(),
            compared: 0,
            differs: false,
            options: 0,
            whole: Hash::default(),
            fields: None,
            asked: 0,
        }
    }

    pub(super) const fn differs(&self) -> bool {
        self.differs
    }

    /// Returns the field in which reading came to an end.
    pub(super) fn stuck_in(&self) -> Option<&'static str> {
        self.fields?.get(self.compared).copied()
    }

    pub(super) fn finish(&mut self) -> postcard::Result<Seen> {
        match self.fields {
            None => {
                let byte = self.outline.whole(self.whole);
                self.compare(byte);
            }
            // Serde tells aliases among the names, and then a name may stand at another field's position.
            Some(names) => self.differs |= self.asked < names.len(),
        }
        let tail_fields = self.layout.len() - self.compared.min(self.layout.len());
        let may_have_a_tail = tail_fields > 0 && self.fields.is_some();
        let left = self.input.finish()?.len();
        if !may_have_a_tail && (tail_fields > 0 || left > 0) {
            return Err(postcard::Error::DeserializeBadEncoding);
        }
        Ok(Seen {
            tail_len: left,
            tail_fields,
            options: self.options,
            differs: self.differs,
            exact: self.outline.exact,
        })
    }

    #[inline]
    fn compare(&mut self, byte: u8) {
        self.differs |= self.layout.get(self.compared) != Some(&byte);
        self.compared += 1;
    }

    /// Reads what is no struct and holds none that may grow.
    #[inline]
    fn whole(&mut self) -> Reader<'_, 'de, Hash> {
        Reader {
            input: &mut self.input,
            facts: &mut self.whole,
        }
    }
}

macro_rules! reads_whole {
    ($($method:ident($($name:ident: $type:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(
            self,
            $($name: $type,)*
            visitor: V,
        ) -> postcard::Result<V::Value> {
            self.whole().$method($($name,)* visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Outermost<'de> {
    type Error = postcard::Error;

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> postcard::Result<V::Value> {
        self.outline.structure(name);
        self.fields = Some(fields);
        visitor.visit_seq(Fields {
            outermost: self,
            fields,
        })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> postcard::Result<V::Value> {
        if !self.input.is_some()? {
            self.whole = Hash::plain(Plain::None);
            return visitor.visit_none();
        }
        self.options += 1;
        self.outline.some();
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> postcard::Result<V::Value> {
        self.outline.newtype(name);
        visitor.visit_newtype_struct(self)
    }

    reads_whole! {
        deserialize_any() deserialize_bool()
        deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64() deserialize_i128()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64() deserialize_char() deserialize_str() deserialize_string()
        deserialize_bytes() deserialize_byte_buf() deserialize_unit() deserialize_seq()
        deserialize_map() deserialize_identifier() deserialize_ignored_any()
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_unit_struct(name: &'static str)
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// The fields of the outermost struct, as many as its layout says.
struct Fields<'a, 'de> {
    outermost: &'a mut Outermost<'de>,
    fields: &'static [&'static str],
}

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = postcard::Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> postcard::Result<Option<S::Value>> {
        self.outermost.asked += 1;
        let at = self.outermost.compared;
        if at == self.outermost.layout.len() {
            return Ok(None);
        }
        let mut facts = Hash::default();
        let value = seed.deserialize(Reader {
            input: &mut self.outermost.input,
            facts: &mut facts,
        });
        if value.is_ok() {
            let name = self.fields.get(at).copied().unwrap_or_default();
            let byte = self.outermost.outline.field(name, facts);
            self.outermost.compare(byte);
        }
        value.map(Some)
    }
}
