//! Which values do not come back as they were written, and what does the error say?

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::{decode, encode};
use super::{Old, old};

fn check<T: Serialize + DeserializeOwned>(value: &T) -> Result<(), String> {
    let encoded = encode(value).map_err(|error| error.to_string())?;
    encoded.check(value)
}

#[derive(Default, Deserialize, Serialize)]
struct SkipsEmpty {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nickname: Option<u32>,
    count: u32,
}

#[derive(Default, Deserialize, Serialize)]
struct SkipsOneOfTwins {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    second: Option<u32>,
}

/// serde does not tell its serializer which field of these is left out.
#[derive(Default, Deserialize, Serialize)]
struct SkipsNameless(
    #[serde(default, skip_serializing_if = "Option::is_none")] Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")] Option<u32>,
);

#[derive(Default, Deserialize, Serialize)]
struct Flattens {
    #[serde(flatten)]
    inner: Old,
}

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Untagged {
    Number(u32),
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "kind")]
enum Tagged {
    Number { value: u32 },
}

#[derive(Default, Deserialize, Serialize)]
struct Holds<T> {
    before: u32,
    held: T,
}

fn holds<T>(held: T) -> Holds<T> {
    Holds { before: 7, held }
}

#[derive(Default, Deserialize, Serialize)]
struct HidesOneWay {
    #[serde(skip_serializing)]
    _hidden: u32,
    #[serde(default)]
    count: u32,
}

/// Asks the format what comes next, as `rust_decimal` does, and postcard cannot say.
struct Decimal(u32);

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
struct Refuses;

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

#[test]
fn what_does_not_survive_is_named() {
    for (value, what) in [
        (
            check(&SkipsEmpty::default()),
            "its field `nickname` is left out by `skip_serializing_if`",
        ),
        (
            check(&SkipsOneOfTwins {
                first: None,
                second: Some(7),
            }),
            "its field `first` is left out",
        ),
        (
            check(&vec![SkipsEmpty::default()]),
            "its field `nickname` is left out",
        ),
        (
            check(&Some(BTreeMap::from([(1, SkipsEmpty::default())]))),
            "its field `nickname` is left out",
        ),
        (check(&Flattens::default()), "it cannot be encoded"),
        (
            check(&holds(Flattens::default())),
            "its field `held` cannot be encoded",
        ),
        (
            check(&holds(Refuses)),
            "its field `held` cannot be encoded: of no use after noon",
        ),
        (
            check(&Untagged::Number(1)),
            "its own encoding cannot be decoded",
        ),
        (
            check(&holds(Some(Untagged::Number(1)))),
            "its field `held` cannot be decoded: postcard has no names to read it by",
        ),
        (
            check(&holds(Some(Tagged::Number { value: 1 }))),
            "its field `held` cannot be decoded",
        ),
        (
            check(&holds(Some(Decimal(7)))),
            "its field `held` cannot be decoded",
        ),
        (
            check(&serde_json::Value::Null),
            "its own encoding cannot be decoded",
        ),
        (
            check(&holds(Some(serde_json::json!({"a": 1})))),
            "its field `held` cannot be decoded",
        ),
        (
            check(&HidesOneWay {
                _hidden: 0,
                count: 7,
            }),
            "its field `count` changes when it is encoded, decoded and encoded again",
        ),
        (
            check(&WritesWhatItNeverReads::default()),
            "it is written with the fields [number, forgotten] and read with [number]",
        ),
        (
            check(&holds(SkipsNameless(None, Some(1)))),
            "its field `held`",
        ),
        (
            check(&holds(Skipped::Moderator)),
            "its field `held` is written as variant 2 of `Skipped`, `Moderator`, and read as \
             variant 2 of `Skipped`, `Admin`,",
        ),
        (
            check(&holds(vec![(1, Some(Skipped::Moderator))])),
            "its field `held[].1` is written as variant 2 of `Skipped`, `Moderator`,",
        ),
        (
            check(&Swaps {
                first: 1,
                second: 2,
            }),
            "it is written with the fields [first, second] and read with [second, first]",
        ),
        (
            check(&SwapsUnseen {
                first: 1,
                second: 2,
            }),
            "changes when it is encoded, decoded and encoded again",
        ),
    ] {
        let reason = value.expect_err(what);
        assert!(reason.contains(what), "{reason}");
    }
}

