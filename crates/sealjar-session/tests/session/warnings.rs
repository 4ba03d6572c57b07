//! Which mistakes of an application does the log show, and how often?

use std::borrow::Cow;
use std::time::Duration;

use sealjar_session::{Expiry, FetchMetadata, Session, SessionData, UpdateError};

use crate::capture::{Capture, Line, warnings};
use crate::support::{
    APP, Account, DAY, Note, START, account, at, change_ring, lines, open, sealing_since, world,
};

#[test]
fn subject_not_implemented_is_warned_of_exactly_once() {
    fn events<T: SessionData>(value: &T, listed: &str) -> Vec<Line> {
        let (ring, _, jar) = world::<T>();
        let header = jar.cookie_for(value).unwrap();
        change_ring(&ring, |draft| {
            draft
                .revocations
                .revoke_subject(listed, "somebody", at(START + 99))
                .unwrap()
        });
        Capture::run(|_| {
            for _ in 0..5 {
                _ = open(&jar, &header).get();
                // A clone of the jar is the same jar.
                _ = open(&jar.clone(), &header).get();
            }
        })
    }
    let note = Note("x".into());
    let warned = events(&note, APP);
    assert_eq!(warned.len(), 1);
    assert_eq!(warnings(&warned, "implement SessionData::subject"), 1);
    assert!(
        warned[0].1.iter().any(|it| it.contains("support::Note")),
        "{warned:?}"
    );
    assert_eq!(
        warnings(&events(&note, "blog-test"), "subject"),
        0,
        "nobody of this app is listed"
    );
    assert_eq!(
        warnings(&events(&account("ada"), APP), "subject"),
        0,
        "this type has one"
    );
}

#[test]
fn a_type_that_has_a_subject_or_declines_is_not_warned_of() {
    #[derive(Clone, Default, serde::Deserialize, serde::Serialize)]
    struct Flash(String);
    impl SessionData for Flash {
        fn subject(&self) -> Option<Cow<'_, str>> {
            None
        }
    }
    fn events<T: SessionData>(value: &T) -> usize {
        let (ring, _, jar) = world::<T>();
        let header = jar.cookie_for(value).unwrap();
        change_ring(&ring, |draft| {
            draft
                .revocations
                .revoke_subject(APP, "bob", at(START))
                .unwrap()
        });
        Capture::run(|_| drop(open(&jar, &header).get())).len()
    }
    assert_eq!(events(&account("")), 0, "a guest, before anybody logs in");
    assert_eq!(events(&None::<Account>), 0);
    assert_eq!(events(&Flash("hello".into())), 0);
    // The negative controls.
    assert_eq!(events(&Note("x".into())), 1);
    assert_eq!(events(&Some(Note("x".into()))), 1);
}

#[test]
fn a_ring_that_allows_less_is_warned_of_once() {
    let (ring, time, jar) = world::<Account>();
    let write = |visits| {
        let session = jar.open(None::<Vec<u8>>, FetchMetadata::default());
        session.update(|it| it.visits = visits).unwrap();
        lines(&session).remove(0)
    };
    assert_eq!(Capture::run(|_| _ = write(1)).len(), 0);
    change_ring(&ring, |draft| {
        let mut short = sealing_since(START);
        short.lifetime = 600;
        draft.keys.push(short);
    });
    let events = Capture::run(|_| {
        for visits in 2..9 {
            assert!(write(visits).ends_with("; Max-Age=600"));
            time.pass(60);
        }
    });
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(
        warnings(&events, "the ring's key allows less than the idle timeout"),
        1
    );
    for field in ["idle_timeout=86400", "allowed=600"] {
        assert!(events[0].1.iter().any(|it| it == field), "{field}");
    }
}

