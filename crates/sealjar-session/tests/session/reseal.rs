//! When is a session sealed again that is only read?

use std::time::Duration;

use sealjar_session::{Expiry, FetchMetadata, Jar, Origin, SameSite, SessionData, adapter};
use serde::{Deserialize, Serialize};

use crate::capture::{Capture, Line};
use crate::support::{
    Account, Browser, DAY, START, Time, account, background, builder, change_ring, close, jar,
    lines, open, ring, sealing_since, unseal, world,
};

#[test]
fn a_touched_session_is_sealed_again_after_a_quarter_of_its_idle_time() {
    let (_, time, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    for (after, wanted) in [
        (0, 0),
        (DAY / 4 - 1, 0),
        (DAY / 4, 1),
        (DAY / 2, 1),
        (DAY - 1, 1),
    ] {
        time.set(START + after);
        for (navigation, touched) in [(true, true), (true, false), (false, true), (false, false)] {
            let fetch = if navigation {
                FetchMetadata::default()
            } else {
                background()
            };
            let session = jar.open([header.clone()], fetch);
            if touched {
                _ = session.get();
            }
            let wanted = if navigation && touched { wanted } else { 0 };
            assert_eq!(
                lines(&session).len(),
                wanted,
                "{after} {navigation} {touched}"
            );
        }
    }
}

#[test]
fn the_quarter_is_another_where_the_jar_says_so() {
    let (ring, time) = (ring(), Time::starting());
    let jar: Jar<Account> = builder(&ring, &time)
        .idle_timeout(Duration::from_secs(1000))
        .refresh_after(Duration::from_secs(900))
        .build()
        .unwrap();
    let header = jar.cookie_for(&account("ada")).unwrap();
    for (after, wanted) in [(250, 0), (899, 0), (900, 1)] {
        time.set(START + after);
        let session = open(&jar, &header);
        _ = session.get();
        assert_eq!(lines(&session).len(), wanted, "{after}");
    }
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Short(u32);

impl SessionData for Short {
    fn expiry(&self) -> Expiry {
        Expiry::After(Duration::from_secs(400))
    }
}

#[test]
fn a_session_with_a_shorter_life_of_its_own_is_sealed_after_a_quarter_of_that() {
    let (_, time, jar) = world::<Short>();
    let mut browser = Browser::with(&jar.cookie_for(&Short(1)).unwrap());
    let first = browser.header();
    time.pass(99);
    browser.visit(&jar, |session| _ = session.get());
    assert_eq!(browser.header(), first);
    for _ in 0..20 {
        time.pass(100);
        let before = browser.header();
        browser.visit(&jar, |session| assert_eq!(*session.get(), Short(1)));
        assert_ne!(browser.header(), before);
    }
}

#[test]
fn a_reseal_changes_the_times_and_nothing_else() {
    let (ring, time, jar) = world::<Account>();
    let mut browser = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
    browser.visit(&jar, |session| session.update(|it| it.visits = 7).unwrap());
    let before = (
        unseal(&ring, &browser.header(), START),
        browser.request(&jar).origin().clone(),
    );
    time.pass(DAY / 3);
    browser.visit(&jar, |session| _ = session.get());
    let after = (
        unseal(&ring, &browser.header(), time.seconds()),
        browser.request(&jar).origin().clone(),
    );
    assert_eq!(before.0, after.0, "schema, id, revision and body");
    let (
        Origin::Opened {
            born: b0,
            sealed_at: s0,
            expires_at: e0,
            ..
        },
        Origin::Opened {
            born,
            sealed_at,
            expires_at,
            ..
        },
    ) = (before.1, after.1)
    else {
        panic!("not opened");
    };
    assert_eq!(b0, born);
    assert_eq!(
        (sealed_at.seconds_since(s0), expires_at.seconds_since(e0)),
        (DAY / 3, DAY / 3)
    );
}

#[test]
fn a_reseal_expires_nothing_that_came_beside_the_session() {
    let (ring, time) = (ring(), Time::starting());
    let jar: Jar<Account> = builder(&ring, &time)
        .partitioned(true)
        .same_site(SameSite::None)
        .build()
        .unwrap();
    let header = jar.cookie_for(&account("ada")).unwrap();
    let name = jar.cookie_name();
    time.set(START + DAY / 2);
    let came = format!("{header}; {name}.1=abcd.left; {name}.2=abcd.over");
    let session = open(&jar, &came);
    assert_eq!(session.get().name, "ada");
    assert_eq!(lines(&session).len(), 1, "nobody asked");
    // The control: a write does expire them, and the unpartitioned twins of all three.
    let session = open(&jar, &came);
    session.update(|it| it.visits += 1).unwrap();
    assert_eq!(lines(&session).len(), 6);
}

#[test]
fn a_stale_key_alone_is_no_reason() {
    let (ring, time, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    change_ring(&ring, |draft| draft.keys.push(sealing_since(START)));
    let session = open(&jar, &header);
    assert!(matches!(
        session.origin(),
        Origin::Opened { stale: true, .. }
    ));
    assert!(lines(&session).is_empty());
    // When it is due, it moves to the new key.
    time.pass(DAY / 4);
    let mut browser = Browser::with(&header);
    browser.visit(&jar, |session| _ = session.get());
    assert!(matches!(
        browser.request(&jar).origin(),
        Origin::Opened { stale: false, .. }
    ));
}

#[test]
fn a_session_that_cannot_be_sealed_again_goes_on_as_it_is() {
    let (ring, time, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    change_ring(&ring, |draft| {
        draft.keys[0].seals_until = Some(crate::support::at(START))
    });
    time.pass(DAY / 2);
    let session = open(&jar, &header);
    assert_eq!(session.get().name, "ada");
    let closing = close(&session);
    assert!(closing.set_cookies.is_empty());
    assert!(
        closing.cache_control.is_some(),
        "and the page is still kept from shared caches"
    );
    // So does a session that is too large for a jar whose limit was lowered.
    let (ring, time) = (crate::support::ring(), Time::starting());
    let wide: Jar<Account> = builder(&ring, &time).max_size(12_288).build().unwrap();
    let narrow: Jar<Account> = builder(&ring, &time).build().unwrap();
    let header = wide.cookie_for(&account(&"x".repeat(6000))).unwrap();
    time.pass(DAY / 2);
    let session = open(&narrow, header);
    assert_eq!(session.get().name.len(), 6000);
    assert!(lines(&session).is_empty());
}

#[test]
fn no_session_outlives_the_revocations_that_a_later_ring_remembers() {
    let (ring, time) = (ring(), Time::starting());
    let jar: Jar<Account> = jar(&ring, &time);
    let lives =
        |jar: &Jar<Account>| match open(jar, jar.cookie_for(&account("ada")).unwrap()).origin() {
            Origin::Opened {
                born, expires_at, ..
            } => expires_at.seconds_since(*born),
            other => panic!("{other:?}"),
        };
    assert_eq!(lives(&jar), DAY);
    change_ring(&ring, |draft| draft.revocations.horizon = 500);
    assert_eq!(lives(&jar), 500);
}

#[test]
fn a_ring_that_allows_less_cuts_lives_short_and_is_followed() {
    let (ring, time) = (ring(), Time::starting());
    let jar: Jar<Account> = jar(&ring, &time);
    change_ring(&ring, |draft| {
        let mut short = sealing_since(START);
        short.lifetime = 400;
        draft.keys.push(short);
    });
    let mut browser = Browser::default();
    browser.visit(&jar, |session| {
        session.update(|it| *it = account("ada")).unwrap()
    });
    for _ in 0..20 {
        // It is a quarter of what the key allows; otherwise no visitor would outlive the new key.
        time.pass(100);
        let before = browser.header();
        browser.visit(&jar, |session| assert_eq!(session.get().name, "ada"));
        assert_ne!(browser.header(), before);
    }
    time.pass(400);
    assert_eq!(
        crate::support::refusal(&browser.request(&jar)),
        Some("expired")
    );
}

#[test]
fn a_jar_that_keeps_alive_extends_on_any_request_that_uses_the_session() {
    let (ring, time) = (ring(), Time::starting());
    let with = |keep_alive| -> Jar<Account> {
        builder(&ring, &time)
            .keep_alive(keep_alive)
            .build()
            .unwrap()
    };
    let header = with(true).cookie_for(&account("ada")).unwrap();
    for (age, keep_alive, touched, wanted) in [
        (DAY / 4 - 1, true, true, 0),
        (DAY / 4, true, true, 1),
        (DAY / 4, true, false, 0),
        (DAY / 4, false, true, 0),
    ] {
        time.set(START + age);
        let jar = with(keep_alive);
        let session = jar.open([header.clone()], background());
        if touched {
            _ = session.get();
        }
        assert_eq!(
            lines(&session).len(),
            wanted,
            "{age} {keep_alive} {touched}"
        );
    }
    // The layer's setting does the same.
    let jar = with(false);
    for touched in [true, false] {
        let session = jar.open([header.clone()], background());
        adapter::keep_alive_if_used(&session);
        if touched {
            _ = session.get();
        }
        assert_eq!(lines(&session).len(), usize::from(touched));
    }
    // Prefetched pages do not count with either. A handler may ask.
    let ahead = |name| (name == "sec-purpose").then_some(&b"prefetch"[..]);
    for (jar_keeps, layer_keeps, handler_keeps) in [
        (true, false, false),
        (false, true, false),
        (false, false, true),
    ] {
        let jar = with(jar_keeps);
        let session = jar.open([header.clone()], FetchMetadata::read("GET", ahead));
        if layer_keeps {
            adapter::keep_alive_if_used(&session);
        }
        if handler_keeps {
            session.keep_alive();
        }
        assert!(session.is_speculative());
        _ = session.get();
        assert_eq!(lines(&session).len(), usize::from(handler_keeps));
    }
}

#[test]
fn a_developer_is_told_that_a_page_which_lives_on_fetch_does_not_extend_its_session() {
    let (ring, time) = (ring(), Time::starting());
    let fetch = |jar: &Jar<Account>, header: &str, navigation| {
        let fetch = if navigation {
            FetchMetadata::default()
        } else {
            background()
        };
        let session = jar.open([header.to_owned()], fetch);
        _ = session.get();
        lines(&session);
    };
    let about = |events: &[Line], text: &str| {
        let is = |line: &&Line| {
            line.0 == tracing::Level::DEBUG && line.1.iter().any(|it| it.contains(text))
        };
        events.iter().filter(is).count()
    };
    for (keep_alive, navigation, told) in [(false, false, 1), (true, false, 0), (false, true, 0)] {
        time.set(START);
        let jar: Jar<Account> = builder(&ring, &time)
            .keep_alive(keep_alive)
            .build()
            .unwrap();
        let header = jar.cookie_for(&account("ada")).unwrap();
        let events = Capture::run(|_| {
            for age in [0, DAY / 2, DAY * 3 / 4 - 1] {
                time.set(START + age);
                fetch(&jar, &header, navigation);
            }
        });
        assert!(events.is_empty(), "there is time: {events:?}");
        let events = Capture::run(|_| {
            for _ in 0..3 {
                time.set(START + DAY * 3 / 4);
                fetch(&jar, &header, navigation);
            }
        });
        assert_eq!(
            about(&events, "a session in use ends soon"),
            told,
            "{events:?}"
        );
        assert_eq!(about(&events, "left=21600"), told);
        // By then a browser drops the cookie, unless the cookie lives as long as the browser runs.
        time.set(START + DAY);
        let events = Capture::run(|_| fetch(&jar, &header, navigation));
        assert_eq!(
            about(&events, "a session has ended under a page"),
            told,
            "{events:?}"
        );
    }
}
