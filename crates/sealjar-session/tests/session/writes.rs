//! Attack or mistake: a write is answered `Ok` and read back as something else.
//!
//! Each of these happened in a release build when only the first write was checked.

use sealjar_session::{Session, SessionData, UpdateError};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::support::{Browser, Forger, is_open, open, world};

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
enum Role {
    #[default]
    Guest,
    #[serde(skip)]
    #[expect(dead_code, reason = "a session is never a machine's")]
    Machine,
    Member,
    Moderator,
    Admin,
}

/// Asks the format what comes next, as `rust_decimal::Decimal` does.
#[derive(Clone, Debug, PartialEq)]
struct Decimal(String);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl serde::de::Visitor<'_> for Visitor {
            type Value = Decimal;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a decimal number")
            }

            fn visit_str<E>(self, text: &str) -> Result<Decimal, E> {
                Ok(Decimal(text.into()))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
enum Untagged {
    Number(u32),
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind")]
enum Tagged {
    Number { value: u32 },
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Contact {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    private: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    public: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Wide {
    visits: u32,
    role: Role,
    balance: Option<Decimal>,
    untagged: Option<Untagged>,
    tagged: Option<Tagged>,
    json: Option<serde_json::Value>,
    contact: Option<Contact>,
    #[serde(default)]
    newsletter: bool,
}

impl SessionData for Wide {}

/// The first write works, and does not show the problem of the later one.
#[test]
fn no_write_that_answers_ok_is_read_back_as_anything_else() {
    type Change = fn(&mut Wide);
    let changes: [(&str, Change); 8] = [
        ("role", |it| it.role = Role::Moderator),
        ("role", |it| it.role = Role::Member),
        ("balance", |it| it.balance = Some(Decimal("12.50".into()))),
        ("untagged", |it| it.untagged = Some(Untagged::Number(1))),
        ("tagged", |it| it.tagged = Some(Tagged::Number { value: 1 })),
        ("json", |it| it.json = Some(serde_json::json!({"a": 1}))),
        ("private", |it| {
            it.contact = Some(Contact {
                private: None,
                public: Some("1".into()),
            });
        }),
        ("public", |it| {
            it.contact = Some(Contact {
                private: Some("1".into()),
                public: None,
            });
        }),
    ];
    let (_, _, jar) = world::<Wide>();
    let mut browser = Browser::default();
    browser.visit(&jar, |session| session.update(|it| it.visits = 1).unwrap());
    for (field, change) in changes {
        let before = browser.header();
        browser.visit(&jar, |session| {
            session.update(|it| it.visits += 1).unwrap();
            let error = session.update(change).unwrap_err();
            let UpdateError::Unencodable { reason } = &error else {
                panic!("{error}");
            };
            assert!(reason.contains(&format!("`{field}`")), "{reason}");
        });
        // The session continues with the write that was answered `Ok`.
        assert_ne!(browser.header(), before);
        let session = open(&jar, browser.header());
        assert!(is_open(&session));
        let (role, visits) = (session.get().role, session.get().visits);
        assert_eq!(role, Role::Guest);
        assert!(visits > 1);
    }
    // Values that work keep working.
    browser.visit(&jar, |session| {
        session.update(|it| it.newsletter = true).unwrap()
    });
    assert!(open(&jar, browser.header()).get().newsletter);
}

/// The negative control: the same write with nothing but postcard.
#[test]
fn postcard_alone_makes_an_admin_of_a_moderator() {
    let body = postcard::to_allocvec(&Role::Moderator).unwrap();
    assert_eq!(postcard::from_bytes::<Role>(&body).unwrap(), Role::Admin);
}

/// `migrate` made this value, so no `update` has seen it, and only `renew` writes it.
#[test]
fn what_a_migration_made_is_checked_before_it_is_sealed() {
    #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
    struct Migrated {
        role: Role,
    }
    impl SessionData for Migrated {
        const SCHEMA: u16 = 1;

        fn migrate(_: u16, _: &[u8]) -> Option<Self> {
            Some(Self {
                role: Role::Moderator,
            })
        }
    }
    let (ring, _, jar) = world::<Migrated>();
    let session = open(&jar, Forger::new(&ring).header(b""));
    session.renew();
    let error = Session::close(&session, []).unwrap_err().to_string();
    assert!(
        error.contains("`role`") && error.contains("`Moderator`"),
        "{error}"
    );
}
