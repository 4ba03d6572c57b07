//! Mistake: an application changes its session library and logs everybody out. Attacks: an old
//! cookie that was stolen, forged or logged out of.

mod keep_writing;
mod layouts;
mod lives;
mod locks;
mod past;
mod settings;

use cookie::{Cookie, CookieJar, Key};
use sealjar::{LiveRing, Timestamp};
use sealjar_session::{FetchMetadata, Jar, LegacyCookie, Origin, Session};

use crate::support::{
    Account, Browser, DAY, NAME, SKEW, START, Time, account, at, background, builder, close,
    is_open, lines, refusal, ring,
};

/// The name of the former cookie.
const OLD: &str = "login";
/// The date of the change.
const SINCE: u32 = START - DAY;

/// A former library, a fleet with its cookie, and a clock.
struct Move {
    ring: LiveRing,
    time: Time,
    key: Key,
    jar: Jar<Account>,
}

impl Move {
    fn begin() -> Self {
        let (ring, time, key) = (ring(), Time::starting(), Key::generate());
        let jar = builder(&ring, &time)
            .also_opens(private(&key), at(SINCE))
            .build()
            .unwrap();
        Self {
            ring,
            time,
            key,
            jar,
        }
    }

    /// The `Cookie` header of somebody who logged in to the former build.
    fn old_header(&self, value: &Account) -> String {
        format!("{OLD}={}", old_value(&self.key, value))
    }

    fn open(&self, header: &str) -> Session<Account> {
        self.jar.open([header.to_owned()], FetchMetadata::default())
    }
}

fn private(key: &Key) -> LegacyCookie<Account> {
    LegacyCookie::private(OLD, key.master(), read)
}

fn read(text: &str) -> Option<Account> {
    serde_json::from_str(text).ok()
}

fn write(value: &Account) -> String {
    serde_json::to_string(value).unwrap()
}

/// What axum-extra's `PrivateCookieJar` sets.
fn old_value(key: &Key, value: &Account) -> String {
    let mut jar = CookieJar::new();
    jar.private_mut(key).add(Cookie::new(OLD, write(value)));
    let pair = jar.get(OLD).unwrap().encoded().to_string();
    pair[OLD.len() + 1..].to_owned()
}

/// What it reads of a browser's cookies.
fn old_build_reads(key: &Key, browser: &Browser) -> Option<Account> {
    let found = browser.0.iter().find(|it| it.0 == OLD)?;
    let sent = Cookie::parse_encoded(format!("{OLD}={}", found.2)).unwrap();
    let opened = CookieJar::new().private(key).decrypt(sent.into_owned())?;
    read(opened.value())
}

fn is_legacy(session: &Session<Account>) -> bool {
    matches!(session.origin(), Origin::Legacy { .. })
}

