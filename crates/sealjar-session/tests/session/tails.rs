//! Attack or mistake: unknown trailing fields of one person pass to the next who logs in on an old
//! replica; a reused field position turns text into rights.

use std::borrow::Cow;

use sealjar_session::{Jar, Session, SessionData};
use serde::{Deserialize, Serialize};

use crate::support::{Browser, DAY, Forger, Time, is_open, jar, layout_of, open, refusal, ring};

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename = "Visitor")]
struct Old {
    user: String,
    visits: u32,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename = "Visitor")]
struct New {
    user: String,
    visits: u32,
    #[serde(default)]
    roles: Vec<String>,
}

impl SessionData for Old {
    fn subject(&self) -> Option<Cow<'_, str>> {
        (!self.user.is_empty()).then(|| self.user.as_str().into())
    }
}

impl SessionData for New {
    fn subject(&self) -> Option<Cow<'_, str>> {
        (!self.user.is_empty()).then(|| self.user.as_str().into())
    }
}

fn admin() -> New {
    New {
        user: "admin".into(),
        visits: 1,
        roles: vec!["everything".into()],
    }
}

/// What the new build reads after the old one has written an admin's session.
fn after<O: SessionData, N: SessionData>(value: &N, work: impl FnOnce(&Session<O>)) -> Option<N> {
    let (ring, time) = (ring(), Time::starting());
    let (old, new): (Jar<O>, Jar<N>) = (jar(&ring, &time), jar(&ring, &time));
    let mut browser = Browser::with(&new.cookie_for(value).unwrap());
    browser.visit(&old, |session| {
        assert!(is_open(session));
        work(session);
    });
    let session = open(&new, browser.header());
    is_open(&session).then(|| N::clone(&session.get()))
}

#[test]
fn a_write_for_the_same_person_keeps_the_tail() {
    let value = after::<Old, New>(&admin(), |session| {
        session.update(|it| it.visits = 2).unwrap();
        session.keep_alive();
    });
    assert_eq!(
        value,
        Some(New {
            visits: 2,
            ..admin()
        })
    );
}

#[test]
fn roles_do_not_pass_to_the_next_who_logs_in_on_an_old_replica() {
    let bob = |it: &mut Old| it.user = "bob".into();
    let anonymous = |it: &mut Old| it.user.clear();
    type Row<'a> = (&'a str, &'a dyn Fn(&Session<Old>));
    let works: [Row<'_>; 7] = [
        ("another subject", &|it| it.update(bob).unwrap()),
        ("renewed by hand before", &|it| {
            it.renew();
            it.update(|it| it.visits = 9).unwrap();
        }),
        ("renewed by hand after", &|it| {
            it.update(|it| it.visits = 9).unwrap();
            it.renew();
        }),
        ("renewed and nothing else", &|it| it.renew()),
        ("purged before", &|it| {
            it.purge();
            it.update(bob).unwrap();
        }),
        ("logged out, then in again as the same", &|it| {
            it.update(anonymous).unwrap();
            it.update(|it| it.user = "admin".into()).unwrap();
        }),
        ("to bob and back", &|it| {
            it.update(bob).unwrap();
            it.update(|it| it.user = "admin".into()).unwrap();
        }),
    ];
    for (what, work) in works {
        let value = after::<Old, New>(&admin(), work).unwrap_or_else(|| panic!("{what}"));
        assert!(value.roles.is_empty(), "{what}: {value:?}");
    }
    assert_eq!(after::<Old, New>(&admin(), |it| it.purge()), None);
}

#[test]
fn a_change_of_an_outermost_option_drops_the_tail_even_without_a_subject() {
    #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
    #[serde(rename = "Cart")]
    struct OldCart {
        items: u32,
    }
    #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
    #[serde(rename = "Cart")]
    struct NewCart {
        items: u32,
        #[serde(default)]
        voucher: Option<String>,
    }
    impl SessionData for OldCart {
        fn subject(&self) -> Option<Cow<'_, str>> {
            None
        }
    }
    impl SessionData for NewCart {
        fn subject(&self) -> Option<Cow<'_, str>> {
            None
        }
    }
    let cart = NewCart {
        items: 1,
        voucher: Some("secret".into()),
    };
    type Old = Option<OldCart>;
    type New = Option<NewCart>;

    let kept = after::<Old, New>(&Some(cart.clone()), |it| {
        it.update(|it| it.as_mut().unwrap().items = 2).unwrap();
    });
    assert_eq!(
        kept,
        Some(Some(NewCart {
            items: 2,
            ..cart.clone()
        })),
        "an ordinary write keeps it"
    );
    let replaced = after::<Old, New>(&Some(cart.clone()), |it| {
        it.update(|it| *it = Some(OldCart { items: 3 })).unwrap();
    });
    assert_eq!(
        replaced,
        Some(Some(NewCart {
            items: 3,
            ..cart.clone()
        })),
        "so does one from Some to Some"
    );

    let none = after::<Old, New>(&Some(cart.clone()), |it| {
        it.update(|it| *it = None).unwrap()
    });
    assert_eq!(
        none,
        Some(None),
        "a tail after None would not even be readable"
    );
    let back = after::<Old, New>(&Some(cart.clone()), |it| {
        it.update(|it| *it = None).unwrap();
        it.update(|it| *it = Some(OldCart { items: 1 })).unwrap();
    });
    assert_eq!(
        back,
        Some(Some(NewCart {
            items: 1,
            voucher: None
        }))
    );
    let nested = after::<Option<Old>, Option<New>>(&Some(Some(cart)), |it| {
        it.update(|it| *it = Some(None)).unwrap();
        it.update(|it| *it = Some(Some(OldCart { items: 1 })))
            .unwrap();
    });
    assert_eq!(
        nested,
        Some(Some(Some(NewCart {
            items: 1,
            voucher: None
        })))
    );
}

