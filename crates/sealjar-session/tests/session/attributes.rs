//! What do the lines say apart from the session? Attributes, ages, and the header for an
//! application's own tests.

use std::time::Duration;

use sealjar_session::{Expiry, FetchMetadata, Jar, SameSite, SessionData};
use serde::{Deserialize, Serialize};

use crate::support::{
    Account, Browser, DAY, NAME, START, Time, account, builder, lines, open, ring, unseal, world,
};

fn attributes(line: &str) -> Vec<&str> {
    let mut attributes: Vec<&str> = line.split("; ").skip(1).collect();
    attributes.sort_unstable();
    attributes
}

fn write<T: SessionData>(jar: &Jar<T>, value: &T) -> Vec<String> {
    let session = jar.open(None::<Vec<u8>>, FetchMetadata::default());
    session.update(|it| *it = value.clone()).unwrap();
    lines(&session)
}

fn purge<T: SessionData>(jar: &Jar<T>, header: &str) -> Vec<String> {
    let session = open(jar, header);
    session.purge();
    lines(&session)
}

#[test]
fn setting_and_removing_carry_the_same_attributes() {
    let (ring, time) = (ring(), Time::starting());
    let new = || builder::<Account>(&ring, &time);
    let host = ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"];
    for (jar, wanted) in [
        (new(), host.to_vec()),
        (
            new().same_site(SameSite::Strict),
            vec!["HttpOnly", "Path=/", "SameSite=Strict", "Secure"],
        ),
        (
            new().same_site(SameSite::None),
            vec!["HttpOnly", "Path=/", "SameSite=None", "Secure"],
        ),
        (
            new().partitioned(true).same_site(SameSite::None),
            vec![
                "HttpOnly",
                "Partitioned",
                "Path=/",
                "SameSite=None",
                "Secure",
            ],
        ),
        (
            new()
                .cookie_name("__Secure-s")
                .path("/app")
                .domain("example.org"),
            vec![
                "Domain=example.org",
                "HttpOnly",
                "Path=/app",
                "SameSite=Lax",
                "Secure",
            ],
        ),
        (
            new().allow_insecure_http(true),
            vec!["HttpOnly", "Path=/", "SameSite=Lax"],
        ),
    ] {
        let jar = jar.build().unwrap();
        let lines = write(&jar, &account("ada"));
        let set = lines.iter().find(|it| !it.contains("Max-Age=0")).unwrap();
        let mut set_wanted = wanted.clone();
        set_wanted.push("Max-Age=86400");
        set_wanted.sort_unstable();
        assert_eq!(attributes(set), set_wanted);

        let header = set.split_once(';').unwrap().0;
        let removed = &purge(&jar, header)[0];
        assert!(removed.starts_with(&format!("{}=; ", jar.cookie_name())));
        let mut remove_wanted = wanted;
        remove_wanted.extend(["Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"]);
        remove_wanted.sort_unstable();
        assert_eq!(attributes(removed), remove_wanted);
    }
}

#[test]
fn the_name_is_the_one_that_was_chosen() {
    let (ring, time) = (ring(), Time::starting());
    let named = |build: fn(
        sealjar_session::JarBuilder<Account>,
    ) -> sealjar_session::JarBuilder<Account>| {
        build(builder(&ring, &time))
            .build()
            .unwrap()
            .cookie_name()
            .to_owned()
    };
    assert_eq!(named(|it| it), NAME);
    assert_eq!(named(|it| it.allow_insecure_http(true)), "session");
    assert_eq!(named(|it| it.cookie_name("basket")), "basket");
    assert_eq!(
        named(|it| it.cookie_name("basket").allow_insecure_http(true)),
        "basket"
    );
}

/// Chooses how long it lives, within the limits of the jar.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Stay {
    seconds: Option<u32>,
    browser: bool,
}

impl SessionData for Stay {
    fn expiry(&self) -> Expiry {
        match (self.seconds, self.browser) {
            (Some(seconds), _) => Expiry::After(Duration::from_secs(seconds.into())),
            (None, true) => Expiry::OnBrowserClose,
            (None, false) => Expiry::Jar,
        }
    }
}

#[test]
fn expiry_chooses_age_and_end_within_what_the_jar_allows() {
    let (ring, time) = (ring(), Time::starting());
    let stay = |seconds| Stay {
        seconds,
        browser: false,
    };
    let browser = Stay {
        seconds: None,
        browser: true,
    };
    let idle = 3600;
    for (persistent, value, max_age, lives) in [
        (true, stay(None), Some(idle), idle),
        (true, stay(Some(0)), Some(1), 1),
        (true, stay(Some(60)), Some(60), 60),
        (true, stay(Some(2 * idle)), Some(idle), idle),
        (true, browser.clone(), None, idle),
        (false, stay(None), None, idle),
        (false, stay(Some(60)), Some(60), 60),
        (false, browser, None, idle),
    ] {
        let jar = builder::<Stay>(&ring, &time)
            .idle_timeout(Duration::from_secs(idle.into()))
            .persistent(persistent)
            .build()
            .unwrap();
        time.set(START);
        let header = jar.cookie_for(&value).unwrap();
        let session = open(&jar, &header);
        session.renew();
        let line = lines(&session).remove(0);
        let age = line.split("; ").find_map(|it| it.strip_prefix("Max-Age="));
        assert_eq!(
            age,
            max_age.map(|it| it.to_string()).as_deref(),
            "{value:?} {persistent}"
        );
        // Whatever the browser does, the sealed times end the session.
        time.set(START + lives - 1);
        assert_eq!(*open(&jar, &header).get(), value);
        time.set(START + lives);
        assert_eq!(
            crate::support::refusal(&open(&jar, &header)),
            Some("expired")
        );
    }
}

#[test]
fn an_age_never_outlives_the_absolute_lifetime() {
    let (_, time, jar) = world::<Account>();
    let mut browser = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
    for _ in 0..6 {
        time.pass(DAY - 1);
        browser.visit(&jar, |session| assert_eq!(session.get().name, "ada"));
    }
    time.pass(DAY / 2);
    let session = browser.request(&jar);
    session.update(|it| it.visits += 1).unwrap();
    let line = lines(&session).remove(0);
    let left = 7 * DAY - (time.seconds() - START);
    assert!(left < DAY);
    assert!(line.ends_with(&format!("; Max-Age={left}")), "{line}");
}

#[test]
fn cookie_for_makes_a_visitor_that_any_replica_takes() {
    let (ring, time) = (ring(), Time::starting());
    let jar = builder::<Account>(&ring, &time)
        .max_size(12_288)
        .partitioned(true)
        .same_site(SameSite::None)
        .build()
        .unwrap();
    for name in ["ada".to_owned(), "x".repeat(7000), String::new()] {
        let header = jar.cookie_for(&account(&name)).unwrap();
        assert_eq!(open(&jar, &header).get().name, name);
        assert!(!header.contains("Max-Age") && !header.contains(".out"));
    }
    // Even the default value is a session that came.
    let header = jar.cookie_for(&Account::default()).unwrap();
    assert!(crate::support::is_open(&open(&jar, &header)));
    let (schema, _, revision, body) = unseal(&ring, &header, START);
    assert_eq!((schema, revision, body), (0, 0, vec![0, 0]));
    assert!(jar.cookie_for(&account(&"x".repeat(20_000))).is_err());
}
