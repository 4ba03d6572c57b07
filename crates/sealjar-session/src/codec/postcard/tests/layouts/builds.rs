//! The type of one session in several builds.

/// Declares a build's type inside a module, so that the types of two builds can have one name.
macro_rules! build {
    ($($build:ident { $($item:item)* })*) => {$(
        pub(super) mod $build {
            use serde::{Deserialize, Serialize};

            $(
                #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
                $item
            )*
        }
    )*};
}

build! {
    released {
        pub(crate) struct Session {
            pub(crate) name: String,
            pub(crate) role: Role,
            pub(crate) cart: Vec<Item>,
        }
        pub(crate) enum Role { #[default] Guest, Member(u32), Admin { since: u32 } }
        pub(crate) struct Item { pub(crate) id: u32, pub(crate) count: u32 }
    }
    renamed_field {
        pub(crate) struct Session {
            nick: String,
            role: super::released::Role,
            cart: Vec<super::released::Item>,
        }
    }
    renamed_field_with_alias {
        pub(crate) struct Session {
            #[serde(alias = "name")]
            nick: String,
            role: super::released::Role,
            cart: Vec<super::released::Item>,
        }
    }
    renamed_type {
        pub(crate) struct Visitor {
            name: String,
            role: super::released::Role,
            cart: Vec<super::released::Item>,
        }
    }
    renamed_type_of_a_field {
        pub(crate) struct Session {
            name: String,
            role: super::released::Role,
            cart: Vec<Line>,
        }
        pub(crate) struct Line { id: u32, count: u32 }
    }
    inner_fields_swapped {
        pub(crate) struct Session {
            name: String,
            role: super::released::Role,
            cart: Vec<Item>,
        }
        pub(crate) struct Item { count: u32, id: u32 }
    }
    variant_inserted {
        pub(crate) struct Session {
            name: String,
            role: Role,
            cart: Vec<super::released::Item>,
        }
        pub(crate) enum Role { #[default] Guest, Blocked(u32), Member(u32), Admin { since: u32 } }
    }
    variant_renamed {
        pub(crate) struct Session {
            name: String,
            role: Role,
            cart: Vec<super::released::Item>,
        }
        pub(crate) enum Role { #[default] Guest, Moderator(u32), Admin { since: u32 } }
    }
    variant_removed {
        pub(crate) struct Session {
            name: String,
            role: Role,
            cart: Vec<super::released::Item>,
        }
        pub(crate) enum Role { #[default] Guest, Admin(u32) }
    }
    field_of_a_variant_renamed {
        pub(crate) struct Session {
            name: String,
            role: Role,
            cart: Vec<super::released::Item>,
        }
        pub(crate) enum Role { #[default] Guest, Member(u32), Admin { until: u32 } }
    }
    signed {
        pub(crate) struct Session {
            name: String,
            role: Role,
            cart: Vec<super::released::Item>,
        }
        pub(crate) enum Role { #[default] Guest, Member(i32), Admin { since: i32 } }
    }
    field_inserted {
        pub(crate) struct Session {
            name: String,
            #[serde(default)]
            nick: String,
            role: super::released::Role,
            cart: Vec<super::released::Item>,
        }
    }
    field_removed {
        pub(crate) struct Session {
            name: String,
            cart: Vec<super::released::Item>,
        }
    }
    option_around_a_field {
        pub(crate) struct Session {
            name: Option<String>,
            role: super::released::Role,
            cart: Vec<super::released::Item>,
        }
    }
    grown {
        pub(crate) struct Session {
            pub(crate) name: String,
            pub(crate) role: Role,
            pub(crate) cart: Vec<super::released::Item>,
            #[serde(default)]
            pub(crate) theme: Option<Theme>,
        }
        pub(crate) enum Role {
            #[default] Guest, Member(u32), Admin { since: u32 }, Owner(String),
        }
        pub(crate) struct Theme { pub(crate) dark: bool }
    }
    wider {
        pub(crate) struct Session {
            pub(crate) name: Box<str>,
            pub(crate) role: Role,
            pub(crate) cart: std::collections::VecDeque<Item>,
        }
        pub(crate) enum Role { #[default] Guest, Member(u64), Admin { since: u128 } }
        pub(crate) struct Item { pub(crate) id: u64, pub(crate) count: u32 }
    }
}
