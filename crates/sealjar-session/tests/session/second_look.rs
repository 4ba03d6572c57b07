//! Attack or accident: a session ends while one of its requests is under way, and the response
//! seals it again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sealjar::{LiveRing, Timestamp};
use sealjar_session::{Closing, Jar, LegacyCookie, Session, UpdateError};

use tracing::Level;

use crate::capture::Capture;
use crate::support::{
    APP, Account, Browser, DAY, Forger, NAME, START, Time, account, at, builder, change_list,
    change_ring, close, is_open, listed_session, listed_subject, open, refusal, sealing_since,
    world,
};

/// What a handler does, and whether that begins another session.
const DEEDS: [(&str, bool); 6] = [
    ("reads", false),
    ("writes", false),
    ("renews", false),
    ("writes and renews", false),
    ("logs another person in", true),
    ("purges and writes", true),
];

/// What happens before the response is sent, and the reason for which the cookie is refused then.
const EVENTS: [(&str, Option<&str>); 13] = [
    ("nothing", None),
    ("another subject in the ring", None),
    ("another subject in the list", None),
    ("another key seals", None),
    ("the clock is set back", None),
    ("subject in the ring", Some("revoked_subject")),
    ("subject in the list", Some("revoked_subject")),
    ("session in the ring", Some("revoked_session")),
    ("session in the list", Some("revoked_session")),
    ("floor", Some("revoked_all")),
    ("key", Some("revoked_key")),
    ("key gone", Some("unknown_key")),
    ("time", Some("expired")),
];

#[test]
fn a_session_that_ends_during_its_request_is_not_sealed_again() {
    for (event, refused) in EVENTS {
        for (deed, begins) in DEEDS {
            let (ring, time, jar) = world::<Account>();
            let mut browser = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
            time.pass(DAY / 2);
            let session = browser.request(&jar);
            let id = session.id().unwrap().bytes();
            act(&session, deed).unwrap();
            happen(event, &ring, &time, id);
            let closing = close(&session);
            // A handler was promised a write while the session was valid, and nobody revoked it.
            let keeps_promise = event == "time" && deed != "reads";
            let seals = refused.is_none() || begins || keeps_promise;
            let is_sealed = sets_a_session(&closing);
            assert_eq!(is_sealed, seals, "{deed}, {event}");
            if !seals {
                assert!(closing.set_cookies.is_empty(), "{deed}, {event}");
                assert_eq!(closing.vary, Some("Cookie"));
                assert_eq!(closing.cache_control, Some("private"));
            }
            // The cookie stays where it is, and the next request is refused as any replica would.
            browser.receive(closing);
            let next = browser.request(&jar);
            if event != "the clock is set back" {
                let expected = refused.filter(|_| !seals);
                assert_eq!(refusal(&next), expected, "{deed}, {event}");
            }
        }
    }
}

/// Attack: with a leaked key somebody has forged a session, and keeps requests under way while an
/// operator revokes the key.
#[test]
fn a_slow_response_carries_no_forged_session_over_to_the_next_key() {
    let (ring, time, jar) = world::<Account>();
    let id = *b"forged\0\0";
    let forger = Forger {
        id,
        ..Forger::new(&ring)
    };
    time.pass(DAY / 2);
    let browser = Browser::with(&forger.header_of(&account("ada")));
    let requests = ["reads", "writes", "renews"].map(|deed| {
        let session = browser.request(&jar);
        act(&session, deed).unwrap();
        (deed, session)
    });
    happen("key", &ring, &time, id);
    for (deed, session) in requests {
        let mut browser = browser.clone();
        browser.receive(close(&session));
        assert!(!is_open(&browser.request(&jar)), "{deed}");
    }
    // The control: what a response without a second look would have sealed is a session like any
    // other.
    let carried_over = Forger {
        sealed_at: time.seconds(),
        expires_at: time.seconds() + DAY,
        ..Forger::new(&ring)
    };
    assert!(is_open(&open(
        &jar,
        carried_over.header_of(&account("ada"))
    )));
}

#[test]
fn a_session_that_gets_too_old_during_its_request_is_not_sealed_again() {
    let (ring, time, jar) = world::<Account>();
    for (seconds, is_sealed) in [(59, true), (60, false)] {
        time.set(START + 7 * DAY - 60);
        let forger = Forger {
            sealed_at: START + 7 * DAY - DAY / 2,
            expires_at: START + 7 * DAY + DAY / 2,
            ..Forger::new(&ring)
        };
        let session = open(&jar, forger.header_of(&account("ada")));
        act(&session, "writes").unwrap();
        time.pass(seconds);
        assert_eq!(sets_a_session(&close(&session)), is_sealed);
    }
}

#[test]
fn a_session_in_the_cookie_of_a_former_library_is_looked_at_as_well() {
    for (event, refused) in EVENTS {
        // Such a session is under no key of the ring, and has the birth that the jar gives it.
        if event.starts_with("key") || event == "time" || event == "the clock is set back" {
            continue;
        }
        for deed in ["reads", "writes", "renews"] {
            let (ring, time, _) = world::<Account>();
            let jar: Jar<Account> = builder(&ring, &time)
                .also_opens(
                    LegacyCookie::authenticated_by("old", |it| Some(account(it))),
                    at(START),
                )
                .build()
                .unwrap();
            time.pass(DAY / 2);
            let session = open(&jar, "old=ada");
            assert_eq!(session.get().name, "ada");
            let id = session.id().unwrap().bytes();
            act(&session, deed).unwrap();
            happen(event, &ring, &time, id);
            let closing = close(&session);
            assert_eq!(
                sets_a_session(&closing),
                refused.is_none(),
                "{deed}, {event}"
            );
            assert_eq!(closing.set_cookies.is_empty(), refused.is_some());
        }
    }
}

