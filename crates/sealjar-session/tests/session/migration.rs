//! A session type changes completely: `SCHEMA` rises, and `migrate` reads other numbers, both ways.

use sealjar_session::{Jar, Origin, SessionData};
use serde::{Deserialize, Serialize};

use crate::support::{
    Browser, DAY, Forger, START, Time, is_open, jar, layout_of, open, refusal, ring, unseal,
    unsealed,
};

/// Schema 3 in these tests.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Before {
    name: String,
}

/// Schema 4: the name split in two.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct After {
    first: String,
    last: String,
}

impl SessionData for Before {
    const SCHEMA: u16 = 3;

    /// The first of two deployments: it reads what the next one writes.
    fn migrate(from: u16, body: &[u8]) -> Option<Self> {
        let After { first, last } = (from == 4).then(|| postcard::from_bytes(body).ok())??;
        Some(Self {
            name: format!("{first} {last}"),
        })
    }
}

impl SessionData for After {
    const SCHEMA: u16 = 4;

    fn migrate(from: u16, body: &[u8]) -> Option<Self> {
        let Before { name } = (from == 3).then(|| postcard::from_bytes(body).ok())??;
        let (first, last) = name.split_once(' ')?;
        Some(Self {
            first: first.into(),
            last: last.into(),
        })
    }
}

/// A build that reads no other schema.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename = "Before")]
struct Strict<const SCHEMA: u16> {
    name: String,
}

impl<const SCHEMA: u16> SessionData for Strict<SCHEMA> {
    const SCHEMA: u16 = SCHEMA;
}

fn ada() -> Before {
    Before {
        name: "Ada Lovelace".into(),
    }
}

#[test]
fn builds_of_two_schemas_read_each_other_and_write_their_own() {
    let (ring, time) = (ring(), Time::starting());
    let (before, after): (Jar<Before>, Jar<After>) = (jar(&ring, &time), jar(&ring, &time));
    let mut browser = Browser::with(&before.cookie_for(&ada()).unwrap());
    let id = open(&before, browser.header()).id();
    for round in 1..5 {
        browser.visit(&after, |session| {
            assert_eq!(session.get().first, "Ada");
            session.update(|it| it.last.push('!')).unwrap();
        });
        let (schema, _, revision, _) = unseal(&ring, &browser.header(), START);
        assert_eq!((schema, revision), (4, 2 * round - 1));
        browser.visit(&before, |session| {
            assert!(session.get().name.starts_with("Ada Lovelace!"));
            session.update(|it| it.name.push('?')).unwrap();
        });
        let (schema, _, revision, _) = unseal(&ring, &browser.header(), START);
        assert_eq!((schema, revision), (3, 2 * round));
    }
    assert_eq!(
        open(&after, browser.header()).id(),
        id,
        "it is one session throughout"
    );
}

#[test]
fn inside_an_option_migrate_gets_what_follows_the_tag() {
    let (ring, time) = (ring(), Time::starting());
    let (before, after): (Jar<Option<Before>>, Jar<Option<After>>) =
        (jar(&ring, &time), jar(&ring, &time));
    let some = open(&after, before.cookie_for(&Some(ada())).unwrap());
    let wanted = After {
        first: "Ada".into(),
        last: "Lovelace".into(),
    };
    assert_eq!(*some.get(), Some(wanted.clone()));
    let none = open(&after, before.cookie_for(&None).unwrap());
    assert!(is_open(&none) && none.get().is_none());
    let back = open(&before, after.cookie_for(&Some(wanted)).unwrap());
    assert_eq!(*back.get(), Some(ada()));
    for body in [
        &b""[..],
        b"\x00\x00",
        b"\x01",
        b"\x01\x03Ad",
        // A complete value follows, but the tag is not that of `Some`.
        b"\x00\x03A B",
        b"\x02\x03A B",
    ] {
        let header = Forger {
            schema: 3,
            ..Forger::new(&ring)
        }
        .header(body);
        assert_eq!(
            refusal(&open(&after, header)),
            Some("old_schema"),
            "{body:?}"
        );
    }
}

#[test]
fn a_schema_that_is_not_read_is_refused_by_its_direction() {
    let (ring, time) = (ring(), Time::starting());
    let two: Jar<Strict<2>> = jar(&ring, &time);
    for (schema, kind) in [
        (0, "old_schema"),
        (1, "old_schema"),
        (3, "newer_schema"),
        (u16::MAX, "newer_schema"),
    ] {
        let session = open(
            &two,
            Forger {
                schema,
                ..Forger::new(&ring)
            }
            .header_of(&ada()),
        );
        assert_eq!(refusal(&session), Some(kind));
        assert!(matches!(session.origin(), Origin::Refused(it) if it.may_open_elsewhere()));
        assert!(
            crate::support::lines(&session).is_empty(),
            "the other build still opens it"
        );
    }
    assert!(is_open(&open(
        &two,
        Forger {
            schema: 2,
            ..Forger::new(&ring)
        }
        .header_of(&ada())
    )));
}

#[test]
fn a_migration_that_gives_up_is_a_refusal() {
    let (ring, time) = (ring(), Time::starting());
    let (before, after): (Jar<Before>, Jar<After>) = (jar(&ring, &time), jar(&ring, &time));
    let header = before
        .cookie_for(&Before {
            name: "Prince".into(),
        })
        .unwrap();
    assert_eq!(refusal(&open(&after, header)), Some("old_schema"));
}

#[test]
fn keep_never_decodes_and_encodes() {
    let (ring, time) = (ring(), Time::starting());
    // An older schema, a varint that is longer than it has to be, and bytes that no build wrote.
    let strange = [&b"\x03\x81\x00A"[..], &[0xFF; 9]].concat();
    let odd = b"\x84\x00Ada \xe2\x99\xa5 tail".to_vec();
    let older = postcard::to_allocvec(&ada()).unwrap();
    let with_more = [layout_of(&After::default()), vec![0x77]].concat();
    for (schema, layout, body) in [
        (4, &with_more, [&b"\x03Ada\x01L"[..], &strange].concat()),
        (4, &with_more, [&b"\x83\x00Ada\x01L"[..], &odd].concat()),
        (3, &layout_of(&ada()), older),
    ] {
        let forger = Forger {
            schema,
            layout: layout.clone(),
            revision: 300,
            ..Forger::new(&ring)
        };
        let header = forger.header(&body);
        let after: Jar<After> = jar(&ring, &time);
        time.set(START + DAY / 2);
        let mut browser = Browser::with(&header);
        browser.visit(&after, |session| assert_eq!(session.get().first, "Ada"));
        assert_ne!(browser.header(), header, "it was sealed again");
        let (now, was) = (
            unsealed(&ring, &browser.header(), time.seconds()),
            unsealed(&ring, &header, time.seconds()),
        );
        assert_eq!(now, was);
        assert!(now.ends_with(&body));
        time.set(START);
    }
}
