use serde::{Deserialize, Serialize};

use super::compare;
use crate::data::SessionData;

/// Declares one build's types.
macro_rules! build {
    ($build:ident($schema:literal) { $($field:tt)* } $item:item { $($variant:tt)* }) => {
        mod $build {
            use super::*;

            #[derive(Clone, Default, Deserialize, Serialize)]
            pub(super) struct Session { $($field)* }

            #[derive(Clone, Default, Deserialize, Serialize)]
            $item

            #[derive(Clone, Default, Deserialize, Serialize)]
            pub(super) enum Role { $($variant)* }

            impl SessionData for Session {
                const SCHEMA: u16 = $schema;
            }
        }
    };
}

build! {
    released(3) { pub(super) user: Option<User>, pub(super) roles: Vec<Role>, pub(super) pair: (u8, bool) }
    pub(super) struct User { pub(super) name: String }
    { #[default] Guest, Member { since: u32 } }
}
build! {
    grown(3) {
        pub(super) user: Option<User>, pub(super) roles: Vec<Role>, pub(super) pair: (u8, bool),
        #[serde(default)] pub(super) theme: Option<u8>
    }
    pub(super) struct User { pub(super) name: String }
    { #[default] Guest, Member { since: u32 }, Admin }
}
build! {
    changed(3) { pub(super) user: Option<User>, pub(super) roles: Vec<Role>, pub(super) pair: (u8, bool) }
    pub(super) struct User { pub(super) name: String, pub(super) nick: String }
    { #[default] Guest, Blocked, Member { since: u32 } }
}
build! {
    raised(4) { pub(super) user: Option<User>, pub(super) roles: Vec<Role>, pub(super) pair: (u8, bool) }
    pub(super) struct User { pub(super) name: String }
    { #[default] Guest, Member { since: u32 } }
}

macro_rules! values {
    ($build:ident $($user:tt)*) => {
        [
            $build::Session::default(),
            $build::Session {
                user: Some($build::User::default()),
                roles: vec![$build::Role::Guest, $build::Role::Member { since: 7 }],
                ..$build::Session::default()
            },
        ]
    };
}

const RELEASED: &str = "
    schema 3
    session: struct Session
    0 user: option
    0 user?: struct User { name }
    0 user?.name: text
    1 roles: list
    1 roles[]: enum Role
    1 roles[] = 0 Guest
    1 roles[] = 1 Member
    1 roles[]/Guest: nothing
    1 roles[]/Member: { since }
    1 roles[]/Member.since: unsigned
    2 pair: tuple of 2
    2 pair.0: u8
    2 pair.1: bool
";

#[test]
fn the_released_layout_is_no_news() {
    assert_eq!(compare(&values!(released), RELEASED), Ok(()));
}

#[test]
fn nothing_but_the_whole_layout_is_shown_where_none_was_kept() {
    let said = compare(&values!(released), " \n").unwrap_err();
    assert!(said.contains("has no released layout yet"), "{said}");
    // The layout in the message can be copied into a test.
    let (_, shown) = said.split_once("\n\n").unwrap();
    assert_eq!(compare(&values!(released), shown), Ok(()));
    assert!(shown.contains("\n1 roles[]/Member: { since }\n"), "{shown}");
}

#[test]
fn growth_is_told_from_change() {
    let said = compare(&values!(grown), RELEASED).unwrap_err();
    assert!(said.contains("has grown"), "{said}");
    assert!(
        said.contains("\n3 theme: option\n3 theme?: not seen\n"),
        "{said}"
    );
    assert!(said.contains("\n1 roles[] = 2 Admin\n"), "{said}");

    let said = compare(&values!(changed), RELEASED).unwrap_err();
    assert!(
        said.contains("refused as old_schema") && said.contains("raise SCHEMA"),
        "{said}"
    );
    for line in [
        "gone: 0 user?: struct User { name }",
        "new: 0 user?: struct User { name, nick }",
        "gone: 1 roles[] = 1 Member",
        "new: 1 roles[] = 1 Blocked",
    ] {
        assert!(said.contains(line), "{said}");
    }

    let said = compare(&values!(raised), RELEASED).unwrap_err();
    assert!(
        said.contains("has another SCHEMA") && said.contains("\nschema 4\n"),
        "{said}"
    );
}

/// They are read like those of a newer build: nothing is refused until another field takes their
/// place.
#[test]
fn fields_removed_at_the_end_are_told_from_any_other_change() {
    let grown = values!(grown);
    let shown = compare(&grown, "").unwrap_err();
    let (_, with_theme) = shown.split_once("\n\n").unwrap();
    // Like the released type, without the changes that the grown one has elsewhere.
    let with_theme = with_theme.replace("1 roles[] = 2 Admin\n", "");
    let said = compare(&values!(released), &with_theme).unwrap_err();
    assert!(
        said.contains("has lost its last fields")
            && said.contains("\ngone: 3 theme: option\n")
            && !said.contains("would be refused as old_schema. Undo"),
        "{said}"
    );
    // The same with one more thing missing, inside a field that is still there.
    let said = compare(
        &values!(released),
        &format!("{with_theme}\n1 roles[] = 2 Admin"),
    );
    assert!(said.unwrap_err().contains("raise SCHEMA"));
    let said = compare(&values!(changed), &with_theme).unwrap_err();
    assert!(said.contains("refused as old_schema. Undo"), "{said}");
}

/// Anything that no value shows is not held against the layout; anything no longer shown is.
#[test]
fn values_that_show_less_are_not_enough() {
    let few = [released::Session::default()];
    let said = compare(&few, RELEASED).unwrap_err();
    assert!(
        said.contains("give more of them") && said.contains("gone: 0 user?.name: text"),
        "{said}"
    );
    let unseen = "
        schema 3
        session: struct Session
        0 user: option
        0 user?: not seen
        1 roles: list
        1 roles[]: not seen
        2 pair: tuple of 2
        2 pair.0: u8
        2 pair.1: bool
    ";
    assert_eq!(compare(&few, unseen), Ok(()));
    let said = compare(&values!(released), unseen).unwrap_err();
    assert!(said.contains("has grown"), "{said}");
}

#[test]
fn what_stands_around_the_struct_and_what_is_no_struct_is_told_too() {
    let values = [None, Some(released::Session::default())];
    let said = compare::<Option<released::Session>>(&values, "").unwrap_err();
    assert!(
        said.contains("\nsession: option\nsession?: struct Session\n0 user: option\n"),
        "{said}"
    );

    #[derive(Clone, Default, Deserialize, Serialize)]
    enum Visitor {
        #[default]
        Guest,
        Member(u32, std::collections::BTreeMap<String, ()>),
    }
    impl SessionData for Visitor {}
    let member = Visitor::Member(7, [("key".to_owned(), ())].into());
    let said = compare(&[Visitor::Guest, member], "").unwrap_err();
    let (_, shown) = said.split_once("\n\n").unwrap();
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(
        lines,
        [
            "schema 0",
            "session: enum Visitor",
            "session = 0 Guest",
            "session = 1 Member",
            "session/Guest: nothing",
            "session/Member: tuple of 2",
            "session/Member.0: unsigned",
            "session/Member.1: map",
            "session/Member.1[]: tuple of 2",
            "session/Member.1[].0: text",
            "session/Member.1[].1: unit",
        ]
    );
}

#[test]
#[should_panic(expected = "its field `rest` cannot be encoded")]
fn a_value_that_does_not_survive_has_no_layout() {
    #[derive(Clone, Default, Deserialize, Serialize)]
    struct Holds {
        rest: Flattens,
    }
    #[derive(Clone, Default, Deserialize, Serialize)]
    struct Flattens {
        #[serde(flatten)]
        rest: std::collections::BTreeMap<String, String>,
    }
    impl SessionData for Holds {}
    super::assert_layout(&[Holds::default()], "");
}
