//! Is JSON read as SPEC.md says, and does every value come back unchanged?

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{decode, encode};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../vectors/session_json_v1.json")).unwrap()
}

fn text<T: Serialize>(value: &T) -> String {
    String::from_utf8(encode(value).unwrap().text).unwrap()
}

/// Encodes a value and checks it; returns what is wrong.
fn written<T: Serialize + DeserializeOwned>(value: &T) -> Result<(), String> {
    encode(value)?.check::<T>()
}

#[test]
fn every_body_that_opens_is_read_and_written_again_with_the_same_meaning() {
    let vectors = vectors();
    let cases = vectors["opens"].as_array().unwrap();
    for case in cases {
        let body = case["body"].as_str().unwrap().as_bytes();
        let decoded = decode::<BTreeMap<String, Value>>(body).unwrap();
        let value = Value::from_iter(decoded.value);
        assert_eq!(value, normal(&case["session"], &value), "{case}");
        assert_eq!(written(&value), Ok(()), "{case}");
        assert_eq!(
            decode::<Value>(text(&value).as_bytes()).unwrap().value,
            value
        );
    }
    assert_eq!(cases.len(), 21);
}

/// Python writes the float 1000.0 and the integer 1000 as different kinds of number; both are one
/// value.
fn normal(expected: &Value, found: &Value) -> Value {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => expected
            .iter()
            .map(|(name, value)| (name.clone(), normal(value, &found[name])))
            .collect(),
        (Value::Number(expected), Value::Number(found)) if expected.as_f64() == found.as_f64() => {
            found.clone().into()
        }
        _ => expected.clone(),
    }
}

#[test]
fn every_body_that_is_refused_is_no_session() {
    let vectors = vectors();
    let (mut bodies, mut serde_takes) = (0, 0);
    for case in vectors["refused"].as_array().unwrap() {
        let payload = case["payload"].as_str().unwrap();
        // Schema, id and revision take ten bytes in the cases that are about the body.
        let Some(body) = payload.get(20..).and_then(|rest| rest.strip_prefix("00")) else {
            continue;
        };
        if case["kind"] != "undecodable" {
            continue;
        }
        bodies += 1;
        let body = unhex(body);
        assert!(decode::<Value>(&body).is_none(), "{case}");
        serde_takes += u32::from(serde_json::from_slice::<Value>(&body).is_ok());
    }
    // The negative control: a parser alone lets these through.
    assert_eq!((bodies, serde_takes), (85, 25));
}

fn unhex(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    bytes.map(byte).collect()
}

#[test]
fn what_the_vectors_call_unwritable_is_not_written() {
    let vectors = vectors();
    let cases = vectors["unwritable"].as_array().unwrap();
    for case in cases {
        assert!(encode(&case["value"]).is_err(), "{case}");
    }
    assert_eq!(cases.len(), 6);
}

#[test]
fn members_that_a_type_does_not_read_follow_what_it_writes() {
    #[derive(Debug, Default, Deserialize, Serialize)]
    #[serde(default)]
    struct NameVisits {
        name: String,
        visits: u32,
    }
    #[derive(Debug, Default, Deserialize, Serialize)]
    struct OfUser {
        user: Id,
    }
    #[derive(Debug, Default, Deserialize, Serialize)]
    struct Id {
        id: u32,
    }
    #[derive(Debug, Default, Deserialize, Serialize)]
    struct Name {
        name: String,
    }
    #[derive(Debug, Deserialize, Serialize)]
    struct NameKind {
        name: String,
        #[serde(skip_deserializing, default = "web")]
        kind: String,
    }
    fn web() -> String {
        "web".into()
    }
    #[derive(Debug, Default, Deserialize, Serialize)]
    struct Nothing {}
    #[derive(Debug, Default, Deserialize, Serialize)]
    struct NameNick {
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nick: Option<String>,
    }
    fn rewritten<T: Serialize + DeserializeOwned>(case: &Value, change: fn(&mut T)) -> [String; 2] {
        let body = case["body"].as_str().unwrap().as_bytes();
        let mut decoded = decode::<T>(body).unwrap();
        change(&mut decoded.value);
        let encoded = encode(&decoded.value).unwrap();
        assert_eq!(encoded.check::<T>(), Ok(()));
        let written = encoded.with(&decoded.unknown);
        assert!(decode::<T>(&written).is_some());
        [written, encoded.with(&[])].map(|it| String::from_utf8(it.into_owned()).unwrap())
    }
    let vectors = vectors();
    let cases = vectors["kept"].as_array().unwrap();
    let found = [
        rewritten(&cases[0], |it: &mut NameVisits| it.visits = 2),
        rewritten(&cases[1], |_: &mut OfUser| {}),
        rewritten(&cases[2], |it: &mut Name| it.name = "bob".into()),
        rewritten(&cases[3], |_: &mut NameKind| {}),
        rewritten(&cases[4], |_: &mut Nothing| {}),
        rewritten(&cases[5], |it: &mut NameNick| it.nick = None),
    ];
    assert_eq!(cases.len(), found.len());
    for (case, found) in cases.iter().zip(found) {
        let expected = ["written", "after_renew"].map(|it| case[it].as_str().unwrap());
        assert_eq!(found, expected, "{case}");
    }
}