/// One half of serde skips a variant that the other half counts.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
enum Skipped {
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
struct WritesWhatItNeverReads {
    number: u32,
    #[serde(skip_deserializing)]
    forgotten: u32,
}

/// Its two halves are hand-written, and one of them was changed.
#[derive(Deserialize)]
#[serde(from = "Swapped")]
struct Swaps {
    first: u32,
    second: u32,
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
struct SwapsUnseen {
    first: u8,
    second: u8,
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

/// The negative control for the bytes: an earlier check accepted the same bytes in any order,
/// because hash maps change theirs.
#[test]
fn the_same_bytes_in_another_order_are_another_value_unless_a_map_wrote_them() {
    let bytes = encode(&SwapsUnseen {
        first: 1,
        second: 2,
    })
    .unwrap();
    let again = encode(&decode::<SwapsUnseen>(bytes.body()).unwrap().value).unwrap();
    let sorted = |mut bytes: Vec<u8>| {
        bytes.sort_unstable();
        bytes
    };
    assert_ne!(bytes.bytes, again.bytes);
    assert_eq!(sorted(bytes.bytes), sorted(again.bytes));
}

/// The negative control for the error about a skipped field: in the bytes alone, two equal fields
/// swap places unnoticed.
#[test]
fn postcard_alone_lets_twins_change_places() {
    let twins = SkipsOneOfTwins {
        first: None,
        second: Some(7),
    };
    let bytes = postcard::to_allocvec(&twins).unwrap();
    let mut read = postcard::Deserializer::from_bytes(&bytes);
    let first = Option::<u32>::deserialize(&mut read).unwrap();
    assert_eq!(first, Some(7), "the second became the first");
    assert!(read.finalize().unwrap().is_empty());
}

/// The negative control for the variants: postcard alone turns a moderator into an admin.
#[test]
fn postcard_alone_makes_a_skipped_variant_the_next() {
    let bytes = postcard::to_allocvec(&Skipped::Moderator).unwrap();
    assert_eq!(
        postcard::from_bytes::<Skipped>(&bytes).unwrap(),
        Skipped::Admin
    );
}

#[test]
fn values_that_postcard_carries_are_not_refused() {
    #[derive(Default, Deserialize, Serialize)]
    struct Everything {
        map: HashMap<String, u64>,
        set: HashSet<u32>,
        sorted: BTreeMap<u8, BTreeSet<char>>,
        roles: HashMap<u8, Option<Skipped>>,
        float: f64,
        nested: Option<Option<Old>>,
        tuple: (i64, u128, [u8; 4]),
        #[serde(skip)]
        skipped_both_ways: u32,
        result: Option<Result<u8, String>>,
        ends: Option<std::time::Duration>,
        from: Option<std::net::IpAddr>,
        #[serde(alias = "earlier", alias = "later")]
        renamed: i16,
        last: Vec<bool>,
        nothing: (),
    }
    let mut value = Everything::default();
    check(&value).unwrap();
    value.map = (0..200).map(|n| (format!("key {n}"), n)).collect();
    value.set = (0..200).collect();
    value.sorted = BTreeMap::from([(1, BTreeSet::from(['a', '\u{1F36A}']))]);
    let role = |n| (n % 2 == 0).then_some(Skipped::Guest);
    value.roles = (0..100).map(|n| (n, role(n))).collect();
    value.float = f64::NAN;
    value.nested = Some(Some(old()));
    value.skipped_both_ways = 7;
    value.result = Some(Err("late".into()));
    value.ends = Some(std::time::Duration::from_millis(1500));
    value.from = Some([127, 0, 0, 1].into());
    check(&value).unwrap();
    check(&SkipsEmpty {
        nickname: Some(1),
        count: 2,
    })
    .unwrap();
    check(&()).unwrap();
    check(&Some("text".to_owned())).unwrap();
    check(&Skipped::Guest).unwrap();
}

/// Two hash maps with the same content rarely write it in the same order, so a check that compared
/// bytes in order would refuse them.
#[test]
fn hash_maps_do_come_back_in_another_order() {
    let map: HashMap<u32, u32> = (0..200).map(|n| (n, n)).collect();
    let bytes = encode(&map).unwrap();
    let again = encode(&decode::<HashMap<u32, u32>>(bytes.body()).unwrap().value).unwrap();
    assert_ne!(bytes.bytes, again.bytes);
    assert_eq!(bytes.check(&map), Ok(()));
}

/// Has one encoding for people and another for machines.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Address(std::net::IpAddr);

#[test]
fn a_type_that_is_written_in_two_ways_gets_the_one_for_machines() {
    let address = Address([127, 0, 0, 1].into());
    let encoded = encode(&address).unwrap();
    assert_eq!(encoded.bytes, [0, 127, 0, 0, 1]);
    assert_eq!(decode::<Address>(encoded.body()).unwrap().value, address);
    assert_eq!(check(&address), Ok(()));
}

/// Leaves a field out in formats for people.
#[derive(Debug, Deserialize, PartialEq)]
struct SkipsForPeople(u32);

impl Serialize for SkipsForPeople {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        if serializer.is_human_readable() {
            let mut fields = serializer.serialize_struct("SkipsForPeople", 0)?;
            fields.skip_field("number")?;
            return fields.end();
        }
        serializer.serialize_newtype_struct("SkipsForPeople", &self.0)
    }
}

#[test]
fn what_is_left_out_for_people_alone_is_no_fault() {
    assert_eq!(check(&SkipsForPeople(7)), Ok(()));
    assert_eq!(check(&holds(SkipsForPeople(7))), Ok(()));
}
