//! Which fields may the outermost struct lack or have in addition, which layouts are equal, and
//! which values do not survive?

mod fidelity;
mod layouts;
mod vectors;

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{ReadError, encode, encodes_to};
use crate::envelope::Body;

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename = "Person")]
struct Old {
    name: String,
    visits: u32,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename = "Person")]
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

/// Reads one build's encoding of a value as another build's type.
fn decode<A: Serialize, B: Serialize + DeserializeOwned>(
    from: &A,
) -> Result<super::Decoded<B>, ReadError> {
    super::decode(encode(from).unwrap().body())
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    encode(value).unwrap().bytes
}

fn layout(value: &impl Serialize) -> Vec<u8> {
    encode(value).unwrap().layout
}

/// Whether these bytes can be read in this layout.
fn is_read<T: Serialize + DeserializeOwned>(layout: &[u8], bytes: &[u8]) -> bool {
    super::decode::<T>(Body { layout, bytes }).is_ok()
}

/// Checks that one value's encoding reads as another, with a tail and `Some`s around it.
fn reads<A: Serialize, B: Serialize + DeserializeOwned + Debug + PartialEq>(
    from: &A,
    to: &B,
    tail: usize,
    options: usize,
) {
    let decoded = decode::<A, B>(from).unwrap();
    assert_eq!(
        (&decoded.value, decoded.tail.len, decoded.tail.options),
        (to, tail, options)
    );
    assert_eq!(decoded.tail.fields, if tail == 0 { 0 } else { 2 });
}

#[test]
fn both_builds_read_each_other_alone_and_inside_options_and_newtypes() {
    let grown = New {
        roles: vec![],
        theme: None,
        ..new()
    };
    let tail = bytes(&new()).len() - bytes(&old()).len();
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
    // In a struct one level deeper, a tuple, a list or an enum, no field may be missing or added.
    #[derive(Debug, Deserialize, Serialize)]
    struct Holds<T> {
        inner: T,
    }
    #[derive(Debug, Deserialize, Serialize)]
    enum Either<T> {
        Left(T),
    }
    fn all<A: Serialize + Clone, B: Serialize + DeserializeOwned>(from: &A) -> [bool; 4] {
        [
            decode::<_, Holds<B>>(&Holds { inner: from }).is_ok(),
            decode::<_, (B,)>(&(from,)).is_ok(),
            decode::<_, Vec<B>>(&vec![from]).is_ok(),
            decode::<_, Either<B>>(&Either::Left(from)).is_ok(),
        ]
    }
    assert_eq!(all::<Old, New>(&old()), [false; 4]);
    assert_eq!(all::<New, Old>(&new()), [false; 4]);
    assert_eq!(all::<New, New>(&new()), [true; 4]);
    // Only the outermost struct has a tail.
    fn with_tail<T: Serialize + DeserializeOwned>(value: &T) -> bool {
        let more = |it: &[u8]| [it, b"x"].concat();
        is_read::<T>(&more(&layout(value)), &more(&bytes(value)))
            || is_read::<T>(&layout(value), &more(&bytes(value)))
    }
    assert!(!with_tail(&7_u32));
    assert!(!with_tail(&(7_u32,)));
    assert!(!with_tail(&Wrapped(7_u32)));
    assert!(
        !with_tail(&None::<Old>),
        "a tail after None belongs to nobody"
    );
    assert!(!with_tail(&Either::Left(old())));
    assert!(with_tail(&Some(Wrapped(old()))));
    // If a byte of the layout is missing, the bytes cannot be assigned to a field.
    assert!(!is_read::<Old>(
        &layout(&old()),
        &[&bytes(&old())[..], b"x"].concat()
    ));
}

#[test]
fn fields_are_there_as_many_as_the_layout_says() {
    let encoded = encode(&new()).unwrap();
    let ends = [
        (2, bytes(&old()).len()),
        (3, bytes(&(old(), vec!["admin"])).len()),
        (4, encoded.bytes.len()),
    ];
    for fields in 0..=4 {
        for cut in 0..=encoded.bytes.len() {
            // A field without a default is never missing; a field with one may be.
            assert_eq!(
                is_read::<New>(&encoded.layout[..fields], &encoded.bytes[..cut]),
                ends.contains(&(fields, cut)),
                "{fields} in {cut}"
            );
        }
    }
}

/// Such a field has no bytes in the body, but it has its byte in the layout.
#[test]
fn fields_that_take_no_bytes_may_be_last_and_may_be_appended() {
    #[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
    #[serde(rename = "Person")]
    struct Marked {
        name: String,
        visits: u32,
        #[serde(default)]
        nothing: (),
    }
    #[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
    #[serde(rename = "Person")]
    struct MarkedAndMore {
        name: String,
        visits: u32,
        #[serde(default)]
        nothing: (),
        #[serde(default)]
        more: [u8; 2],
    }
    let marked = Marked {
        name: "ada".into(),
        visits: 300,
        nothing: (),
    };
    assert_eq!(encode(&marked).unwrap().check(&marked), Ok(()));
    let known = decode::<_, Old>(&marked).unwrap();
    assert_eq!(
        (known.value, known.tail.len, known.tail.fields),
        (old(), 0, 1)
    );
    assert_eq!(decode::<_, Marked>(&old()).unwrap().value, marked);
    let more = decode::<_, MarkedAndMore>(&marked).unwrap().value;
    assert_eq!(more.more, [0, 0]);
    assert_eq!(decode::<_, Marked>(&more).unwrap().tail.len, 2);
}

#[test]
fn the_tail_stays_with_the_somes_it_came_with() {
    let keeps =
        |value: &Option<Option<Old>>, options| encode(value).unwrap().keeps_options(options);
    assert!(keeps(&Some(Some(old())), 2));
    assert!(!keeps(&Some(None), 2));
    assert!(!keeps(&None, 2));
    assert!(!keeps(&None, 1));
    assert!(encode(&old()).unwrap().keeps_options(0));
    // A name of one letter begins like `Some`: only as many bytes count as there were `Some`s.
    assert!(keeps(
        &Some(Some(Old {
            name: "x".into(),
            visits: 0
        })),
        2
    ));
}

#[test]
fn a_value_encodes_to_its_own_bytes_and_to_no_others() {
    let value = new();
    let bytes = bytes(&value);
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

#[test]
fn the_bytes_are_postcards() {
    let value = Wrapped(Some(new()));
    assert_eq!(bytes(&value), postcard::to_allocvec(&value).unwrap());
    assert_eq!(
        postcard::from_bytes::<Wrapped<Option<New>>>(&bytes(&value)).unwrap(),
        value
    );
}
