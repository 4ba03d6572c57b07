//! Which values do not come back as they were written, and what does the error say?

mod carried;
mod types;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use self::types::*;
use super::super::{decode, encode};

fn check<T: Serialize + DeserializeOwned>(value: &T) -> Result<(), String> {
    let encoded = encode(value).map_err(|error| error.to_string())?;
    encoded.check(value)
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
