//! A handler that outlives its response checks what has become of its session.

use sealjar::{OpenError, Timestamp};
use sealjar_session::{FetchMetadata, Jar, Origin, Refusal, Session, Validity};

use crate::support::{
    APP, Account, Browser, DAY, Forger, START, Time, account, at, builder, change_ring, close,
    is_open, lines, open, sealing_since, world,
};

/// A WebSocket's session: it was opened, and its response was sent.
fn connected(jar: &Jar<Account>, header: &str) -> Session<Account> {
    let session = open(jar, header);
    assert!(is_open(&session));
    close(&session);
    session
}

fn ended(session: &Session<Account>) -> Option<&'static str> {
    match session.recheck() {
        Validity::Ended(refusal) => Some(refusal.kind().as_str()),
        Validity::Valid { .. } => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_has_ended_since_is_told_and_what_has_not_goes_on() {
    for what in [
        "nothing",
        "the subject",
        "another subject",
        "the session",
        "everything",
        "the key",
        "the key has gone",
        "another key seals",
    ] {
        let (ring, time, jar) = world::<Account>();
        let header = jar.cookie_for(&account("ada")).unwrap();
        let session = connected(&jar, &header);
        assert_eq!(
            session.recheck(),
            session.recheck(),
            "it changes nothing, however often it is asked"
        );
        assert!(session.recheck().is_valid());
        let id = session.id().unwrap().bytes();
        time.pass(60);
        let now = time.now();
        if what != "nothing" {
            change_ring(&ring, |draft| {
                let revocations = &mut draft.revocations;
                match what {
                    "the subject" => revocations.revoke_subject(APP, "ada", now).unwrap(),
                    "another subject" => revocations.revoke_subject(APP, "bob", now).unwrap(),
                    "the session" => revocations.revoke_session(id, now),
                    "everything" => revocations.floor = Some(now),
                    "the key" => {
                        draft.keys.push(sealing_since(START));
                        draft.keys[0].revoke();
                    }
                    "the key has gone" => draft.keys = vec![sealing_since(START)],
                    _ => draft.keys.push(sealing_since(START + 60)),
                }
            });
        }
        let kind = match what {
            "the subject" => Some("revoked_subject"),
            "the session" => Some("revoked_session"),
            "everything" => Some("revoked_all"),
            "the key" => Some("revoked_key"),
            "the key has gone" => Some("unknown_key"),
            _ => None,
        };
        assert_eq!(ended(&session), kind, "{what}");
        // The control: without the check, the handler keeps what was found at the beginning.
        assert!(is_open(&session) && session.get().name == "ada", "{what}");
    }
}

#[test]
fn both_clocks_of_a_session_run_on() {
    let (ring, time, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    let session = connected(&jar, &header);
    let Validity::Valid { expires_at, .. } = session.recheck() else {
        panic!("it has just been opened");
    };
    assert_eq!(expires_at, at(START + DAY));
    time.set(START + DAY - 1);
    assert!(session.recheck().is_valid());
    time.pass(1);
    assert_eq!(
        session.recheck(),
        Validity::Ended(OpenError::Expired.into())
    );

    // A session whose idle time was extended all along, up to its lifetime.
    time.set(START + 7 * DAY - 1);
    let forger = Forger {
        sealed_at: START + 7 * DAY - 1,
        expires_at: START + 8 * DAY - 1,
        ..Forger::new(&ring)
    };
    let session = connected(&jar, &forger.header_of(&account("ada")));
    assert!(session.recheck().is_valid());
    time.pass(1);
    assert_eq!(session.recheck(), Validity::Ended(Refusal::TooOld));
}

#[test]
fn a_clock_that_fails_is_no_session_that_goes_on() {
    let (ring, _, first) = world::<Account>();
    let header = first.cookie_for(&account("ada")).unwrap();
    let broken = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let breaks = std::sync::Arc::clone(&broken);
    let jar: Jar<Account> = Jar::builder(&ring, APP)
        .clock(
            move || match breaks.load(std::sync::atomic::Ordering::Relaxed) {
                true => Timestamp::from_unix(0),
                false => Ok(at(START)),
            },
        )
        .build()
        .unwrap();
    let session = connected(&jar, &header);
    assert!(session.recheck().is_valid());
    broken.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(ended(&session), Some("clock"));
}

#[test]
fn whoever_was_nobody_at_the_beginning_stays_nobody() {
    let (ring, _, jar) = world::<Account>();
    for cookie in [None, Some("garbage".to_owned())] {
        let session = jar.open(
            cookie.map(|it| format!("{}={it}", jar.cookie_name())),
            FetchMetadata::default(),
        );
        assert_eq!(session.recheck(), Validity::Anonymous);
        session.update(|it| it.visits = 1).unwrap();
        assert_eq!(session.recheck(), Validity::Anonymous);
    }
    // The key came later: the page has to connect again with its cookie; the handler cannot.
    let mut behind = ring.load().draft();
    behind.keys = vec![sealing_since(0)];
    let behind = sealjar::LiveRing::from(behind.build().unwrap());
    let late: Jar<Account> = builder(&behind, &Time::starting()).build().unwrap();
    let session = open(&late, jar.cookie_for(&account("ada")).unwrap());
    assert!(matches!(session.origin(), Origin::Refused(_)));
    change_ring(&behind, |draft| draft.keys.extend(ring.load().draft().keys));
    assert_eq!(session.recheck(), Validity::Anonymous);
}

#[test]
fn a_session_that_its_own_request_has_ended_has_ended() {
    let (_, _, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    for writes_after in [false, true] {
        let session = open(&jar, &header);
        session.purge();
        if writes_after {
            session.update(|it| it.visits = 9).unwrap();
        }
        assert_eq!(session.recheck(), Validity::Ended(Refusal::LoggedOut));
        close(&session);
        assert_eq!(session.recheck(), Validity::Ended(Refusal::LoggedOut));
    }
    // A logout by `update`, and a login over another person.
    for name in ["", "bob"] {
        let session = open(&jar, &header);
        session.update(|it| it.name = name.into()).unwrap();
        assert_eq!(session.recheck(), Validity::Ended(Refusal::LoggedOut));
        close(&session);
        assert_eq!(session.recheck(), Validity::Ended(Refusal::LoggedOut));
    }
    // A guest who logs in leaves no session behind.
    let session = open(&jar, jar.cookie_for(&account("")).unwrap());
    session.update(|it| it.name = "ada".into()).unwrap();
    assert!(session.recheck().is_valid());
    // A change for the same person, and one that gives the session another id.
    let session = open(&jar, &header);
    session.update(|it| it.visits = 9).unwrap();
    session.renew();
    assert!(session.recheck().is_valid());
}

#[test]
fn to_ask_again_is_no_use_of_the_session() {
    let (_, time, jar) = world::<Account>();
    let browser = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
    time.pass(DAY / 2);
    let session = browser.request(&jar);
    assert!(session.recheck().is_valid());
    let closing = close(&session);
    assert!(closing.set_cookies.is_empty() && closing.vary.is_none());
    // The control.
    let session = browser.request(&jar);
    _ = session.get();
    assert_eq!(lines(&session).len(), 1);
}

#[test]
fn a_second_session_that_opens_later_makes_it_nobodys() {
    let (ring, time, jar) = world::<Account>();
    let mut other_ring = ring.load().draft();
    other_ring.keys = vec![sealing_since(0)];
    let other_ring = sealjar::LiveRing::from(other_ring.build().unwrap());
    let other: Jar<Account> = builder(&other_ring, &time).build().unwrap();
    let [mine, planted] = [&jar, &other].map(|it| it.cookie_for(&account("ada")).unwrap());
    let session = connected(&jar, &format!("{mine}; {planted}"));
    assert!(session.recheck().is_valid());
    change_ring(&ring, |draft| {
        draft.keys.extend(other_ring.load().draft().keys)
    });
    assert_eq!(session.recheck(), Validity::Ended(Refusal::Ambiguous));
    // And when the first is no longer there, what opens is another.
    let first = ring.load().draft().keys[0].id();
    change_ring(&ring, |draft| draft.keys.retain(|key| key.id() != first));
    assert_eq!(session.recheck(), Validity::Ended(Refusal::Ambiguous));
}
