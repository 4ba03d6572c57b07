//! Which values survive, though they look as if they might not?

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize, Serializer};

use super::super::super::{decode, encode};
use super::super::{Old, old};
use super::check;
use super::types::*;

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
