//! Attack or mistake: a stolen or copied cookie after logout; a re-seal brings a revoked session
//! back.

use sealjar::LiveRing;
use sealjar_session::{Jar, Origin};

use crate::support::{
    APP, Account, Browser, DAY, Forger, SKEW, START, Time, account, at, change_list, change_ring,
    is_open, jar, lagging_copy, listed_session, listed_subject, open, refusal, ring,
};

struct Fleet {
    time: Time,
    ring: LiveRing,
    /// The replica that has read the newest document.
    current: Jar<Account>,
    /// The replica that has not, and never will.
    lagging: Jar<Account>,
}

fn fleet() -> Fleet {
    let (ring, time) = (ring(), Time::starting());
    let lagging = jar(&lagging_copy(&ring), &time);
    let current = jar(&ring, &time);
    Fleet {
        time,
        ring,
        current,
        lagging,
    }
}

fn revoke(fleet: &Fleet, how: &str, id: [u8; 8]) {
    let now = fleet.time.now();
    match how {
        "listed subject" => {
            return change_list(&fleet.ring, listed_subject(&fleet.ring, "ada", now));
        }
        "listed session" => return change_list(&fleet.ring, listed_session(id)),
        _ => {}
    }
    change_ring(&fleet.ring, |draft| match how {
        "subject" => draft.revocations.revoke_subject(APP, "ada", now).unwrap(),
        "session" => draft.revocations.revoke_session(id, now),
        _ => draft.revocations.floor = Some(now),
    });
}

#[test]
fn logout_everywhere_then_a_replay_then_a_reseal_on_a_lagging_replica_then_a_replay() {
    for (how, kind) in [
        ("subject", "revoked_subject"),
        ("session", "revoked_session"),
        ("listed subject", "revoked_subject"),
        ("listed session", "revoked_session"),
        ("floor", "revoked_all"),
    ] {
        let fleet = fleet();
        let mut thief = Browser::with(&fleet.current.cookie_for(&account("ada")).unwrap());
        let id = thief.request(&fleet.lagging).id().unwrap();
        fleet.time.pass(DAY / 2);
        let before_revocation = fleet.time.now();
        revoke(&fleet, how, id.bytes());
        assert_eq!(refusal(&thief.request(&fleet.current)), Some(kind));

        fleet.time.pass(60);
        let copy = thief.header();
        thief.visit(&fleet.lagging, |session| {
            assert!(is_open(session), "it lags")
        });
        assert_ne!(thief.header(), copy, "and seals again");
        // Its later copies are sealed after the revocation: comparing that time would accept them.
        let Origin::Opened {
            born, sealed_at, ..
        } = thief.request(&fleet.lagging).origin().clone()
        else {
            panic!("not opened");
        };
        assert!(sealed_at > before_revocation && born < before_revocation);
        assert_eq!(
            refusal(&thief.request(&fleet.current)),
            Some(kind),
            "{how}: re-sealed"
        );

        // The same holds after writes, and after a renewal for the same person.
        thief.visit(&fleet.lagging, |session| {
            session.update(|it| it.visits += 1).unwrap()
        });
        assert_eq!(
            refusal(&thief.request(&fleet.current)),
            Some(kind),
            "{how}: written"
        );
        if !how.ends_with("session") {
            thief.visit(&fleet.lagging, |session| session.renew());
            assert_eq!(
                refusal(&thief.request(&fleet.current)),
                Some(kind),
                "{how}: renewed"
            );
        }

        // The owner knows the password and logs in again.
        let mut owner = Browser::default();
        owner.visit(&fleet.current, |session| {
            session.update(|it| *it = account("ada")).unwrap()
        });
        assert!(is_open(&owner.request(&fleet.current)), "{how}");
    }
}

