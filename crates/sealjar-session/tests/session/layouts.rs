//! Attack or mistake: a build misreads what another build wrote.

use std::borrow::Cow;

use sealjar_session::{Jar, SessionData};
use serde::{Deserialize, Serialize};

use crate::support::{
    Browser, Forger, NAME, START, Time, is_open, jar, layout_of, lines, open, refusal, ring,
    unseal, unsealed, world,
};

/// Declares a session type. Types with one name stand for one type in two builds.
macro_rules! session_type {
    ($name:ident $(as $rename:literal)? { $($fields:tt)* }) => {
        #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
        $(#[serde(rename = $rename)])?
        struct $name { $($fields)* }

        impl SessionData for $name {}
    };
}

session_type!(Named as "Account" { name: String, role: String });
session_type!(Swapped as "Account" { role: String, name: String });
session_type!(Renamed as "Account" { name: String, rights: String });
session_type!(Inserted as "Account" {
    name: String,
    #[serde(default)]
    nick: String,
    #[serde(default)]
    role: String,
});
session_type!(Removed as "Account" { role: String });
session_type!(OfAnotherType {
    name: String,
    role: String
});
session_type!(OfOtherKinds as "Account" { name: String, role: Vec<u8> });
session_type!(Grown as "Account" {
    name: String,
    role: String,
    #[serde(default)]
    nick: String,
});

fn named() -> Named {
    Named {
        name: "admin".into(),
        role: "guest".into(),
    }
}

/// Opens in one build what another wrote. Nothing is cleared, and the writing build still opens it.
fn refused_as<T: SessionData>(written: &impl SessionData) -> Option<&'static str> {
    let (ring, time) = (ring(), Time::starting());
    let header = write(&ring, &time, written);
    let reader: Jar<T> = jar(&ring, &time);
    let session = open(&reader, &header);
    let word = refusal(&session);
    assert_eq!(word.is_none(), is_open(&session));
    if word.is_some() {
        assert_eq!(
            postcard::to_allocvec(&*session.get()),
            postcard::to_allocvec(&T::default())
        );
        assert!(lines(&session).is_empty());
    }
    word
}

fn write<T: SessionData>(ring: &sealjar::LiveRing, time: &Time, value: &T) -> String {
    jar::<T>(ring, time).cookie_for(value).unwrap()
}

#[test]
fn a_name_is_never_read_as_a_role() {
    assert_eq!(refused_as::<Named>(&named()), None);
    assert_eq!(refused_as::<Swapped>(&named()), Some("old_schema"));
    assert_eq!(refused_as::<Renamed>(&named()), Some("old_schema"));
    assert_eq!(refused_as::<Inserted>(&named()), Some("old_schema"));
    assert_eq!(refused_as::<Removed>(&named()), Some("old_schema"));
    assert_eq!(refused_as::<OfAnotherType>(&named()), Some("old_schema"));
    assert_eq!(refused_as::<OfOtherKinds>(&named()), Some("old_schema"));
    let swapped = Swapped {
        name: "admin".into(),
        role: "guest".into(),
    };
    assert_eq!(refused_as::<Named>(&swapped), Some("old_schema"));
    // The same inside an `Option`.
    assert_eq!(
        refused_as::<Option<Swapped>>(&Some(named())),
        Some("old_schema")
    );
    assert_eq!(refused_as::<Option<Swapped>>(&None::<Named>), None);
}

/// The negative control: with the reader's layout in place of the writer's, the person *named*
/// admin has the *role* admin.
#[test]
fn without_its_layout_a_name_is_a_role() {
    let (ring, _, reader) = world::<Swapped>();
    let forger = Forger {
        layout: layout_of(&Swapped::default()),
        ..Forger::new(&ring)
    };
    let body = postcard::to_allocvec(&named()).unwrap();
    assert_eq!(open(&reader, forger.header(&body)).get().role, "admin");
}

#[test]
fn appended_fields_are_read_both_ways() {
    assert_eq!(refused_as::<Grown>(&named()), None);
    let grown = Grown {
        nick: "ada".into(),
        ..Grown::default()
    };
    assert_eq!(refused_as::<Named>(&grown), None);
    // Both have a third field, but not the same one.
    assert_eq!(refused_as::<Inserted>(&grown), Some("old_schema"));
}