#[test]
fn a_session_in_the_cookie_of_a_former_library_ends_with_its_door_and_at_a_floor() {
    // What a handler reads is not promised to be kept, so the end of the door is the end.
    for (deed, seconds, is_sealed) in [
        ("reads", 59, true),
        ("reads", 60, false),
        ("writes", 60, true),
    ] {
        let (_, time, jar) = with_a_door_until(START + DAY);
        time.set(START + DAY - 60);
        let session = open(&jar, "old=ada");
        act(&session, deed).unwrap();
        time.pass(seconds);
        assert_eq!(sets_a_session(&close(&session)), is_sealed, "{deed}");
    }
    // Such a session was born when its door was opened, and a floor refuses what is older.
    for (floor, is_sealed) in [(START, true), (START + 1, false)] {
        let (ring, _, jar) = with_a_door_until(START + DAY);
        let session = open(&jar, "old=ada");
        act(&session, "writes").unwrap();
        change_ring(&ring, |draft| draft.revocations.floor = Some(at(floor)));
        assert_eq!(sets_a_session(&close(&session)), is_sealed);
    }
}

#[test]
fn an_operator_sees_once_a_second_that_sessions_ended_during_their_requests() {
    let (ring, time, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    time.pass(DAY / 2);
    let sessions: Vec<_> = (0..3).map(|_| open(&jar, &header)).collect();
    for session in &sessions {
        act(session, "writes").unwrap();
    }
    happen("subject in the list", &ring, &time, [0; 8]);
    let events = Capture::run(|_| {
        for session in &sessions {
            close(session);
        }
    });
    let levels: Vec<_> = events.iter().map(|(level, _)| *level).collect();
    assert_eq!(levels, [Level::INFO, Level::DEBUG, Level::DEBUG]);
    for field in [
        "message=a session ended during its request and was not sealed again",
        &format!("cookie={NAME}"),
        "refusal=revoked_subject",
    ] {
        assert!(
            events[0].1.iter().any(|it| it == field),
            "{field}: {events:?}"
        );
    }
}

#[test]
fn without_a_clock_a_write_fails_as_before() {
    let (ring, _, first) = world::<Account>();
    let header = first.cookie_for(&account("ada")).unwrap();
    let works = Arc::new(AtomicBool::new(true));
    let clock = Arc::clone(&works);
    let jar: Jar<Account> = Jar::builder(&ring, APP)
        .clock(move || match clock.load(Ordering::Relaxed) {
            true => Ok(at(START + 60)),
            false => Timestamp::from_unix(0),
        })
        .in_another_process()
        .build()
        .unwrap();
    let session = open(&jar, &header);
    act(&session, "writes").unwrap();
    works.store(false, Ordering::Relaxed);
    assert!(Session::close(&session, []).is_err());
}

/// A jar that opens the cookie `old`, whose value is a name, until then.
fn with_a_door_until(end: u32) -> (LiveRing, Time, Jar<Account>) {
    let (ring, time, _) = world::<Account>();
    let old = LegacyCookie::authenticated_by("old", |it| Some(account(it))).until(at(end));
    let jar = builder(&ring, &time).also_opens(old, at(START)).build();
    (ring, time, jar.unwrap())
}

/// Whether the response sets a cookie of the jar's own.
fn sets_a_session(closing: &Closing) -> bool {
    let mut lines = closing.set_cookies.clone().into_iter();
    lines.any(|line| {
        let is_set = line
            .strip_prefix(NAME)
            .is_some_and(|it| it.starts_with('='));
        is_set && !line.contains("Max-Age=0")
    })
}

fn act(session: &Session<Account>, deed: &str) -> Result<(), UpdateError> {
    match deed {
        "writes" => session.update(|it| it.visits += 1)?,
        "renews" => session.renew(),
        "writes and renews" => {
            session.update(|it| it.visits += 1)?;
            session.renew();
        }
        "logs another person in" => session.update(|it| *it = account("eve"))?,
        "purges and writes" => {
            session.purge();
            session.update(|it| it.visits += 1)?;
        }
        _ => _ = session.get(),
    }
    Ok(())
}

fn happen(event: &str, ring: &LiveRing, time: &Time, id: [u8; 8]) {
    let now = time.now();
    match event {
        "nothing" => {}
        "another subject in the list" => change_list(ring, listed_subject(ring, "bob", now)),
        "subject in the list" => change_list(ring, listed_subject(ring, "ada", now)),
        "session in the list" => change_list(ring, listed_session(id)),
        "time" => time.pass(DAY / 2),
        "the clock is set back" => time.set(now.stored() - 3_600),
        _ => change_ring(ring, |draft| {
            let lists = &mut draft.revocations;
            match event {
                "another subject in the ring" => lists.revoke_subject(APP, "bob", now).unwrap(),
                "subject in the ring" => lists.revoke_subject(APP, "ada", now).unwrap(),
                "session in the ring" => lists.revoke_session(id, now),
                "floor" => lists.floor = Some(now),
                "another key seals" => draft.keys.push(sealing_since(START)),
                "key" => {
                    draft.keys.push(sealing_since(START));
                    draft.keys[0].revoke();
                }
                _ => draft.keys = vec![sealing_since(START)],
            }
        }),
    }
}
