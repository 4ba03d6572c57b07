//! Which changes of a type change its layout, and which do not?

mod builds;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::builds::released::{Item, Role, Session};
use self::builds::*;
use super::super::facts::{Facts as _, Hash, Plain};
use super::super::layout::Outline;
use super::super::{ReadError, encode};
use super::{decode, layout};
use crate::envelope::Body;

fn session(role: Role) -> Session {
    Session {
        name: "admin".into(),
        role,
        cart: vec![Item { id: 1, count: 1 }],
    }
}

/// Each of two builds refuses what the other wrote, and what the other made of its own bytes.
fn is_refused<Other: Serialize + DeserializeOwned + Debug>(role: Role) {
    let read = decode::<_, Other>(&session(role.clone()));
    let error = read
        .map(|it| it.value)
        .expect_err(std::any::type_name::<Other>());
    // If the bytes cannot be read at all, there is nothing to compare.
    assert!(
        matches!(error, ReadError::OtherLayout | ReadError::Undecodable),
        "{error:?}"
    );
    let encoded = encode(&session(role)).unwrap();
    if let Ok(value) = postcard::from_bytes::<Other>(&encoded.bytes) {
        assert_eq!(
            error,
            ReadError::OtherLayout,
            "postcard alone reads {value:?}"
        );
        decode::<_, Session>(&value).expect_err("and the other way round");
    }
}

#[test]
fn every_change_but_growth_is_another_layout() {
    let member = || Role::Member(7);
    is_refused::<renamed_field::Session>(Role::Guest);
    is_refused::<renamed_field_with_alias::Session>(Role::Guest);
    is_refused::<renamed_type::Visitor>(Role::Guest);
    is_refused::<renamed_type_of_a_field::Session>(Role::Guest);
    is_refused::<inner_fields_swapped::Session>(Role::Guest);
    is_refused::<variant_inserted::Session>(member());
    is_refused::<variant_renamed::Session>(member());
    is_refused::<variant_removed::Session>(member());
    is_refused::<field_of_a_variant_renamed::Session>(Role::Admin { since: 7 });
    is_refused::<signed::Session>(member());
    is_refused::<field_inserted::Session>(Role::Guest);
    is_refused::<field_removed::Session>(Role::Guest);
    is_refused::<option_around_a_field::Session>(Role::Guest);
}

/// The negative control: postcard alone reads most of these, and takes one type for the other.
#[test]
fn postcard_alone_takes_one_for_the_other() {
    let bytes = encode(&session(Role::Member(7))).unwrap().bytes;
    let blocked: variant_inserted::Session = postcard::from_bytes(&bytes).unwrap();
    assert!(format!("{blocked:?}").contains("Blocked(7)"), "{blocked:?}");
    let moderator: variant_renamed::Session = postcard::from_bytes(&bytes).unwrap();
    assert!(
        format!("{moderator:?}").contains("Moderator(7)"),
        "{moderator:?}"
    );
    let admin: variant_removed::Session = postcard::from_bytes(&bytes).unwrap();
    assert!(format!("{admin:?}").contains("Admin(7)"), "{admin:?}");
    let signed: signed::Session = postcard::from_bytes(&bytes).unwrap();
    assert!(format!("{signed:?}").contains("Member(-4)"), "{signed:?}");
}

#[test]
fn fields_and_variants_that_are_appended_are_no_other_layout() {
    let grown = decode::<_, grown::Session>(&session(Role::Member(7))).unwrap();
    assert_eq!(grown.value.role, grown::Role::Member(7));
    let newer = grown::Session {
        theme: Some(grown::Theme { dark: true }),
        role: grown::Role::Admin { since: 7 },
        ..grown.value
    };
    let known = decode::<_, Session>(&newer).unwrap();
    assert_eq!(known.value.role, Role::Admin { since: 7 });
    assert_eq!((known.tail.len, known.tail.fields), (2, 1));
    // A variant that this build does not know is refused, and never read as another.
    let owner = grown::Session {
        role: grown::Role::Owner("ada".into()),
        ..newer
    };
    decode::<_, Session>(&owner).unwrap_err();
}

