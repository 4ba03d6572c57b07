//! Attack or mistake: only the browser expires cookies; arithmetic on times that a client chose.

use std::time::Duration;

use sealjar::{ClockError, SealError, Timestamp};
use sealjar_session::{Expiry, Jar, Origin, Refusal, SessionData, UpdateError};
use serde::{Deserialize, Serialize};

use crate::support::{
    APP, Account, Browser, DAY, Forger, NAME, SKEW, START, Time, account, at, builder, close,
    is_open, open, refusal, ring, world,
};

#[test]
fn a_cookie_is_refused_from_the_second_its_idle_time_is_over() {
    let (ring, time) = (ring(), Time::starting());
    let jar = builder::<Account>(&ring, &time)
        .idle_timeout(Duration::from_secs(600))
        .build()
        .unwrap();
    let header = jar.cookie_for(&account("ada")).unwrap();
    for (after, kind) in [
        (0, None),
        (599, None),
        (600, Some("expired")),
        (601, Some("expired")),
        (DAY, Some("expired")),
    ] {
        time.set(START + after);
        assert_eq!(refusal(&open(&jar, &header)), kind, "after {after} s");
    }
    // A replay is refused, however the browser kept the cookie, and remains refused.
    time.set(START + 10 * DAY);
    assert_eq!(refusal(&open(&jar, &header)), Some("expired"));
}

#[test]
fn a_session_in_use_ends_with_its_absolute_lifetime() {
    let (ring, time) = (ring(), Time::starting());
    let jar = builder::<Account>(&ring, &time)
        .idle_timeout(Duration::from_secs(600))
        .lifetime(Duration::from_secs(3600))
        .build()
        .unwrap();
    let mut browser = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
    for minute in 1..60 {
        time.set(START + minute * 60);
        browser.visit(&jar, |session| {
            assert_eq!(session.get().name, "ada", "minute {minute}");
            // Writing and renewing do not extend it either, while the subject is the same.
            session.update(|it| it.visits += 1).unwrap();
            if minute % 2 == 0 {
                session.renew();
            }
        });
    }
    time.set(START + 3599);
    assert!(is_open(&browser.request(&jar)));
    time.set(START + 3600);
    assert!(!is_open(&browser.request(&jar)));
}

/// Sealed times that outlive the jar's lifetime: only the jar's own check stops them.
#[test]
fn the_absolute_lifetime_is_checked_when_opening_too() {
    let (ring, time) = (ring(), Time::starting());
    let jar = builder::<Account>(&ring, &time)
        .lifetime(Duration::from_secs(3600))
        .build()
        .unwrap();
    for (age, kind) in [
        (0, None),
        (3599, None),
        (3600, Some("too_old")),
        (3601, Some("too_old")),
        (90 * DAY, Some("too_old")),
    ] {
        let header = Forger {
            born: START - age,
            ..Forger::new(&ring)
        }
        .header_of(&account("ada"));
        assert_eq!(refusal(&open(&jar, header)), kind, "{age} s old");
    }
}

#[test]
fn a_login_begins_the_absolute_lifetime_anew() {
    let (_, time, jar) = world::<Account>();
    let mut browser = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
    let born = |browser: &Browser| match browser.request(&jar).origin() {
        Origin::Opened { born, .. } => born.stored(),
        other => panic!("{other:?}"),
    };
    time.pass(100);
    browser.visit(&jar, |session| session.renew());
    assert_eq!(born(&browser), START, "the same person keeps the birth");
    browser.visit(&jar, |session| {
        session.update(|it| it.name = "bob".into()).unwrap()
    });
    assert_eq!(born(&browser), START + 100, "another person begins");
    time.pass(100);
    browser.visit(&jar, |session| {
        session.update(|it| it.name.clear()).unwrap()
    });
    assert_eq!(born(&browser), START + 200, "and so does nobody");
    time.pass(100);
    browser.visit(&jar, |session| session.renew());
    assert_eq!(
        born(&browser),
        START + 200,
        "an anonymous visitor stays anonymous"
    );
    time.pass(100);
    browser.visit(&jar, |session| {
        session.update(|it| it.name = "ada".into()).unwrap();
        session.update(|it| it.name.clear()).unwrap();
    });
    assert_eq!(born(&browser), START + 400, "somebody was there in between");
}

/// A session that chooses its own end.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Trial {
    ends: u32,
}

impl SessionData for Trial {
    fn expiry(&self) -> Expiry {
        Expiry::At(at(self.ends))
    }
}

#[test]
fn a_session_with_an_end_of_its_own_ends_then_however_much_it_is_used() {
    let (_, time, jar) = world::<Trial>();
    let ends = START + 2 * DAY + 100;
    let mut browser = Browser::with(&jar.cookie_for(&Trial { ends }).unwrap());
    let mut seals = 0;
    for hour in 1..=48 {
        time.set(START + hour * 3600);
        let before = browser.header();
        browser.visit(&jar, |session| assert_eq!(session.get().ends, ends));
        seals += u32::from(browser.header() != before);
    }
    assert!(
        (4..8).contains(&seals),
        "sealed again {seals} times, and not once it could gain nothing by it"
    );
    time.set(ends - 1);
    assert!(is_open(&browser.request(&jar)));
    time.set(ends);
    assert_eq!(refusal(&browser.request(&jar)), Some("expired"));

    // Its idle time is the jar's: unused, it ends earlier.
    time.set(START);
    let unused = jar.cookie_for(&Trial { ends }).unwrap();
    time.set(START + DAY);
    assert_eq!(refusal(&open(&jar, unused)), Some("expired"));
}