#[test]
fn a_session_that_asks_for_more_than_the_jar_gives_is_warned_of_once() {
    #[derive(Clone, Default, serde::Deserialize, serde::Serialize)]
    struct Month {
        until: bool,
    }
    impl SessionData for Month {
        fn expiry(&self) -> Expiry {
            if self.until {
                Expiry::At(at(START + 30 * DAY))
            } else {
                Expiry::After(Duration::from_secs(u64::from(30 * DAY)))
            }
        }
    }
    for until in [false, true] {
        let (_, _, jar) = world::<Month>();
        let events = Capture::run(|_| {
            for _ in 0..3 {
                jar.cookie_for(&Month { until }).unwrap();
            }
        });
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(warnings(&events, "asked for more than the jar's idle"), 1);
        for field in ["asked=2592000", "idle_timeout=86400"] {
            assert!(events[0].1.iter().any(|it| it == field), "{field}");
        }
    }
}

#[test]
fn a_session_that_asks_for_all_that_the_jar_gives_is_not_warned_of() {
    #[derive(Clone, Default, serde::Deserialize, serde::Serialize)]
    struct Day;
    impl SessionData for Day {
        fn expiry(&self) -> Expiry {
            Expiry::After(Duration::from_secs(u64::from(DAY)))
        }
    }
    let (_, _, jar) = world::<Day>();
    let events = Capture::run(|_| drop(jar.cookie_for(&Day).unwrap()));
    assert_eq!(events.len(), 0, "{events:?}");
}

#[test]
fn a_first_read_after_the_head_is_out_is_an_error_and_one_before_is_not() {
    let (_, _, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    for read_before in [true, false] {
        let events = Capture::run(|_| {
            let session = open(&jar, &header);
            if read_before {
                _ = session.get();
            }
            lines(&session);
            _ = session.get();
        });
        let is_late = |line: &&Line| {
            let about = "first read after the response's head was out";
            line.0 == tracing::Level::ERROR && line.1.iter().any(|it| it.contains(about))
        };
        let late = events.iter().filter(is_late).count();
        assert_eq!(late, usize::from(!read_before), "{events:?}");
    }
}

#[test]
fn what_gives_way_is_said() {
    let (ring, time, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    let public = Capture::run(|_| {
        for _ in 0..100 {
            let session = open(&jar, &header);
            session.update(|it| it.visits += 1).unwrap();
            Session::close(&session, [("cache-control", b"public".as_slice())]).unwrap();
        }
        time.pass(1);
        let session = open(&jar, &header);
        session.purge();
        Session::close(&session, [("cache-control", b"public".as_slice())]).unwrap();
    });
    let replaced = "replaced what it says to caches by no-store";
    assert_eq!(warnings(&public, replaced), 2, "once a second: {public:?}");
    assert_eq!(public.len(), 101, "the others at DEBUG");

    let late = Capture::run(|_| {
        let session = open(&jar, &header);
        _ = session.get();
        _ = lines(&session);
        session.purge();
    });
    assert_eq!(late.len(), 1);
    assert_eq!(late[0].0, tracing::Level::ERROR);
    assert!(late[0].1.iter().any(|it| it == "intent=Purge"), "{late:?}");

    change_ring(&ring, |draft| draft.keys[0].seals_until = Some(at(START)));
    time.pass(DAY / 2);
    let stuck = Capture::run(|_| {
        for _ in 0..100 {
            let session = open(&jar, &header);
            _ = session.get();
            _ = lines(&session);
        }
    });
    assert_eq!(
        warnings(&stuck, "not sealed again"),
        1,
        "once a second: {stuck:?}"
    );
}

#[test]
fn a_change_that_was_not_taken_is_logged_with_what_to_do() {
    let error = UpdateError::TooLarge {
        size: 13_000,
        limit: 12_288,
    };
    let lines = Capture::run(|_| {
        let answer = sealjar_session::adapter::explain(&error);
        assert!(
            !answer.contains("13000"),
            "the visitor is not told: {answer}"
        );
    });
    let [(_, fields)] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    for words in ["13000", error.hint()] {
        assert!(fields.iter().any(|it| it.contains(words)), "{fields:?}");
    }
}
