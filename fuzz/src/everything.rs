//! A session type with every shape that serde has, and some that serialize in odd ways.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arbitrary::Arbitrary;
use sealjar_session::SessionData;
use serde::{Deserialize, Serialize};

use crate::reference::{Told, layout_of_struct};

#[derive(Arbitrary, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Everything {
    pub flag: bool,
    pub signed: (i8, i16, i32, i64, i128),
    pub unsigned: (u8, u16, u32, u64, u128),
    pub single: Bits32,
    pub double: Bits64,
    pub letter: char,
    pub text: String,
    pub sequence: Vec<u8>,
    pub bytes: Bytes,
    pub array: [u16; 3],
    pub nothing: (),
    pub unit: Unit,
    pub newtype: Newtype,
    pub tuple: Tuple,
    pub inner: Option<Box<Self>>,
    pub twice: Option<Option<u8>>,
    pub map: BTreeMap<String, u32>,
    pub pairs: BTreeMap<(u8, bool), Vec<Choice>>,
    pub hashed: HashMap<u8, u16>,
    pub set: BTreeSet<i8>,
    pub choice: Choice,
    #[serde(with = "decimal")]
    pub decimal: u32,
    #[serde(default)]
    pub appended: Option<String>,
    #[serde(default)]
    pub appended_later: Vec<(u8, Option<bool>)>,
}

impl SessionData for Everything {
    /// Says that nobody logs in, so that a write keeps what a newer build has appended.
    fn subject(&self) -> Option<std::borrow::Cow<'_, str>> {
        None
    }
}

impl Everything {
    /// The number of fields before any was appended.
    pub const FIELDS_AT_FIRST: usize = 22;
    /// The number of fields.
    pub const FIELDS: usize = 24;

    /// Returns the layout that SPEC.md gives it.
    #[must_use]
    pub fn layout(&self) -> Vec<u8> {
        layout_of_struct("Everything", &self.told())
    }

    fn told(&self) -> Vec<(&'static str, Told)> {
        use Told as T;

        let pair = |choices: &Vec<Choice>| {
            let key = T::tuple([T::U8, T::BOOL]);
            (key, T::list(choices.iter().map(Choice::told)))
        };
        let twice = |inner: Option<u8>| T::option(inner.map(|_| T::U8));
        let later =
            |(_, flag): &(u8, Option<bool>)| T::tuple([T::U8, T::option(flag.map(|_| T::BOOL))]);
        let inner = self.inner.as_ref();
        vec![
            ("flag", T::BOOL),
            (
                "signed",
                T::tuple([T::I8, T::SIGNED, T::SIGNED, T::SIGNED, T::SIGNED]),
            ),
            (
                "unsigned",
                T::tuple([T::U8, T::UNSIGNED, T::UNSIGNED, T::UNSIGNED, T::UNSIGNED]),
            ),
            ("single", T::newtype("Bits32", T::F32)),
            ("double", T::newtype("Bits64", T::F64)),
            ("letter", T::TEXT),
            ("text", T::TEXT),
            ("sequence", T::list(self.sequence.iter().map(|_| T::U8))),
            ("bytes", T::BYTES),
            ("array", T::tuple([T::UNSIGNED, T::UNSIGNED, T::UNSIGNED])),
            ("nothing", T::UNIT),
            ("unit", T::unit_struct("Unit")),
            ("newtype", T::newtype("Newtype", T::SIGNED)),
            ("tuple", T::tuple_struct("Tuple", [T::U8, T::TEXT])),
            (
                "inner",
                T::option(inner.map(|it| T::structure("Everything", it.told()))),
            ),
            ("twice", T::option(self.twice.map(twice))),
            (
                "map",
                T::map(self.map.iter().map(|_| (T::TEXT, T::UNSIGNED))),
            ),
            ("pairs", T::map(self.pairs.values().map(pair))),
            (
                "hashed",
                T::map(self.hashed.iter().map(|_| (T::U8, T::UNSIGNED))),
            ),
            ("set", T::list(self.set.iter().map(|_| T::I8))),
            ("choice", self.choice.told()),
            ("decimal", T::TEXT),
            (
                "appended",
                T::option(self.appended.as_ref().map(|_| T::TEXT)),
            ),
            (
                "appended_later",
                T::list(self.appended_later.iter().map(later)),
            ),
        ]
    }
}

#[derive(Arbitrary, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub enum Choice {
    #[default]
    Unit,
    Newtype(u8),
    Tuple(u8, String),
    Struct {
        inner: Vec<u16>,
        deeper: Option<Box<Self>>,
    },
}

impl Choice {
    fn told(&self) -> Told {
        let (index, name, held) = match self {
            Self::Unit => (0, "Unit", Vec::new()),
            Self::Newtype(_) => (1, "Newtype", vec![Told::U8]),
            Self::Tuple(..) => (2, "Tuple", vec![Told::U8, Told::TEXT]),
            Self::Struct { inner, deeper } => {
                let inner = Told::list(inner.iter().map(|_| Told::UNSIGNED));
                let deeper = Told::option(deeper.as_ref().map(|it| it.told()));
                let fields = [("inner", inner), ("deeper", deeper)];
                return Told::struct_variant("Choice", 3, "Struct", fields);
            }
        };
        Told::variant("Choice", index, name, held)
    }
}

#[derive(Arbitrary, Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Unit;

#[derive(Arbitrary, Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Newtype(pub i64);

#[derive(Arbitrary, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Tuple(pub u8, pub String);

/// A number that equals itself even if it is NaN.
#[derive(Arbitrary, Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct Bits32(pub f32);

impl PartialEq for Bits32 {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

/// As [`Bits32`], of 64 bits.
#[derive(Arbitrary, Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct Bits64(pub f64);

impl PartialEq for Bits64 {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

/// Bytes in serde's sense, not a sequence of numbers.
#[derive(Arbitrary, Clone, Debug, Default, PartialEq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }

        deserializer.deserialize_byte_buf(Visitor)
    }
}

/// A number that travels as text.
mod decimal {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(number: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
