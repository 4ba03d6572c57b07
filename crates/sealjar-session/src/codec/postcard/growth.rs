//! Where does the outermost struct end, when another build wrote it with more or fewer fields?
//!
//! postcard writes a struct as its fields and nothing else. The layout beside the body has a byte
//! for each field, so a reader knows how many there are and whether they are its own. Only the
//! outermost struct may have fewer or more fields than the type.

use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::facts::{Facts, Hash, Plain};
use super::layout::Outline;
use super::read::{Input, Reader};
use super::{ReadError, Tail};
use crate::envelope::Body;

/// Reads a whole session, and compares its layout with the one beside the body.
pub(super) struct Outermost<'de> {
    input: Input<'de>,
    met: Met<'de>,
    options: usize,
    whole: Hash,
    fields: Option<&'static [&'static str]>,
}

/// How far the layout has been compared.
#[derive(Clone, Copy)]
struct Met<'de> {
    layout: &'de [u8],
    outline: Outline,
    /// How many bytes of the layout have been compared.
    compared: usize,
    differs: bool,
    /// How many fields the type has asked for.
    asked: usize,
}

impl Met<'_> {
    #[inline(always)]
    fn compare(&mut self, byte: u8) {
        self.differs |= self.layout.get(self.compared) != Some(&byte);
        self.compared += 1;
    }
}

/// What reading has found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// The fields that the type does not have.
    pub(super) tail: Tail,
    /// Whether the type reports another layout than the one beside the body.
    pub(super) differs: bool,
    pub(super) exact: u64,
}

impl<'de> Outermost<'de> {
    pub(super) fn new(body: Body<'de>) -> Self {
        Self {
            input: Input::new(body.bytes),
            met: Met {
                layout: body.layout,
                outline: Outline::default(),
                compared: 0,
                differs: false,
                asked: 0,
            },
            options: 0,
            whole: Hash::default(),
            fields: None,
        }
    }

    /// Returns why the body cannot be read.
    #[cold]
    pub(super) const fn refusal(&self) -> ReadError {
        if self.met.differs {
            ReadError::OtherLayout
        } else {
            ReadError::Undecodable
        }
    }

    /// Returns the field at which reading stopped.
    pub(super) fn stuck_in(&self) -> Option<&'static str> {
        self.fields?.get(self.met.compared).copied()
    }

    pub(super) fn finish(&mut self) -> postcard::Result<Seen> {
        match self.fields {
            None => {
                let byte = self.met.outline.whole(self.whole);
                self.met.compare(byte);
            }
            // serde lists aliases among the names, so a name may be at another field's position.
            Some(names) => self.met.differs |= self.met.asked < names.len(),
        }
        let fields = self.met.layout.len();
        let tail_fields = fields - self.met.compared.min(fields);
        let may_have_a_tail = tail_fields > 0 && self.fields.is_some();
        let left = self.input.finish()?.len();
        if !may_have_a_tail && (tail_fields > 0 || left > 0) {
            return Err(postcard::Error::DeserializeBadEncoding);
        }
        Ok(Seen {
            tail: Tail {
                len: left,
                fields: tail_fields,
                options: self.options,
            },
            differs: self.met.differs,
            exact: self.met.outline.exact,
        })
    }

    /// Reads a type that is not a struct and contains none that may grow.
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
        self.met.outline.structure(name);
        self.fields = Some(fields);
        // Where the visitor is inlined, this copy is kept in registers. It begins with the zeros
        // that are always here: then the compiler knows each field's name, and hashes it itself.
        let mut met = Met {
            compared: 0,
            asked: 0,
            ..self.met
        };
        let value = visitor.visit_seq(Fields {
            input: &mut self.input,
            met: &mut met,
            fields,
        });
        self.met = met;
        value
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> postcard::Result<V::Value> {
        if !self.input.is_some()? {
            self.whole = Hash::plain(Plain::None);
            return visitor.visit_none();
        }
        self.options += 1;
        self.met.outline.some();
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> postcard::Result<V::Value> {
        self.met.outline.newtype(name);
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
    input: &'a mut Input<'de>,
    met: &'a mut Met<'de>,
    fields: &'static [&'static str],
}

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = postcard::Error;

    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> postcard::Result<Option<S::Value>> {
        let Self { input, met, fields } = self;
        met.asked += 1;
        let at = met.compared;
        if at == met.layout.len() {
            return Ok(None);
        }
        let mut facts = Hash::default();
        let value = seed.deserialize(Reader {
            input,
            facts: &mut facts,
        })?;
        let name = fields.get(at).copied().unwrap_or_default();
        let byte = met.outline.field(name, facts);
        met.compare(byte);
        Ok(Some(value))
    }

    #[inline(always)]
    fn next_element<T: Deserialize<'de>>(&mut self) -> postcard::Result<Option<T>> {
        self.next_element_seed(PhantomData)
    }
}
