//! What the outermost struct may lack or carry too much, and which types do not survive.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{check_fidelity, decode, encode, encodes_to, same_options};

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Old {
    name: String,
    visits: u32,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct New {
    name: String,
    visits: u32,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    theme: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Wrapped<T>(T);

fn old() -> Old {
    Old {
        name: "ada".into(),
        visits: 300,
    }
}

fn new() -> New {
    New {
        name: "ada".into(),
        visits: 300,
        roles: vec!["admin".into()],
        theme: Some("dark".into()),
    }
}

/// Checks that one value's encoding reads as another, with a tail and `Some`s around it.
fn reads<A: Serialize, B: DeserializeOwned + Debug + PartialEq>(
    from: &A,
    to: &B,
    tail: usize,
    options: usize,
) {
    let decoded = decode::<B>(&encode(from).unwrap()).unwrap();
    assert_eq!(
        (&decoded.value, decoded.tail_len, decoded.options),
        (to, tail, options)
    );
}

#[test]
fn both_builds_read_each_other_alone_and_inside_options_and_newtypes() {
    let grown = New {
        roles: vec![],
        theme: None,
        ..new()
    };
    let tail = encode(&new()).unwrap().len() - encode(&old()).unwrap().len();
    reads(&old(), &grown, 0, 0);
    reads(&new(), &old(), tail, 0);
    reads(&Some(old()), &Some(grown.clone()), 0, 1);
    reads(&Some(new()), &Some(old()), tail, 1);
    reads(&None::<Old>, &None::<New>, 0, 0);
    reads(&None::<New>, &None::<Old>, 0, 0);
    reads(&Wrapped(old()), &Wrapped(grown.clone()), 0, 0);
    reads(&Wrapped(new()), &Wrapped(old()), tail, 0);
    reads(
        &Some(Wrapped(Some(new()))),
        &Some(Wrapped(Some(old()))),
        tail,
        2,
    );
    reads(&Wrapped(Some(old())), &Wrapped(Some(grown)), 0, 1);
}

#[test]
fn only_the_outermost_struct_may_end_early_or_leave_a_tail() {
    // One struct deeper, in a tuple, a list and an enum: nothing there may be missing.
    #[derive(Debug, Deserialize, Serialize)]
    struct Holds<T> {
        inner: T,
    }
    #[derive(Debug, Deserialize, Serialize)]
    enum Either<T> {
        Left(T),
    }
    let missing = |bytes: &[u8]| {
        decode::<Holds<New>>(bytes).is_err()
            && decode::<(New,)>(bytes).is_err()
            && decode::<Vec<New>>(&[&[1], bytes].concat()).is_err()
            && decode::<Either<New>>(&[&[0], bytes].concat()).is_err()
    };
    assert!(missing(&encode(&old()).unwrap()));
    assert!(!missing(&encode(&new()).unwrap()));
    // A tail is the outermost struct's alone.
    let too_long = [&encode(&7_u32).unwrap()[..], b"x"].concat();
    assert!(decode::<u32>(&too_long).is_err());
    assert!(decode::<(u32,)>(&too_long).is_err());
    assert!(decode::<Wrapped<u32>>(&too_long).is_err());
    assert!(
        decode::<Option<Old>>(b"\x00x").is_err(),
        "a tail after None belongs to nobody"
    );
    assert!(
        decode::<Either<Old>>(&[&encode(&Either::Left(old())).unwrap()[..], b"x"].concat())
            .is_err()
    );
}

#[test]
fn a_field_that_is_cut_in_the_middle_is_no_missing_field() {
    let bytes = encode(&new()).unwrap();
    let whole_fields = [
        encode(&old()).unwrap().len(),
        encode(&(old(), vec!["admin"])).unwrap().len(),
        bytes.len(),
    ];
    for cut in 0..=bytes.len() {
        // Fields without a default are never missing, and those with one are there or not.
        assert_eq!(
            decode::<New>(&bytes[..cut]).is_ok(),
            whole_fields.contains(&cut),
            "{cut}"
        );
    }
}

#[test]
fn the_tail_stays_with_the_somes_it_came_with() {
    let some = |value: &Option<Option<Old>>| encode(value).unwrap();
    let both = some(&Some(Some(old())));
    assert!(same_options(2, &both));
    assert!(!same_options(2, &some(&Some(None))));
    assert!(!same_options(2, &some(&None)));
    assert!(!same_options(1, &some(&None)));
    assert!(same_options(0, &encode(&old()).unwrap()));
    // A name of one letter begins as `Some` does: only as many bytes count as there were `Some`s.
    assert!(same_options(
        1,
        &encode(&Some(Old {
            name: String::new(),
            visits: 0
        }))
        .unwrap()
    ));
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
struct EndsInNothing {
    count: u32,
    nothing: (),
}

#[derive(Default, Deserialize, Serialize)]
struct HidesOneWay {
    #[serde(skip_serializing)]
    _hidden: u32,
    #[serde(default)]
    count: u32,
}

#[test]
fn types_that_postcard_changes_are_found() {
    for (value, why) in [
        (
            check_fidelity(&SkipsEmpty::default()),
            "`nickname` is left out",
        ),
        (
            check_fidelity(&SkipsOneOfTwins {
                first: None,
                second: Some(7),
            }),
            "`first` is left out",
        ),
        (
            check_fidelity(&vec![SkipsEmpty::default()]),
            "`nickname` is left out",
        ),
        (
            check_fidelity(&Some(BTreeMap::from([(1, SkipsEmpty::default())]))),
            "left out",
        ),
        (check_fidelity(&Flattens::default()), "cannot be encoded"),
        (check_fidelity(&Untagged::Number(1)), "cannot be decoded"),
        (
            check_fidelity(&Tagged::Number { value: 1 }),
            "cannot be decoded",
        ),
        (
            check_fidelity(&serde_json::Value::Null),
            "cannot be decoded",
        ),
        (
            check_fidelity(&Some(serde_json::json!({"a": 1}))),
            "cannot be decoded",
        ),
        (
            check_fidelity(&EndsInNothing::default()),
            "cannot be decoded",
        ),
        (
            check_fidelity(&HidesOneWay {
                _hidden: 0,
                count: 7,
            }),
            "it changes",
        ),
    ] {
        let reason = value.expect_err(why);
        assert!(reason.contains(why), "{reason}");
    }
}

/// The negative control for the walk over the fields: without it the twins' bytes come back as equal
/// bytes, in the other field.
#[test]
fn comparing_bytes_alone_does_not_see_twins_change_places() {
    let bytes = encode(&SkipsOneOfTwins {
        first: None,
        second: Some(7),
    })
    .unwrap();
    let decoded = decode::<SkipsOneOfTwins>(&bytes).unwrap().value;
    assert_eq!(
        (decoded.first, decoded.second),
        (Some(7), None),
        "the second became the first"
    );
    assert_eq!(encode(&decoded).unwrap(), bytes);
}

#[test]
fn types_that_postcard_carries_are_not_refused() {
    #[derive(Default, Deserialize, Serialize)]
    struct Everything {
        map: HashMap<String, u64>,
        set: HashSet<u32>,
        sorted: BTreeMap<u8, BTreeSet<char>>,
        float: f64,
        nested: Option<Option<Old>>,
        tuple: (i64, u128, [u8; 4]),
        #[serde(skip)]
        skipped_both_ways: u32,
        nothing: (),
        last: Vec<bool>,
    }
    let mut value = Everything::default();
    check_fidelity(&value).unwrap();
    value.map = (0..200).map(|n| (format!("key {n}"), n)).collect();
    value.set = (0..200).collect();
    value.sorted = BTreeMap::from([(1, BTreeSet::from(['a', '\u{1F36A}']))]);
    value.float = f64::NAN;
    value.nested = Some(Some(old()));
    value.skipped_both_ways = 7;
    check_fidelity(&value).unwrap();
    check_fidelity(&SkipsEmpty {
        nickname: Some(1),
        count: 2,
    })
    .unwrap();
    check_fidelity(&()).unwrap();
    check_fidelity(&Some("text".to_owned())).unwrap();
}

/// Two hash maps with the same content rarely write it in the same order, so a check that compared
/// bytes in order would refuse them.
#[test]
fn hash_maps_do_come_back_in_another_order() {
    let map: HashMap<u32, u32> = (0..200).map(|n| (n, n)).collect();
    let bytes = encode(&map).unwrap();
    let again = encode(&decode::<HashMap<u32, u32>>(&bytes).unwrap().value).unwrap();
    assert_ne!(bytes, again);
    check_fidelity(&map).unwrap();
}

#[test]
fn a_value_encodes_to_its_own_bytes_and_to_no_others() {
    let value = new();
    let bytes = encode(&value).unwrap();
    assert!(encodes_to(&value, &bytes));
    assert!(encodes_to(&(), b""));
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1;
        assert!(!encodes_to(&value, &other), "another byte at {at}");
        assert!(!encodes_to(&value, &bytes[..at]), "cut at {at}");
    }
    assert!(!encodes_to(&value, &[&bytes[..], b"\0"].concat()), "longer");
}