#[test]
fn nothing_is_an_empty_object_and_has_no_members_that_others_know() {
    assert_eq!(text(&None::<Value>), "{}");
    assert_eq!(text(&()), "{}");
    assert_eq!(written(&None::<BTreeMap<String, u8>>), Ok(()));
    assert_eq!(written(&()), Ok(()));
    assert!(decode::<()>(b"{\"a\":1}").is_none());
    let nothing = encode(&None::<Value>).unwrap();
    assert!(!nothing.may_precede_others());
    // `Some` of a value without members would be read as `None`.
    let said = written(&Some(BTreeMap::<String, u8>::new())).unwrap_err();
    assert!(said.contains("read as nothing"), "{said}");
    assert_eq!(
        written(&Some(BTreeMap::from([("a".to_owned(), 1)]))),
        Ok(())
    );
}

#[test]
fn a_newtype_and_an_enum_are_read_and_what_is_no_object_is_not_written() {
    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Wrapped(Option<Inner>);
    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Inner {
        n: u8,
    }
    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    enum Visitor {
        Guest,
        Member { since: u32 },
    }
    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        Guest,
        Member { since: u32 },
    }
    assert_eq!(written(&Wrapped(Some(Inner { n: 7 }))), Ok(()));
    assert_eq!(written(&Wrapped(None)), Ok(()));
    let known = decode::<Wrapped>(b"{\"n\":7,\"m\":1}").unwrap();
    assert_eq!(known.value, Wrapped(Some(Inner { n: 7 })));
    assert_eq!(known.unknown.len(), 1);
    assert_eq!(written(&Visitor::Member { since: 7 }), Ok(()));
    assert_eq!(written(&Tagged::Guest), Ok(()));
    assert_eq!(written(&Tagged::Member { since: 7 }), Ok(()));
    for said in [
        written(&Visitor::Guest),
        written(&vec![1]),
        written(&"text".to_owned()),
        written(&7),
        written(&(1, 2)),
    ] {
        assert_eq!(said, Err("it is no JSON object".into()));
    }
}

/// A value that would come back changed is not written. The error names the field and shows no
/// value.
#[test]
fn what_json_loses_is_named() {
    #[derive(Debug, Default, Deserialize, Serialize)]
    struct Holds<T> {
        secret: T,
    }
    fn said<T: Serialize + DeserializeOwned>(secret: T) -> String {
        let said = written(&Holds { secret }).unwrap_err();
        assert!(said.contains("field `secret`"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        said
    }
    assert!(said(f64::NAN).contains("a number that JSON does not have"));
    assert!(said(Some(f32::INFINITY)).contains("a number that JSON does not have"));
    assert!(said(vec![(1, Some(f64::NAN))]).contains("a number that JSON does not have"));
    assert!(said(Some(None::<u8>)).contains("read as `None`"));
    assert!(said(Some(())).contains("read as `None`"));
    assert!(said(BTreeMap::from([(1, Some(Value::Null))])).contains("read as `None`"));
    assert!(said(1_u64 << 53).contains("beyond 2^53 - 1"));
    assert!(said(-1_i64 << 53).contains("beyond 2^53 - 1"));
    assert!(said(u128::MAX).contains("beyond 2^53 - 1"));
    assert!(said(1e300).contains("beyond 2^53 - 1"));
    assert_eq!(
        written(&Holds {
            secret: (1_u64 << 53) - 1
        }),
        Ok(())
    );
    assert_eq!(
        written(&Holds {
            secret: (None::<u8>, -0.0, f32::MIN_POSITIVE, 0.1)
        }),
        Ok(())
    );

    /// Reads a value that it never writes.
    #[derive(Debug, Default, Deserialize, Serialize)]
    struct Turns {
        #[serde(serialize_with = "as_text")]
        secret: u32,
    }
    fn as_text<S: serde::Serializer>(_: &u32, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("hunter2")
    }
    let said = written(&Turns::default()).unwrap_err();
    assert_eq!(
        said,
        "the JSON of its field `secret` cannot be decoded: the type refuses it"
    );
    /// Leaves a field out whose absence its default does not restore.
    #[derive(Debug, Deserialize, Serialize)]
    struct Skips {
        #[serde(default = "one", skip_serializing_if = "is_zero")]
        secret: u32,
    }
    fn one() -> u32 {
        1
    }
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
    fn is_zero(number: &u32) -> bool {
        *number == 0
    }
    let said = written(&Skips { secret: 0 }).unwrap_err();
    assert!(said.contains("field `secret` changes when"), "{said}");
    assert_eq!(written(&Skips { secret: 7 }), Ok(()));

    /// A flattened map may have a member of a field's name.
    #[derive(Debug, Default, Deserialize, Serialize)]
    struct Flattens {
        name: String,
        #[serde(flatten)]
        rest: BTreeMap<String, u8>,
    }
    let twins = Flattens {
        rest: BTreeMap::from([("name".to_owned(), 1)]),
        ..Flattens::default()
    };
    assert_eq!(
        written(&twins),
        Err("it has two members of one name".into())
    );
}

#[test]
fn hash_maps_and_sets_may_come_back_in_another_order_and_lists_are_told_from_others() {
    #[derive(Debug, Default, Deserialize, Serialize)]
    struct Bag {
        counts: HashMap<String, Vec<u8>>,
        tags: HashSet<u32>,
    }
    let bag = Bag {
        counts: (0..50).map(|at| (at.to_string(), vec![at, at])).collect(),
        tags: (0..50).collect(),
    };
    assert_eq!(written(&bag), Ok(()));
    // The negative control: that order does change.
    let again = decode::<Bag>(text(&bag).as_bytes()).unwrap().value;
    assert!(!encode(&bag).unwrap().is_of(&again));
    assert!(encode(&bag).unwrap().is_of(&bag));
}