/// One person's rights pass to the next who logs in on an old replica, if the type does not say
/// whose a session is.
#[test]
fn a_type_that_does_not_say_whose_a_session_is_loses_the_tail_on_every_write() {
    #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
    #[serde(rename = "Login")]
    struct OldLogin {
        user: String,
    }
    #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
    #[serde(rename = "Login")]
    struct NewLogin {
        user: String,
        #[serde(default)]
        is_admin: bool,
    }
    impl SessionData for OldLogin {}
    impl SessionData for NewLogin {}
    let root = NewLogin {
        user: "root".into(),
        is_admin: true,
    };
    type Act = fn(&Session<OldLogin>);
    let acts: [(&str, Act, bool); 4] = [
        (
            "a login",
            |it| it.update(|it| it.user = "bob".into()).unwrap(),
            false,
        ),
        (
            "any other write",
            |it| it.update(|it| it.user.push('!')).unwrap(),
            false,
        ),
        ("a read", |it| _ = it.get(), true),
        ("a write of the same", |it| it.update(|_| ()).unwrap(), true),
    ];
    for (what, act, keeps) in acts {
        let value = after::<OldLogin, NewLogin>(&root, act).unwrap();
        assert_eq!(value.is_admin, keeps, "{what}");
        let value = after::<Option<OldLogin>, Option<NewLogin>>(&Some(root.clone()), |it| {
            if what == "a login" {
                it.update(|it| it.as_mut().unwrap().user = "bob".into())
                    .unwrap();
            }
        });
        assert_eq!(value.unwrap().unwrap().is_admin, what != "a login");
    }
}

#[test]
fn a_refused_change_of_subject_keeps_the_tail() {
    let value = after::<Old, New>(&admin(), |session| {
        assert!(session.update(|it| it.user = "x".repeat(10_000)).is_err());
        let failed: Result<Result<(), ()>, _> = session.try_update(|it| {
            it.user = "bob".into();
            Err(())
        });
        assert_eq!(failed, Ok(Err(())));
        session.update(|it| it.visits = 2).unwrap();
    });
    assert_eq!(
        value,
        Some(New {
            visits: 2,
            ..admin()
        })
    );
}

#[test]
fn a_migrated_session_has_no_tail() {
    #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
    struct Migrated {
        user: String,
        visits: u32,
    }
    impl SessionData for Migrated {
        const SCHEMA: u16 = 1;
        fn migrate(_: u16, body: &[u8]) -> Option<Self> {
            postcard::take_from_bytes(body).ok().map(|(value, _)| value)
        }
    }
    // The new build of schema 0 wrote roles; schema 1 has never had them, and writes none.
    let (ring, time) = (ring(), Time::starting());
    let (before, after): (Jar<New>, Jar<Migrated>) = (jar(&ring, &time), jar(&ring, &time));
    let mut browser = Browser::with(&before.cookie_for(&admin()).unwrap());
    browser.visit(&after, |session| {
        session.update(|it| it.visits = 2).unwrap()
    });
    let (schema, _, _, body) = crate::support::unseal(&ring, &browser.header(), time.seconds());
    assert_eq!((schema, body), (1, b"\x05admin\x02".to_vec()));
}

#[test]
fn a_reseal_keeps_the_tail() {
    let (ring, time) = (ring(), Time::starting());
    let (old, new): (Jar<Old>, Jar<New>) = (jar(&ring, &time), jar(&ring, &time));
    let first = new.cookie_for(&admin()).unwrap();
    let mut browser = Browser::with(&first);
    time.pass(DAY / 2);
    browser.visit(&old, |session| _ = session.get());
    assert_ne!(browser.header(), first);
    assert_eq!(*open(&new, browser.header()).get(), admin());
}

/// Two branches of the code have given one position to two fields: neither reads the other's.
#[test]
fn a_reused_position_never_reads_as_rights() {
    #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
    #[serde(rename = "Visitor")]
    struct Nickname {
        user: String,
        #[serde(default)]
        nickname: String,
    }
    #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
    #[serde(rename = "Visitor")]
    struct Rights {
        user: String,
        #[serde(default)]
        is_admin: bool,
    }
    impl SessionData for Nickname {}
    impl SessionData for Rights {}
    let (ring, time) = (ring(), Time::starting());
    let (branch, other): (Jar<Nickname>, Jar<Rights>) = (jar(&ring, &time), jar(&ring, &time));
    let bob = Nickname {
        user: "bob".into(),
        nickname: "x".into(),
    };
    let refused = open(&other, branch.cookie_for(&bob).unwrap());
    assert_eq!(refusal(&refused), Some("old_schema"));
    assert!(!refused.get().is_admin);
    // The negative control: in the other branch's layout the nickname is a right, with one byte
    // more.
    let forger = Forger {
        layout: [layout_of(&Rights::default()), vec![0]].concat(),
        ..Forger::new(&ring)
    };
    let header = forger.header(&postcard::to_allocvec(&bob).unwrap());
    assert!(open(&other, header).get().is_admin);
}
