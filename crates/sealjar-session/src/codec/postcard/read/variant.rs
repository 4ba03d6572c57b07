//! How is the variant of an enum read?

use serde::de::value::U32Deserializer;
use serde::de::{DeserializeSeed, EnumAccess, IntoDeserializer, VariantAccess, Visitor};

use super::super::facts::{Facts, Form, Head, Place, Variant};
use super::Reader;

/// A variant whose number has been read.
pub(super) struct Chosen<'a, 'de, F: Facts> {
    pub(super) reader: Reader<'a, 'de, F>,
    pub(super) variant: Variant,
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
        self.reader
            .parts(head, len, Place::At, |parts| visitor.visit_seq(parts))
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