/// What an older build writes goes back to the newer build, followed by the newer build's bytes.
#[test]
fn a_tail_and_its_layout_fit_behind_whatever_an_older_build_writes() {
    let newer = grown::Session {
        theme: Some(grown::Theme { dark: true }),
        ..grown::Session::default()
    };
    let newer = encode(&newer).unwrap();
    for role in [Role::Guest, Role::Member(300), Role::Admin { since: 1 }] {
        let older = encode(&session(role)).unwrap();
        let layout = [&older.layout[..], &newer.layout[3..]].concat();
        let bytes = [&older.bytes[..], &newer.bytes[newer.bytes.len() - 2..]].concat();
        let body = Body {
            layout: &layout,
            bytes: &bytes,
        };
        let value = super::super::decode::<grown::Session>(body).unwrap().value;
        assert_eq!(value.theme, Some(grown::Theme { dark: true }));
        assert_eq!(value.name, "admin");
    }
}

#[test]
fn a_wider_number_and_another_collection_are_no_other_layout() {
    let wider = decode::<_, wider::Session>(&session(Role::Member(7)))
        .unwrap()
        .value;
    assert_eq!(wider.role, wider::Role::Member(7));
    assert_eq!(
        decode::<_, Session>(&wider).unwrap().value,
        session(Role::Member(7))
    );
}

#[test]
fn what_stands_around_the_outermost_struct_belongs_to_the_layout() {
    #[derive(Debug, Deserialize, Serialize)]
    struct One<T>(T);
    #[derive(Debug, Deserialize, Serialize)]
    struct Other<T>(T);
    let value = session(Role::Guest);
    for result in [
        decode::<_, One<Session>>(&One(&value)).map(|_| ()),
        decode::<_, Option<One<Session>>>(&Some(One(&value))).map(|_| ()),
        decode::<_, One<Option<Session>>>(&One(Some(&value))).map(|_| ()),
    ] {
        assert_eq!(result, Ok(()));
    }
    for result in [
        decode::<_, Other<Session>>(&One(&value)).map(|_| ()),
        decode::<_, Session>(&One(&value)).map(|_| ()),
        decode::<_, One<Session>>(&value).map(|_| ()),
        decode::<_, One<Option<Session>>>(&Some(One(&value))).map(|_| ()),
    ] {
        assert_eq!(result, Err(ReadError::OtherLayout));
    }
}

#[test]
fn a_value_that_is_no_struct_has_one_byte_for_all_of_it() {
    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    enum Visitor {
        Guest,
        Member { name: String },
    }
    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    #[serde(rename = "Visitor")]
    enum Renamed {
        Guest,
        Admin { name: String },
    }
    let member = Visitor::Member { name: "ada".into() };
    assert_eq!(layout(&member).len(), 1);
    assert_eq!(layout(&None::<Session>).len(), 1);
    assert_eq!(layout(&()).len(), 1);
    assert_eq!(layout(&(1, "two", 3.0)).len(), 1);
    assert_eq!(layout(&BTreeMap::from([(1, 2)])).len(), 1);
    assert_eq!(decode::<_, Visitor>(&member).unwrap().value, member);
    assert_eq!(
        decode::<_, Renamed>(&Visitor::Guest).unwrap().value,
        Renamed::Guest
    );
    let error = decode::<_, Renamed>(&member).map(|it| it.value);
    assert_eq!(error, Err(ReadError::OtherLayout));
    // The same tuple type with its two elements swapped.
    let error = decode::<_, (u8, i8)>(&(1_i8, 1_u8)).map(|it| it.value);
    assert_eq!(error, Err(ReadError::OtherLayout));
    // `None` has one layout and `Some` another, and both belong to one type.
    assert_ne!(
        layout(&None::<Session>),
        layout(&Some(session(Role::Guest)))[..1]
    );
    let none = decode::<_, Option<Session>>(&None::<Session>).unwrap();
    assert_eq!((none.value, none.tail.fields), (None, 0));
}

