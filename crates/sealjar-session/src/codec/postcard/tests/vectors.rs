//! Are layouts those of the second implementation?

use serde::ser::{
    Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant,
};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::super::encode;

#[test]
fn every_layout_is_that_of_the_second_implementation() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../../../vectors/session_v2.json")).unwrap();
    let cases = vectors["session_layout"]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 13);
    for case in cases {
        let encoded = encode(&Told(&case["value"])).unwrap();
        let hex = |bytes: &[u8]| -> String { bytes.iter().map(|it| format!("{it:02x}")).collect() };
        let why = case["why"].as_str().unwrap();
        assert_eq!(hex(&encoded.bytes), case["body"].as_str().unwrap(), "{why}");
        assert_eq!(
            hex(&encoded.layout),
            case["layout"].as_str().unwrap(),
            "{why}"
        );
    }
}

/// A value that reports to its serializer what a vector lists.
struct Told<'a>(&'a Value);

impl<'a> Told<'a> {
    fn at(&self, at: usize) -> &'a Value {
        &self.0[at]
    }

    fn inner(&self, at: usize) -> Self {
        Self(self.at(at))
    }

    fn name(&self, at: usize) -> &'static str {
        self.at(at).as_str().unwrap().to_owned().leak()
    }

    fn values(&self, at: usize) -> &'a [Value] {
        self.at(at).as_array().unwrap()
    }

    fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(&self) -> T {
        let text = match self.at(1) {
            Value::String(text) => text.clone(),
            number => number.to_string(),
        };
        text.parse().unwrap()
    }
}

impl Serialize for Told<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let index = || u32::try_from(self.at(2).as_u64().unwrap()).unwrap();
        match self.at(0).as_str().unwrap() {
            "bool" => to.serialize_bool(self.at(1).as_bool().unwrap()),
            "u8" => to.serialize_u8(self.number()),
            "u16" => to.serialize_u16(self.number()),
            "u32" => to.serialize_u32(self.number()),
            "u64" => to.serialize_u64(self.number()),
            "u128" => to.serialize_u128(self.number()),
            "i8" => to.serialize_i8(self.number()),
            "i16" => to.serialize_i16(self.number()),
            "i32" => to.serialize_i32(self.number()),
            "i64" => to.serialize_i64(self.number()),
            "i128" => to.serialize_i128(self.number()),
            "f32" => to.serialize_f32(self.number()),
            "f64" => to.serialize_f64(self.number()),
            "char" => to.serialize_char(self.name(1).parse().unwrap()),
            "str" => to.serialize_str(self.name(1)),
            "bytes" => {
                let hex = self.name(1);
                let byte = |at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
                to.serialize_bytes(&(0..hex.len() / 2).map(byte).collect::<Vec<_>>())
            }
            "unit" => to.serialize_unit(),
            "none" => to.serialize_none(),
            "some" => to.serialize_some(&self.inner(1)),
            "unit_struct" => to.serialize_unit_struct(self.name(1)),
            "newtype_struct" => to.serialize_newtype_struct(self.name(1), &self.inner(2)),
            "seq" => {
                let mut parts = to.serialize_seq(Some(self.values(1).len()))?;
                let mut values = self.values(1).iter();
                values.try_for_each(|it| parts.serialize_element(&Told(it)))?;
                parts.end()
            }
            "map" => {
                let mut parts = to.serialize_map(Some(self.values(1).len()))?;
                let mut values = self.values(1).iter();
                values.try_for_each(|it| parts.serialize_entry(&Told(&it[0]), &Told(&it[1])))?;
                parts.end()
            }
            "tuple" => {
                let mut parts = to.serialize_tuple(self.values(1).len())?;
                let mut values = self.values(1).iter();
                values.try_for_each(|it| parts.serialize_element(&Told(it)))?;
                parts.end()
            }
            "tuple_struct" => {
                let mut parts = to.serialize_tuple_struct(self.name(1), self.values(2).len())?;
                let mut values = self.values(2).iter();
                values.try_for_each(|it| parts.serialize_field(&Told(it)))?;
                parts.end()
            }
            "struct" => {
                let mut parts = to.serialize_struct(self.name(1), self.values(2).len())?;
                for field in self.values(2) {
                    parts.serialize_field(Told(field).name(0), &Told(&field[1]))?;
                }
                parts.end()
            }
            "unit_variant" => to.serialize_unit_variant(self.name(1), index(), self.name(3)),
            "newtype_variant" => {
                to.serialize_newtype_variant(self.name(1), index(), self.name(3), &self.inner(4))
            }
            "tuple_variant" => {
                let len = self.values(4).len();
                let mut parts =
                    to.serialize_tuple_variant(self.name(1), index(), self.name(3), len)?;
                let mut values = self.values(4).iter();
                values.try_for_each(|it| parts.serialize_field(&Told(it)))?;
                parts.end()
            }
            "struct_variant" => {
                let len = self.values(4).len();
                let mut parts =
                    to.serialize_struct_variant(self.name(1), index(), self.name(3), len)?;
                for field in self.values(4) {
                    parts.serialize_field(Told(field).name(0), &Told(&field[1]))?;
                }
                parts.end()
            }
            other => Err(S::Error::custom(format!(
                "{other} is no method of a serializer"
            ))),
        }
    }
}
