//! Attack: somebody writes a cookie of the former library without its key.

use super::*;
use crate::support::Note;

type Forgery = (&'static str, String);

/// Opens a header with a jar that opens both kinds of the former library's cookies.
struct Both {
    fleet: Move,
    signed: Jar<Account>,
}

impl Both {
    fn begin() -> Self {
        let fleet = Move::begin();
        let signed = builder(&fleet.ring, &fleet.time)
            .also_opens(
                LegacyCookie::signed(OLD, fleet.key.master(), read),
                at(SINCE),
            )
            .build()
            .unwrap();
        Self { fleet, signed }
    }
}

fn signed_value(key: &Key, text: &str) -> String {
    let mut jar = CookieJar::new();
    jar.signed_mut(key).add(Cookie::new(OLD, text.to_owned()));
    let pair = jar.get(OLD).unwrap().encoded().to_string();
    pair[OLD.len() + 1..].to_owned()
}

fn private_value(key: &Key, name: &str, text: &str) -> String {
    let mut jar = CookieJar::new();
    jar.private_mut(key)
        .add(Cookie::new(name.to_owned(), text.to_owned()));
    jar.get(name).unwrap().value().to_owned()
}

#[test]
fn each_kind_opens_as_the_library_sets_it_and_as_it_is_unencoded() {
    let Both { fleet, signed } = Both::begin();
    let text = write(&account("ada; \"1+1=2\", 100%"));
    let private = private_value(&fleet.key, OLD, &text);
    for value in [
        private.clone(),
        old_value(&fleet.key, &read(&text).unwrap()),
    ] {
        let session = fleet.open(&format!("{OLD}={value}"));
        assert_eq!(Some(&*session.get()), read(&text).as_ref());
    }
    let value = signed_value(&fleet.key, &text);
    assert!(value.contains('%'), "encoded");
    let session = signed.open([format!("{OLD}={value}")], FetchMetadata::default());
    assert_eq!(Some(&*session.get()), read(&text).as_ref());
}

#[test]
fn a_forged_cookie_of_the_former_library_opens_nothing_and_changes_nothing() {
    let Both { fleet, signed } = Both::begin();
    let text = write(&account("ada"));
    let (other, key) = (Key::generate(), &fleet.key);
    let private: Vec<Forgery> = vec![
        ("another key", old_value(&other, &account("ada"))),
        ("another name", private_value(key, "other", &text)),
        ("signed", signed_value(key, &text)),
        ("plain", "ada".into()),
        ("empty", String::new()),
        ("base64", "AAAA".into()),
        ("not text", "%FF%FE".into()),
    ];
    let signed_ones: Vec<Forgery> = vec![
        ("another key", signed_value(&other, &text)),
        ("private", private_value(key, OLD, &text)),
        (
            "another text",
            signed_value(key, &text).replace("ada", "eve"),
        ),
        ("plain", text.clone()),
        ("empty", String::new()),
        ("a letter of several bytes", "é".repeat(44)),
    ];
    for (jar, forgeries) in [(&fleet.jar, private), (&signed, signed_ones)] {
        for (what, value) in forgeries {
            let header = format!("{OLD}={value}");
            let before = jar.legacy_uses()[0].clone();
            let session = jar.open([header], FetchMetadata::default());
            assert_eq!(refusal(&session), Some("forged"), "{what}");
            assert_eq!(*session.get(), Account::default());
            assert_eq!(lines(&session), [""; 0], "{what}");
            let after = jar.legacy_uses()[0].clone();
            assert_eq!(after.opened, before.opened);
            assert_eq!(after.refused, before.refused + 1);
        }
        assert!(jar.uses().refused.of(sealjar::RefusalKind::Forged) > 5);
    }
    // The control: a door that authenticates nothing takes what is forged.
    let careless = builder(&fleet.ring, &fleet.time)
        .also_opens(
            LegacyCookie::authenticated_by(OLD, |it| Some(account(it))),
            at(SINCE),
        )
        .build()
        .unwrap();
    let session = careless.open([format!("{OLD}=eve")], FetchMetadata::default());
    assert_eq!(session.get().name, "eve");
}

#[test]
fn every_changed_character_is_refused() {
    let Both { fleet, signed } = Both::begin();
    let private = private_value(&fleet.key, OLD, &write(&account("ada")));
    let signed_one = signed_value(&fleet.key, "7");
    for (jar, value) in [(&fleet.jar, private), (&signed, signed_one)] {
        for place in 0..value.len() {
            for other in [b'A', b'B', b'%'] {
                let mut changed = value.clone().into_bytes();
                if changed[place] == other {
                    continue;
                }
                changed[place] = other;
                let header = [OLD.as_bytes(), b"=", &changed].concat();
                let session = jar.open([header], FetchMetadata::default());
                assert!(refusal(&session).is_some(), "{place}");
            }
            let cut = format!("{OLD}={}", &value[..place]);
            let session = jar.open([cut], FetchMetadata::default());
            assert!(refusal(&session).is_some(), "{place}");
        }
    }
}

#[test]
fn an_authentic_text_that_is_no_session_is_undecodable() {
    let fleet = Move::begin();
    for text in ["", "{}", "7", "{\"name\":1}"] {
        let value = private_value(&fleet.key, OLD, text);
        let session = fleet.open(&format!("{OLD}={value}"));
        let empty = text.is_empty();
        // The library itself refuses what it sealed of nothing.
        let kind = refusal(&session).unwrap();
        assert!(kind == "undecodable" || empty && kind == "forged", "{text}");
    }
}

#[test]
fn two_former_keys_are_two_cookies_of_one_name() {
    let fleet = Move::begin();
    let newer = Key::generate();
    let jar = builder(&fleet.ring, &fleet.time)
        .also_opens(private(&newer), at(SINCE))
        .also_opens(private(&fleet.key), at(SINCE))
        .build()
        .unwrap();
    for key in [&newer, &fleet.key] {
        let header = format!("{OLD}={}", old_value(key, &account("ada")));
        let mut browser = Browser::with(&header);
        browser.visit(&jar, |session| assert_eq!(session.get().name, "ada"));
        assert_eq!(browser.names(), [NAME]);
    }
    assert_eq!(jar.uses().refused.of(sealjar::RefusalKind::Forged), 0);
}

#[test]
fn several_former_cookies_are_one_session_or_nobodys() {
    let fleet = Move::begin();
    let of = |name: &str| fleet.old_header(&account(name));
    let twice = [of("ada"), of("ada"), format!("{OLD}=garbage")].join("; ");
    assert_eq!(fleet.open(&twice).get().name, "ada");
    let two = [of("ada"), of("eve")].join("; ");
    let session = fleet.open(&two);
    assert_eq!(refusal(&session), Some("ambiguous"));
    session.purge();
    assert!(lines(&session).iter().any(|it| it.starts_with("login=;")));
    let many: Vec<String> = (0..5).map(|_| of("ada")).collect();
    assert_eq!(refusal(&fleet.open(&many.join("; "))), Some("ambiguous"));
}

#[test]
fn a_name_that_only_looks_like_the_former_one_is_none() {
    let fleet = Move::begin();
    let value = old_value(&fleet.key, &account("ada"));
    for name in [
        "Login",
        "%6cogin",
        "login.1",
        "login.out",
        "xlogin",
        "login ",
    ] {
        let session = fleet.open(&format!("{name}={value}"));
        assert!(matches!(session.origin(), Origin::Absent { .. }), "{name}");
    }
}

#[test]
fn the_key_is_in_no_debug_output() {
    let key = [0x5A; 64];
    let cookie = LegacyCookie::<Note>::private(OLD, &key, |text| Some(Note(text.into())));
    let shown = format!("{cookie:?}");
    assert!(
        shown.contains(OLD) && !shown.contains("90") && !shown.contains("ZZZZ"),
        "{shown}"
    );
    let builder = builder::<Note>(&ring(), &Time::starting()).also_opens(cookie, at(SINCE));
    assert!(!format!("{builder:?}").contains("90, 90"));
}