#[test]
fn a_struct_of_no_fields_may_grow_some() {
    #[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
    #[serde(rename = "Empty")]
    struct Empty {}
    #[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
    #[serde(rename = "Empty")]
    struct NoLonger {
        #[serde(default)]
        visits: u32,
    }
    assert_eq!(
        decode::<_, NoLonger>(&Empty {}).unwrap().value,
        NoLonger::default()
    );
    let known = decode::<_, Empty>(&NoLonger { visits: 7 }).unwrap();
    assert_eq!((known.tail.len, known.tail.fields), (1, 1));
}

#[test]
fn the_order_of_a_hash_map_is_no_part_of_the_layout() {
    let roles = |n: u32| match n % 3 {
        0 => Role::Guest,
        1 => Role::Member(n),
        _ => Role::Admin { since: n },
    };
    let map: HashMap<u32, Role> = (0..100).map(|n| (n, roles(n))).collect();
    let again: HashMap<u32, Role> = map.clone().into_iter().collect();
    let (one, other) = (encode(&map).unwrap(), encode(&again).unwrap());
    assert_ne!(one.bytes, other.bytes);
    assert_eq!((one.layout, one.exact), (other.layout, other.exact));
}

/// Reports one layout when written and another when read, and can be read from what it wrote.
#[derive(Debug, PartialEq)]
struct Lopsided(u32);

impl Serialize for Lopsided {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct("Lopsided", &self.0)
    }
}

impl<'de> Deserialize<'de> for Lopsided {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(|it| Self(u32::try_from(it).unwrap_or_default()))
    }
}

#[test]
fn a_type_whose_halves_use_other_names_goes_by_those_that_it_writes() {
    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Holds {
        #[serde(alias = "a", alias = "z")]
        middle: Lopsided,
        #[serde(rename(serialize = "out", deserialize = "in"))]
        both: u8,
    }
    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    #[serde(rename = "Holds")]
    struct Renamed {
        #[serde(alias = "middle", alias = "z")]
        a: Lopsided,
        #[serde(rename(serialize = "out", deserialize = "in"))]
        both: u8,
    }
    let value = Holds {
        middle: Lopsided(7),
        both: 1,
    };
    assert_eq!(encode(&value).unwrap().check(&value), Ok(()));
    assert_eq!(decode::<_, Holds>(&value).unwrap().value, value);
    // Aliases are for formats that have names. Here a renamed field is another field.
    let error = decode::<_, Renamed>(&value).map(|it| it.value);
    assert_eq!(error, Err(ReadError::OtherLayout));
}

/// serde lists an alias among the names of a struct, so the names alone would match: `a`, `b`, `x`.
#[test]
fn an_alias_is_not_taken_for_the_field_that_had_its_name() {
    #[derive(Serialize)]
    #[serde(rename = "Session")]
    struct Released {
        a: u8,
        b: u8,
        x: u8,
    }
    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    #[serde(rename = "Session")]
    struct Changed {
        a: u8,
        #[serde(alias = "b")]
        x: u8,
        #[serde(default)]
        y: u8,
    }
    let read = decode::<_, Changed>(&Released { a: 1, b: 2, x: 3 });
    assert_eq!(read.map(|it| it.value), Err(ReadError::OtherLayout));
    let own = Changed { a: 1, x: 2, y: 3 };
    assert_eq!(decode::<_, Changed>(&own).unwrap().value, own);
}

/// One byte distinguishes 255 of 256 other layouts, and each further field 255 of 256 of the rest.
#[test]
fn names_of_any_length_make_bytes_that_are_spread() {
    let byte = |name: &'static str| Outline::default().field(name, Hash::plain(Plain::Text));
    let mut seen = [0_u32; 256];
    for length in 1..=24 {
        for n in 0..400 {
            let name = format!("{n:0length$}");
            seen[usize::from(byte(Box::leak(name.into_boxed_str())))] += 1;
        }
    }
    // 37.5 of each are expected.
    let (least, most) = (seen.iter().min().unwrap(), seen.iter().max().unwrap());
    assert!(*least > 10 && *most < 80, "{least} to {most}");
}
