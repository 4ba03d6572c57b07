//! What a handler has to revoke so that every copy of a session ends, or all but its own.

use sealjar::{LiveRing, Revocation, Timestamp};
use sealjar_session::adapter::{outlive, revocation, revocation_of_subject};
use sealjar_session::{FetchMetadata, Origin, Session};

use crate::support::{
    APP, Account, Browser, DAY, Forger, Note, SKEW, START, account, at, change_list, change_ring,
    close, is_open, listed_subject, open, record, refusal, world,
};

#[test]
fn to_end_a_session_its_id_is_revoked_with_its_birth() {
    let (ring, time, jar) = world::<Account>();
    let [ada, bob] = ["ada", "bob"].map(|name| jar.cookie_for(&account(name)).unwrap());
    time.pass(DAY / 2);
    let session = open(&jar, &ada);
    let revoked = revocation(&session).unwrap();
    let id = session.id().unwrap().bytes();
    let expected = Revocation::Session {
        id,
        born: Some(at(START)),
    };
    assert_eq!(revoked, expected);
    // Renewed, it is still the one that came whose copies end.
    session.renew();
    assert_eq!(revocation(&session), Some(expected));
    commit(&ring, revoked);
    assert_eq!(refusal(&open(&jar, &ada)), Some("revoked_session"));
    assert!(is_open(&open(&jar, &bob)));
    let nobody = jar.open(None::<String>, FetchMetadata::default());
    nobody.update(|it| it.visits = 1).unwrap();
    assert_eq!(revocation(&nobody), None);
}

#[test]
fn to_end_all_of_a_person_their_births_are_revoked_up_to_a_skew_from_now() {
    let (ring, time, jar) = world::<Account>();
    let [ada, bob] = ["ada", "bob"].map(|name| jar.cookie_for(&account(name)).unwrap());
    time.pass(100);
    let fast = Forger {
        id: *b"fast one",
        born: time.seconds() + SKEW - 1,
        sealed_at: time.seconds() + SKEW - 1,
        ..Forger::new(&ring)
    };
    let fast = fast.header_of(&account("ada"));
    let revoked = everywhere(&open(&jar, &ada));
    let expected = listed_subject(&ring, "ada", at(time.seconds() + SKEW));
    assert_eq!(record(revoked), expected);
    commit(&ring, revoked);
    for header in [&ada, &fast] {
        assert_eq!(refusal(&open(&jar, header)), Some("revoked_subject"));
    }
    assert!(is_open(&open(&jar, &bob)));
}

#[test]
fn a_session_that_began_after_an_earlier_revocation_ends_with_the_next_even_in_the_same_second() {
    for in_ring in [false, true] {
        let (ring, time, jar) = world::<Account>();
        let revoke = |browser: &Browser| {
            let revoked = everywhere(&browser.request(&jar));
            let Revocation::Subject { born_before, .. } = revoked else {
                panic!("{revoked:?}");
            };
            if in_ring {
                change_ring(&ring, |draft| {
                    let revocations = &mut draft.revocations;
                    revocations.revoke_subject(APP, "ada", born_before).unwrap();
                });
            } else {
                commit(&ring, revoked);
            }
        };
        for _ in 0..3 {
            let mut browser = Browser::default();
            browser.visit(&jar, |session| {
                session.update(|it| *it = account("ada")).unwrap()
            });
            assert!(
                is_open(&browser.request(&jar)),
                "a login after a revocation"
            );
            revoke(&browser);
            assert!(!is_open(&browser.request(&jar)));
            // Each such revocation lies a second later, and no birth does so by more than a skew.
            time.pass(1);
        }
    }
}