macro_rules! roles {
    ($($session:ident $role:ident { $($variant:ident),* })*) => {$(
        #[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
        #[serde(rename = "Role")]
        enum $role { #[default] $($variant),* }

        session_type!($session as "Visitor" { role: $role });
    )*};
}

roles! {
    Released ReleasedRole { Guest, Guest2, Member }
    VariantInserted InsertedRole { Guest, Guest2, Blocked, Member }
    VariantReplaced ReplacedRole { Guest, Admin, Member }
    VariantRemoved RemovedRole { Guest, Member }
    VariantAppended AppendedRole { Guest, Guest2, Member, Admin }
}

#[test]
fn a_variant_is_never_read_as_another() {
    let [guest2, member] =
        [ReleasedRole::Guest2, ReleasedRole::Member].map(|role| Released { role });
    assert_eq!(refused_as::<VariantInserted>(&member), Some("old_schema"));
    assert_eq!(refused_as::<VariantReplaced>(&guest2), Some("old_schema"));
    assert_eq!(refused_as::<VariantRemoved>(&guest2), Some("old_schema"));
    // A value that is the same in both is read, and a variant at the end does not change the
    // layout.
    assert_eq!(refused_as::<VariantInserted>(&guest2), None);
    assert_eq!(refused_as::<VariantReplaced>(&member), None);
    for old in [guest2, member, Released::default()] {
        assert_eq!(refused_as::<VariantAppended>(&old), None);
    }
    let [member, admin] =
        [AppendedRole::Member, AppendedRole::Admin].map(|role| VariantAppended { role });
    assert_eq!(refused_as::<Released>(&member), None);
    assert_eq!(refused_as::<Released>(&admin), Some("undecodable"));
}

/// The negative control: by its number alone, a member is read as blocked and a guest as an admin.
#[test]
fn without_its_layout_a_member_is_blocked() {
    let (ring, _, reader) = world::<VariantInserted>();
    let blocked = VariantInserted {
        role: InsertedRole::Blocked,
    };
    let forger = Forger {
        layout: layout_of(&blocked),
        ..Forger::new(&ring)
    };
    let member = postcard::to_allocvec(&Released {
        role: ReleasedRole::Member,
    });
    assert_eq!(
        *open(&reader, forger.header(&member.unwrap())).get(),
        blocked
    );
}

/// A write by the older build keeps the newer one's bytes together with their layout, and drops
/// both together.
#[test]
fn the_layout_of_an_unknown_tail_is_kept_and_dropped_with_it() {
    #[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
    enum Role {
        Guest,
    }
    #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
    #[serde(rename = "Account")]
    struct Old {
        name: String,
        role: Option<Role>,
    }
    #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
    #[serde(rename = "Account")]
    struct New {
        name: String,
        role: Option<Role>,
        #[serde(default)]
        nick: String,
        #[serde(default)]
        marked: (),
    }
    impl SessionData for Old {
        fn subject(&self) -> Option<Cow<'_, str>> {
            Some(self.name.as_str().into())
        }
    }
    impl SessionData for New {
        fn subject(&self) -> Option<Cow<'_, str>> {
            Some(self.name.as_str().into())
        }
    }
    let (ring, time) = (ring(), Time::starting());
    let (old, new): (Jar<Old>, Jar<New>) = (jar(&ring, &time), jar(&ring, &time));
    let ada = New {
        name: "ada".into(),
        nick: "countess".into(),
        ..New::default()
    };
    let mut browser = Browser::with(&new.cookie_for(&ada).unwrap());
    let layout = |browser: &Browser| {
        let payload = unsealed(&ring, &session_in(browser), START);
        let ((.., layout), _): ((u16, [u8; 8], u32, &[u8]), _) =
            postcard::take_from_bytes(&payload).unwrap();
        layout.to_vec()
    };
    let before = layout(&browser);
    // The older build writes in another layout than before, and the unknown bytes still fit behind
    // it.
    browser.visit(&old, |session| {
        session.update(|it| it.role = Some(Role::Guest)).unwrap()
    });
    let after = layout(&browser);
    assert_eq!((after.len(), &after[2..]), (4, &before[2..]));
    assert_ne!(after[1], before[1]);
    let wanted = New {
        role: Some(Role::Guest),
        ..ada
    };
    assert_eq!(*open(&new, browser.header()).get(), wanted);
    // Both are dropped when somebody else logs in.
    browser.visit(&old, |session| {
        session.update(|it| it.name = "bob".into()).unwrap()
    });
    assert_eq!(layout(&browser).len(), 2);
    assert_eq!(open(&new, browser.header()).get().nick, "");
    let (.., body) = unseal(&ring, &session_in(&browser), START);
    assert_eq!(body, b"\x03bob\x01\x00");
}

/// The session's cookie, without the logout mark.
fn session_in(browser: &Browser) -> String {
    let header = browser.header();
    let mut pairs = header.split("; ");
    let session = pairs.find(|pair| pair.starts_with(&format!("{NAME}=")));
    session.unwrap().to_owned()
}

/// The payload of the earlier frame, under the key that it had.
#[test]
fn a_session_in_the_earlier_frame_is_refused_whatever_it_holds() {
    use sealjar::{__hazmat as hazmat, Context};

    use crate::support::{APP, DAY, at};

    let (ring, _, jar) = world::<Named>();
    let body = postcard::to_allocvec(&named()).unwrap();
    let frame = postcard::to_allocvec(&(0_u16, *b"an\0older", 3_u32)).unwrap();
    let payload = [&frame[..], &body].concat();
    let header = |purpose: &str, payload: &[u8]| {
        let context = Context::new(APP, purpose).cookie_name(NAME);
        let sealer = hazmat::library_sealer(&ring, context).unwrap();
        let (born, end) = (at(START), at(START + DAY));
        let (token, _) = hazmat::seal_born(&sealer, payload, born, end, born).unwrap();
        format!("{NAME}={token}")
    };
    let session = open(&jar, header("session", &payload));
    assert_eq!(refusal(&session), Some("forged"));
    // A payload of this frame is not one of the earlier frame either.
    let ours = Forger::new(&ring).header_of(&named());
    let ours = unsealed(&ring, &ours, START);
    assert_eq!(
        refusal(&open(&jar, header("session", &ours))),
        Some("forged")
    );
    // The negative control: only the key reliably keeps the two apart. An empty text ends the
    // earlier frame, and in this frame means that no layout follows.
    let nothing = [&frame[..], &[0]].concat();
    let jar: Jar<Message> = crate::support::jar(&ring, &Time::starting());
    assert!(is_open(&open(&jar, header(hazmat::SESSION, &nothing))));
    assert_eq!(
        refusal(&open(&jar, header("session", &nothing))),
        Some("forged")
    );
}

session_type!(Message {
    #[serde(default)]
    text: String,
});