#[test]
fn a_revocation_meets_those_it_names_and_nobody_else() {
    let fleet = fleet();
    let (ada, bob) = ["ada", "bob"]
        .map(|name| fleet.current.cookie_for(&account(name)).unwrap())
        .into();
    let anonymous = fleet.current.cookie_for(&Account::default()).unwrap();
    fleet.time.pass(10);
    revoke(&fleet, "subject", [0; 8]);
    assert_eq!(
        refusal(&open(&fleet.current, &ada)),
        Some("revoked_subject")
    );
    for header in [&bob, &anonymous] {
        assert!(is_open(&open(&fleet.current, header)));
    }
    // The same name in another application on this ring is another person.
    let blog = Jar::<Account>::builder(&fleet.ring, "blog-test")
        .clock(fleet.time.clock())
        .build()
        .unwrap();
    change_ring(&fleet.ring, |draft| {
        draft
            .revocations
            .revoke_subject("blog-test", "bob", at(START + 99))
            .unwrap()
    });
    assert!(is_open(&open(&fleet.current, &bob)));
    assert_eq!(
        refusal(&open(&blog, blog.cookie_for(&account("bob")).unwrap())),
        Some("revoked_subject")
    );
}

#[test]
fn who_is_named_inside_an_option_is_revoked_as_well() {
    let (ring, time) = (ring(), Time::starting());
    let jar = jar::<Option<Account>>(&ring, &time);
    let [ada, bob] = ["ada", "bob"].map(|name| jar.cookie_for(&Some(account(name))).unwrap());
    let nobody = jar.cookie_for(&None).unwrap();
    time.pass(1);
    change_ring(&ring, |draft| {
        let revocations = &mut draft.revocations;
        revocations.revoke_subject(APP, "ada", time.now()).unwrap();
    });
    assert_eq!(refusal(&open(&jar, &ada)), Some("revoked_subject"));
    assert!(is_open(&open(&jar, &bob)));
    assert!(is_open(&open(&jar, &nobody)));
}

#[test]
fn the_edge_is_the_second_of_birth() {
    let fleet = fleet();
    fleet.time.set(START + 100);
    let born_at = |born| {
        let forger = Forger {
            sealed_at: START + 100,
            born,
            ..Forger::new(&fleet.ring)
        };
        forger.header_of(&account("ada"))
    };
    let (before, at_once) = (born_at(START + 99), born_at(START + 100));
    revoke(&fleet, "subject", [0; 8]);
    assert_eq!(
        refusal(&open(&fleet.current, &before)),
        Some("revoked_subject")
    );
    assert!(is_open(&open(&fleet.current, &at_once)));
    revoke(&fleet, "floor", [0; 8]);
    assert_eq!(refusal(&open(&fleet.current, &before)), Some("revoked_all"));
    assert!(is_open(&open(&fleet.current, &at_once)));
}

#[test]
fn without_a_revocation_a_stolen_copy_opens_documented() {
    let fleet = fleet();
    let header = fleet.current.cookie_for(&account("ada")).unwrap();
    Browser::with(&header).visit(&fleet.current, |session| session.purge());
    assert!(is_open(&open(&fleet.current, &header)));
    // Its idle life ends it.
    fleet.time.pass(DAY);
    assert_eq!(refusal(&open(&fleet.current, &header)), Some("expired"));
}

#[test]
fn a_revoked_visitor_can_log_in_with_the_refused_cookie_in_the_browser() {
    let fleet = fleet();
    let mut browser = Browser::with(&fleet.current.cookie_for(&account("ada")).unwrap());
    let id = browser.request(&fleet.current).id();
    fleet.time.pass(10);
    revoke(&fleet, "subject", [0; 8]);
    browser.visit(&fleet.current, |session| {
        assert!(!is_open(session));
        session.update(|it| it.name = "ada".into()).unwrap();
    });
    let session = browser.request(&fleet.current);
    assert!(is_open(&session) && session.id() != id);
    assert!(matches!(session.origin(), Origin::Opened { born, .. } if born.stored() == START + 10));
}

