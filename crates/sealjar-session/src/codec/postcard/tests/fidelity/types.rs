//! Types that serde writes in another way than it reads them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::Old;

#[derive(Default, Deserialize, Serialize)]
pub(super) struct SkipsEmpty {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nickname: Option<u32>,
    pub(super) count: u32,
}

#[derive(Default, Deserialize, Serialize)]
pub(super) struct SkipsOneOfTwins {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) first: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) second: Option<u32>,
}

/// serde does not tell its serializer which field of these is left out.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct SkipsNameless(
    #[serde(default, skip_serializing_if = "Option::is_none")] pub(super) Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")] pub(super) Option<u32>,
);

#[derive(Default, Deserialize, Serialize)]
pub(super) struct Flattens {
    #[serde(flatten)]
    pub(super) inner: Old,
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
pub(super) enum Untagged {
    Number(u32),
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "kind")]
pub(super) enum Tagged {
    Number { value: u32 },
}

#[derive(Default, Deserialize, Serialize)]
pub(super) struct Holds<T> {
    pub(super) before: u32,
    pub(super) held: T,
}

pub(super) fn holds<T>(held: T) -> Holds<T> {
    Holds { before: 7, held }
}

#[derive(Default, Deserialize, Serialize)]
pub(super) struct HidesOneWay {
    #[serde(skip_serializing)]
    pub(super) _hidden: u32,
    #[serde(default)]
    pub(super) count: u32,
}

/// Asks the format what comes next, as `rust_decimal` does, and postcard cannot say.
pub(super) struct Decimal(pub(super) u32);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl serde::de::Visitor<'_> for Visitor {
            type Value = Decimal;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Decimal, E> {
                text.parse().map(Decimal).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// Refuses a value with a message of its own.
pub(super) struct Refuses;

impl Serialize for Refuses {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("of no use after noon"))
    }
}

impl<'de> Deserialize<'de> for Refuses {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

/// One half of serde skips a variant that the other half counts.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) enum Skipped {
    #[default]
    Guest,
    #[serde(skip)]
    #[expect(dead_code, reason = "whatever it is, it is never written")]
    Machine,
    Moderator,
    Admin,
    Owner,
}

#[derive(Default, Deserialize, Serialize)]
pub(super) struct WritesWhatItNeverReads {
    pub(super) number: u32,
    #[serde(skip_deserializing)]
    pub(super) forgotten: u32,
}

/// Its two halves are hand-written, and one of them was changed.
#[derive(Deserialize)]
#[serde(from = "Swapped")]
pub(super) struct Swaps {
    pub(super) first: u32,
    pub(super) second: u32,
}

#[derive(Deserialize)]
#[serde(rename = "Swaps")]
struct Swapped {
    second: u32,
    first: u32,
}

impl From<Swapped> for Swaps {
    fn from(Swapped { second, first }: Swapped) -> Self {
        Self { first, second }
    }
}

impl Serialize for Swaps {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Swaps", 2)?;
        fields.serialize_field("first", &self.first)?;
        fields.serialize_field("second", &self.second)?;
        fields.end()
    }
}

/// Like [`Swaps`], but no name shows it: the same bytes come back in another order.
#[derive(Serialize)]
pub(super) struct SwapsUnseen {
    pub(super) first: u8,
    pub(super) second: u8,
}

impl<'de> Deserialize<'de> for SwapsUnseen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "SwapsUnseen")]
        struct Swapped {
            first: u8,
            second: u8,
        }
        let Swapped { first, second } = Swapped::deserialize(deserializer)?;
        Ok(Self {
            first: second,
            second: first,
        })
    }
}
