//! Attack or mistake: a token made for one cookie, purpose or app is presented as another.

use sealjar::{__hazmat as hazmat, Context, LiveRing};
use sealjar_session::{Flash, FlashLevel, FlashMessage, Jar, SessionData};
use serde::{Deserialize, Serialize};

use crate::support::{
    APP, Account, DAY, Forger, NAME, START, Time, account, at, is_open, open, refusal, ring, token,
};

#[test]
fn of_all_ordered_pairs_of_jars_none_opens_the_session_of_another() {
    let named = APPS.iter().flat_map(|app| NAMES.map(|name| (*app, name)));
    let mut named: Vec<_> = named.collect();
    assert!(named.len() * (named.len() - 1) >= 10_000);
    assert_eq!(pairs_that_open(&named), Vec::<String>::new());
    // The negative control: one jar twice.
    named.drain(3..);
    named.push(named[1]);
    assert_eq!(pairs_that_open(&named).len(), 2);
}

#[test]
fn what_was_sealed_for_another_purpose_is_no_session() {
    let (ring, time) = (ring(), Time::starting());
    let jar = jar(&ring, &time, APP, NAME);
    let genuine = Forger::new(&ring).header_of(&account("ada"));
    assert!(is_open(&open(&jar, &genuine)), "the negative control");
    let own = Context::new(APP, hazmat::SESSION).cookie_name(NAME);
    let own = hazmat::library_sealer(&ring, own).unwrap();
    let opened = own.open_at(token(&genuine), at(START)).unwrap();
    for purpose in [
        "flash",
        "csrf",
        "ring-store",
        "login",
        // The purpose of the earlier frame.
        "session",
        "Session",
        "session\0",
        "sessio",
        "",
        "session ",
    ] {
        let context = Context::new(APP, purpose).cookie_name(NAME);
        let sealer = hazmat::library_sealer(&ring, context).unwrap();
        let (born, end) = (at(START), at(START + DAY));
        let sealed = hazmat::seal_born(&sealer, opened.payload(), born, end, born);
        let session = open(&jar, format!("{NAME}={}", sealed.unwrap().0));
        assert_eq!(refusal(&session), Some("forged"), "{purpose:?}");
        // The same the other way round.
        let other = sealer.open_at(token(&genuine), at(START));
        assert_eq!(other.unwrap_err().kind().as_str(), "forged", "{purpose:?}");
    }
}

/// An application's type that is written as messages are.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename = "Flash")]
struct Lookalike {
    messages: Vec<FlashMessage>,
}

impl SessionData for Lookalike {}

#[test]
fn what_was_sealed_as_messages_is_no_session_nor_the_other_way_round() {
    let ring = ring();
    let messages = vec![FlashMessage {
        level: FlashLevel::Info,
        text: "hello".into(),
    }];
    let flashes = same_cookie::<Flash>(&ring);
    let sessions = same_cookie::<Lookalike>(&ring);
    let flash = Flash {
        messages: messages.clone(),
    };
    let flash = flashes.cookie_for(&flash).unwrap();
    let session = sessions.cookie_for(&Lookalike { messages }).unwrap();
    assert_eq!(refusal(&open(&flashes, &session)), Some("forged"));
    assert_eq!(refusal(&open(&sessions, &flash)), Some("forged"));
    // The negative controls: but for the purpose, each would open.
    assert_eq!(open(&flashes, &flash).get().messages.len(), 1);
    let another = same_cookie::<Lookalike>(&ring);
    assert_eq!(open(&another, &session).get().messages.len(), 1);
}

fn same_cookie<T: SessionData>(ring: &LiveRing) -> Jar<T> {
    let jar = Jar::builder(ring, APP).cookie_name(NAME).max_size(4096);
    let jar = jar.clock(Time::starting().clock());
    jar.in_another_process().build().unwrap()
}

/// Presents the session of each jar to each other jar, under the name that it looks for. Returns
/// which ones opened.
fn pairs_that_open(named: &[(&str, &str)]) -> Vec<String> {
    let (ring, time) = (ring(), Time::starting());
    let named = named.iter();
    let jars: Vec<_> = named
        .map(|(app, name)| (*app, *name, jar(&ring, &time, app, name)))
        .collect();
    let mut opened = Vec::new();
    for (at, (app, name, own)) in jars.iter().enumerate() {
        let cookie = own.cookie_for(&account("ada")).unwrap();
        for (other_at, (other_app, other_name, other)) in jars.iter().enumerate() {
            let session = open(other, format!("{other_name}={}", token(&cookie)));
            let pair = format!("{app:?} {name} in {other_app:?} {other_name}");
            match refusal(&session) {
                None if at == other_at => assert!(is_open(&session), "{pair}"),
                None => opened.push(pair),
                Some(kind) => assert_eq!(kind, "forged", "{pair}"),
            }
        }
    }
    opened
}

fn jar(ring: &LiveRing, time: &Time, app: &str, name: &str) -> Jar<Account> {
    let jar = Jar::builder(ring, app).cookie_name(name);
    jar.clock(time.clock()).build().unwrap()
}

/// Apps and names that a sloppy encoding would concatenate to the same bytes.
const APPS: [&str; 10] = [
    "shop-test",
    "shop-tes",
    "shop-prod",
    "shop-testsession",
    "shop-test\0",
    "shop-test__Host-Http-session",
    "Shop-Test",
    "session",
    "s",
    "shop-test ",
];
const NAMES: [&str; 11] = [
    "__Host-Http-session",
    "__Host-Http-sessio",
    "__Host-Http-sessionn",
    "__Host-a",
    "__Host-sid",
    "__Host-Http-session-2",
    "__Host-Http-Session",
    "__Host-s",
    "session",
    "sid",
    "n__Host-Http-session",
];