fn born(session: &Session<Account>) -> Timestamp {
    match session.origin() {
        Origin::Legacy { born, .. } | Origin::Opened { born, .. } => *born,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_session_in_the_former_cookie_moves_at_the_first_page_and_is_there_afterwards() {
    let fleet = Move::begin();
    let mut browser = Browser::with(&fleet.old_header(&account("ada")));
    browser.visit(&fleet.jar, |session| {
        assert!(is_legacy(session));
        assert_eq!(*session.get(), account("ada"));
        assert_eq!(session.revision(), 0);
    });
    assert_eq!(browser.names(), [NAME], "the former cookie is gone");
    let session = browser.request(&fleet.jar);
    assert!(is_open(&session));
    assert_eq!(*session.get(), account("ada"));
    assert_eq!(session.revision(), 0, "nobody has changed it");
    let [uses] = &fleet.jar.legacy_uses()[..] else {
        panic!("one cookie");
    };
    assert_eq!((&*uses.cookie_name, uses.opened, uses.refused), (OLD, 1, 0));
    assert_eq!(uses.closes_at, at(SINCE + 7 * DAY));
}

#[test]
fn a_response_that_moves_a_session_is_kept_from_caches_as_any_that_sets_one() {
    let fleet = Move::begin();
    let session = fleet.open(&fleet.old_header(&account("ada")));
    _ = session.get();
    let closing = close(&session);
    assert_eq!(closing.vary, Some("Cookie"));
    assert_eq!(closing.cache_control, Some("no-store"));
    // A page of the application that caches may keep leaves the session where it is.
    let session = fleet.open(&fleet.old_header(&account("ada")));
    _ = session.get();
    let policy = [("cache-control", &b"public, max-age=60"[..])];
    let closing = Session::close(&session, policy).unwrap();
    assert!(closing.set_cookies.is_empty());
}

#[test]
fn what_loads_no_page_reads_the_former_cookie_and_moves_it_only_with_a_change() {
    let fleet = Move::begin();
    let header = fleet.old_header(&account("ada"));
    let prefetch = FetchMetadata::read("GET", |name| {
        (name == "sec-purpose").then_some(&b"prefetch"[..])
    });
    for fetch in [
        background(),
        prefetch,
        FetchMetadata::read("HEAD", |_| None),
    ] {
        let session = fleet.jar.open([header.clone()], fetch);
        assert_eq!(session.get().name, "ada");
        assert_eq!(lines(&session), [""; 0]);

        let mut browser = Browser::with(&header);
        let session = fleet.jar.open([header.clone()], fetch);
        session.update(|it| it.visits += 1).unwrap();
        browser.receive(close(&session));
        assert_eq!(browser.names(), [NAME]);
        let session = browser.request(&fleet.jar);
        assert_eq!((session.get().visits, session.revision()), (2, 1));
    }
}

#[test]
fn requests_under_way_at_once_are_one_session() {
    let fleet = Move::begin();
    let mut browser = Browser::with(&fleet.old_header(&account("ada")));
    let first = browser.request(&fleet.jar);
    let second = browser.request(&fleet.jar);
    assert_eq!(first.id(), second.id());
    browser.receive(close(&second));
    first.update(|it| it.visits = 7).unwrap();
    browser.receive(close(&first));
    let session = browser.request(&fleet.jar);
    assert_eq!((session.id(), session.get().visits), (first.id(), 7));
    // The control: two visitors, whose cookies differ, are two sessions.
    let other = fleet.open(&fleet.old_header(&account("ada")));
    assert_ne!(other.id(), first.id());
}

#[test]
fn the_jars_own_cookie_counts_for_more_and_the_former_one_goes_with_the_next_write() {
    let fleet = Move::begin();
    let own = fleet.jar.cookie_for(&account("bob")).unwrap();
    let both = [own, fleet.old_header(&account("ada"))].join("; ");
    let session = fleet.open(&both);
    assert!(is_open(&session));
    assert_eq!(session.get().name, "bob");
    assert_eq!(lines(&session), [""; 0], "nothing is due");

    for (act, names) in [
        ("write", &[NAME][..]),
        ("reseal", &[NAME][..]),
        ("purge", &["__Host-Http-session.out"][..]),
    ] {
        let mut browser = Browser::with(&both);
        let time = fleet.time.seconds();
        browser.visit(&fleet.jar, |session| match act {
            "write" => session.update(|it| it.visits += 1).unwrap(),
            "purge" => session.purge(),
            _ => {}
        });
        if act == "reseal" {
            fleet.time.pass(DAY / 4);
            browser.visit(&fleet.jar, |session| assert_eq!(session.get().name, "bob"));
            fleet.time.set(time);
        }
        assert_eq!(browser.names(), names, "{act}");
    }
}

#[test]
fn a_cookie_of_the_jars_own_that_is_refused_lets_no_former_one_in() {
    let fleet = Move::begin();
    for own in ["garbage", ""] {
        let header = format!("{NAME}={own}; {}", fleet.old_header(&account("ada")));
        let session = fleet.open(&header);
        assert_eq!(refusal(&session), Some("malformed"));
        assert_eq!(session.get().name, "");
    }
    // The control: without the first it opens.
    assert!(is_legacy(&fleet.open(&fleet.old_header(&account("ada")))));
}