#[test]
fn a_write_that_sets_an_end_which_has_passed_ends_the_session_as_a_purge_does() {
    let (_, _, jar) = world::<Trial>();
    let came = jar.cookie_for(&Trial { ends: START + 100 }).unwrap();
    for (ends, over) in [
        (1, true),
        (START - 1, true),
        (START, true),
        // The control: one second later the session continues.
        (START + 1, false),
    ] {
        let session = open(&jar, &came);
        session.update(|it| it.ends = ends).unwrap();
        let closing = close(&session);
        let mut browser = Browser::with(&came);
        browser.receive(closing);
        let left = open(&jar, browser.header());
        assert_eq!(is_open(&left), !over, "{ends}");
        // A slower response sets the incoming cookie again.
        let late = open(&jar, format!("{}; {came}", browser.header()));
        let refused = over.then_some("logged_out");
        assert_eq!(refusal(&late), refused, "{ends}");
    }
}

#[test]
fn a_shortened_idle_time_holds_from_the_next_seal() {
    let (ring, time) = (ring(), Time::starting());
    let long = builder::<Account>(&ring, &time).build().unwrap();
    let short = builder::<Account>(&ring, &time)
        .idle_timeout(Duration::from_secs(600))
        .build()
        .unwrap();
    let mut browser = Browser::with(&long.cookie_for(&account("ada")).unwrap());
    time.pass(3600);
    browser.visit(&short, |session| {
        assert_eq!(session.get().name, "ada", "expires_at is trusted")
    });
    time.pass(600);
    assert_eq!(refusal(&browser.request(&short)), Some("expired"));
}

#[test]
fn a_cookie_of_a_replica_whose_clock_is_ahead_opens_within_the_skew() {
    let (ring, _, jar) = world::<Account>();
    for (ahead, kind) in [(0, None), (SKEW, None), (SKEW + 1, Some("bad_time"))] {
        let sealed_at = START + ahead;
        let header = Forger {
            sealed_at,
            born: sealed_at,
            ..Forger::new(&ring)
        }
        .header_of(&account("ada"));
        let session = open(&jar, header);
        assert_eq!(refusal(&session), kind, "{ahead} s ahead");
        if let Origin::Refused(refusal) = session.origin() {
            assert!(refusal.may_open_elsewhere());
        }
    }
}

#[test]
fn extremes_of_every_time_neither_panic_nor_open_what_is_over() {
    let (ring, time, jar) = world::<Account>();
    let extremes = [0, 1, START, u32::MAX - 1, u32::MAX];
    let (mut opened, mut refused) = (0, 0);
    for born in extremes {
        for sealed_at in extremes {
            for expires_at in extremes {
                let header = Forger {
                    born,
                    sealed_at,
                    expires_at,
                    ..Forger::new(&ring)
                }
                .header_of(&account("ada"));
                for now in extremes {
                    time.set(now);
                    let session = open(&jar, &header);
                    if is_open(&session) {
                        assert!(now < expires_at && now < born.saturating_add(7 * DAY));
                        opened += 1;
                    } else {
                        refused += 1;
                    }
                    session.update(|it| it.visits += 1).unwrap();
                    session.renew();
                    session.keep_alive();
                    for line in close(&session).set_cookies {
                        assert!(line.starts_with(NAME) && line.len() < 400);
                    }
                }
            }
        }
    }
    assert!(opened > 0 && refused > 0, "{opened} {refused}");
}

#[test]
fn a_clock_that_shows_no_time_refuses_and_writes_nothing() {
    let ring = ring();
    let good = builder::<Account>(&ring, &Time::starting())
        .build()
        .unwrap();
    let header = good.cookie_for(&account("ada")).unwrap();
    let broken = Jar::<Account>::builder(&ring, APP)
        .clock(|| Err(ClockError))
        .build()
        .unwrap();
    let session = open(&broken, &header);
    assert_eq!(refusal(&session), Some("clock"));
    assert!(matches!(session.origin(), Origin::Refused(it) if it.may_open_elsewhere()));
    assert_eq!(
        session.update(|it| it.visits += 1),
        Err(UpdateError::Seal(SealError::Clock(ClockError)))
    );
    let closing = close(&session);
    assert!(closing.set_cookies.is_empty());
    assert_eq!(
        *session.origin(),
        Origin::Refused(Refusal::Token(ClockError.into()))
    );

    // After the last second that a token can hold, the clock fails and does not wrap.
    assert_eq!(
        Timestamp::from_unix(Timestamp::MAX.unix() + 1),
        Err(ClockError)
    );
    assert_eq!(at(u32::MAX), Timestamp::MAX);
}

#[test]
fn a_session_inside_an_option_lives_as_long_as_it_says() {
    #[derive(Clone, Default, serde::Deserialize, serde::Serialize)]
    struct Minute;
    impl SessionData for Minute {
        fn expiry(&self) -> Expiry {
            Expiry::After(Duration::from_secs(60))
        }
    }
    let (_, time, jar) = world::<Option<Minute>>();
    let minute = jar.cookie_for(&Some(Minute)).unwrap();
    let as_the_jar_says = jar.cookie_for(&None).unwrap();
    time.pass(59);
    assert!(is_open(&open(&jar, &minute)));
    time.pass(1);
    assert_eq!(refusal(&open(&jar, &minute)), Some("expired"));
    assert!(is_open(&open(&jar, &as_the_jar_says)));
}
