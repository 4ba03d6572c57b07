//! What can a session type be made of? Every shape that serde has, and those that serialise in odd ways.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arbitrary::Arbitrary;
use sealjar_session::SessionData;
use serde::{Deserialize, Serialize};

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

impl SessionData for Everything {}

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

#[derive(Arbitrary, Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Unit;

#[derive(Arbitrary, Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Newtype(pub i64);

#[derive(Arbitrary, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Tuple(pub u8, pub String);

/// A number that equals itself even when it is none.
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

/// Bytes as serde calls them, which are no sequence of numbers.
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