/// An entry lies a skew ahead, like a floor, to cover what a fast clock has sealed.
#[test]
fn who_is_revoked_logs_in_at_once_and_stays_logged_in() {
    for how in ["subject", "listed subject", "floor"] {
        let fleet = fleet();
        let browser = Browser::with(&fleet.current.cookie_for(&account("ada")).unwrap());
        fleet.time.pass(100);
        let listed = fleet.time.seconds() + SKEW;
        match how {
            "listed subject" => {
                let record = listed_subject(&fleet.ring, "ada", at(listed));
                change_list(&fleet.ring, record);
            }
            _ => change_ring(&fleet.ring, |draft| match how {
                "subject" => draft
                    .revocations
                    .revoke_subject(APP, "ada", at(listed))
                    .unwrap(),
                _ => draft.revocations.floor = Some(at(listed)),
            }),
        }
        assert!(!is_open(&browser.request(&fleet.current)), "{how}");
        for second in 0..=SKEW + 1 {
            let mut browser = browser.clone();
            fleet.time.set(START + 100 + second);
            browser.visit(&fleet.current, |session| {
                session.update(|it| *it = account("ada")).unwrap()
            });
            let Origin::Opened {
                born, sealed_at, ..
            } = browser.request(&fleet.current).origin().clone()
            else {
                panic!("{how}: refused after {second} s");
            };
            assert_eq!(born, at(listed).max(sealed_at), "{how}");
            assert!(born <= sealed_at.saturating_add(SKEW));
            // Written, sealed again and renewed, it keeps that birth.
            browser.visit(&fleet.current, |session| session.renew());
            assert!(is_open(&browser.request(&fleet.current)));
            assert!(
                is_open(&browser.request(&fleet.lagging)),
                "a replica that lags"
            );
        }
        // The negative control: with its true birth it is refused until the entry's time has
        // passed.
        let reopen = |header: &str| open(&fleet.current, header);
        for (second, opens) in [(0, false), (SKEW - 1, false), (SKEW, true)] {
            fleet.time.set(START + 100 + second);
            let forger = Forger {
                born: START + 100 + second,
                sealed_at: START + 100 + second,
                ..Forger::new(&fleet.ring)
            };
            let header = forger.header_of(&account("ada"));
            assert_eq!(is_open(&reopen(&header)), opens, "{how} {second}");
        }
    }
}

#[test]
fn a_birth_lies_ahead_for_whom_the_ring_lists_alone_and_never_by_more_than_the_skew() {
    let fleet = fleet();
    fleet.time.pass(100);
    let now = fleet.time.seconds();
    let born_of = |name: &str| {
        let header = fleet.current.cookie_for(&account(name)).unwrap();
        match open(&fleet.lagging, header).origin() {
            Origin::Opened { born, .. } => born.stored(),
            origin => panic!("{origin:?}"),
        }
    };
    for (listed, born) in [
        (now - 50, now),
        (now, now),
        (now + 1, now + 1),
        (now + SKEW, now + SKEW),
        (now + SKEW + 1, now + SKEW),
        (now + 400 * DAY, now + SKEW),
    ] {
        change_ring(&fleet.ring, |draft| {
            let lists = &mut draft.revocations;
            lists.revoke_subject(APP, "ada", at(listed)).unwrap();
        });
        assert_eq!(born_of("ada"), born, "listed {listed}");
        assert_eq!(born_of("bob"), now);
        assert_eq!(born_of(""), now);
    }
}

/// A continued session gets no new birth: the entry is there to end that very session.
#[test]
fn a_renewal_on_a_replica_that_learns_of_a_revocation_brings_nobody_back() {
    let fleet = fleet();
    let mut thief = Browser::with(&fleet.current.cookie_for(&account("ada")).unwrap());
    fleet.time.pass(100);
    // The cookie is opened before the ring comes, and sealed after it.
    let session = thief.request(&fleet.current);
    assert!(is_open(&session));
    session.renew();
    session.update(|it| it.visits += 1).unwrap();
    change_ring(&fleet.ring, |draft| {
        let ahead = at(START + 100 + SKEW);
        draft.revocations.revoke_subject(APP, "ada", ahead).unwrap();
    });
    thief.receive(crate::support::close(&session));
    assert_eq!(
        refusal(&thief.request(&fleet.current)),
        Some("revoked_subject")
    );
}