#[test]
fn all_but_this_one_goes_on_whether_the_record_comes_before_the_response_or_after() {
    for comes_before in [false, true] {
        let (ring, time, jar) = world::<Account>();
        let header = jar.cookie_for(&account("ada")).unwrap();
        let (mut mine, other) = (Browser::with(&header), Browser::with(&header));
        time.pass(DAY / 2);
        let session = mine.request(&jar);
        let id = session.id();
        session.update(|it| it.visits += 1).unwrap();
        let revoked = everywhere(&session);
        outlive(&session, revoked);
        if comes_before {
            commit(&ring, revoked);
        }
        mine.receive(close(&session));
        if !comes_before {
            commit(&ring, revoked);
        }
        assert!(!is_open(&other.request(&jar)));
        for passed in [0, 1, SKEW, DAY / 2] {
            time.pass(passed);
            let session = mine.request(&jar);
            assert!(is_open(&session) && session.get().visits == 2, "{passed}");
            assert_ne!(session.id(), id);
            let Origin::Opened { born, .. } = *session.origin() else {
                panic!("{:?}", session.origin());
            };
            assert_eq!(born, at(START + DAY / 2 + SKEW), "it begins anew");
        }
    }
}

/// The control: a renewal that keeps the birth ends with the others.
#[test]
fn a_session_that_is_only_renewed_ends_with_the_others() {
    let (ring, time, jar) = world::<Account>();
    let mut browser = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
    time.pass(DAY / 2);
    let session = browser.request(&jar);
    session.renew();
    let revoked = everywhere(&session);
    browser.receive(close(&session));
    assert!(is_open(&browser.request(&jar)));
    commit(&ring, revoked);
    assert_eq!(refusal(&browser.request(&jar)), Some("revoked_subject"));
}

#[test]
fn a_session_outlives_nothing_but_a_revocation_of_its_person() {
    // Its own id was revoked meanwhile, by somebody else.
    let (ring, time, jar) = world::<Account>();
    let mut browser = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
    time.pass(DAY / 2);
    let session = browser.request(&jar);
    outlive(&session, everywhere(&session));
    commit(&ring, revocation(&session).unwrap());
    browser.receive(close(&session));
    assert_eq!(refusal(&browser.request(&jar)), Some("revoked_session"));

    // A revocation of a session, and a purge, leave nothing to go on.
    let session = open(&jar, jar.cookie_for(&account("bob")).unwrap());
    outlive(&session, revocation(&session).unwrap());
    assert!(close(&session).set_cookies.is_empty());
    let session = open(&jar, jar.cookie_for(&account("bob")).unwrap());
    outlive(&session, everywhere(&session));
    session.purge();
    close(&session).set_cookies.into_iter().for_each(|line| {
        assert!(
            line.contains("Max-Age=0") || line.contains(".out="),
            "{line}"
        )
    });
}

#[test]
fn a_birth_lies_no_further_ahead_than_replicas_take() {
    let (_, time, jar) = world::<Account>();
    let mut browser = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
    time.pass(DAY / 2);
    let session = browser.request(&jar);
    let far = Revocation::Subject {
        hash: [0; 8],
        born_before: Timestamp::MAX,
    };
    outlive(&session, far);
    browser.receive(close(&session));
    let session = browser.request(&jar);
    assert!(is_open(&session));
    let Origin::Opened { born, .. } = *session.origin() else {
        panic!("{:?}", session.origin());
    };
    assert_eq!(born, at(time.seconds() + 2 * SKEW));
}

#[test]
fn nobody_has_nothing_to_revoke() {
    let (_, _, jar) = world::<Account>();
    for session in [
        jar.open(None::<String>, FetchMetadata::default()),
        open(&jar, jar.cookie_for(&Account::default()).unwrap()),
    ] {
        assert_eq!(revocation_of_subject(&session), Ok(None));
    }
    let (_, _, notes) = world::<Note>();
    let session = open(&notes, notes.cookie_for(&Note("ada".into())).unwrap());
    assert_eq!(revocation_of_subject(&session), Ok(None));
}

fn everywhere(session: &Session<Account>) -> Revocation {
    revocation_of_subject(session).unwrap().unwrap()
}

/// What a keeper does, which decides how long to keep it.
fn commit(ring: &LiveRing, revocation: Revocation) {
    change_list(ring, record(revocation));
}
