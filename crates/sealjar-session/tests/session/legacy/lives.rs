//! Attack: an old cookie is used after its time, after a revocation or after a logout.

use super::*;
use crate::capture::{Capture, warnings};
use crate::support::{Note, change_ring, world};

#[test]
fn a_former_cookie_opens_until_the_lifetime_since_the_change_is_over() {
    let fleet = Move::begin();
    let header = fleet.old_header(&account("ada"));
    let end = SINCE + 7 * DAY;
    for (now, opens) in [
        (START, true),
        (end - 1, true),
        (end, false),
        (end + DAY, false),
    ] {
        fleet.time.set(now);
        let session = fleet.open(&header);
        assert_eq!(is_legacy(&session), opens, "{now}");
        if !opens {
            assert!(
                matches!(session.origin(), Origin::Absent { .. }),
                "not looked at"
            );
            session.purge();
            assert_eq!(lines(&session), [""; 0], "and nothing is expired");
        }
    }
}

#[test]
fn an_earlier_end_closes_it_earlier_and_a_later_one_no_later() {
    for (until, end) in [
        (START + DAY, START + DAY),
        (START + 30 * DAY, SINCE + 7 * DAY),
    ] {
        let fleet = Move::begin();
        let jar = builder(&fleet.ring, &fleet.time)
            .also_opens(private(&fleet.key).until(at(until)), at(SINCE))
            .build()
            .unwrap();
        assert_eq!(jar.legacy_uses()[0].closes_at, at(end));
        let header = fleet.old_header(&account("ada"));
        for (now, opens) in [(end - 1, true), (end, false)] {
            fleet.time.set(now);
            let session = jar.open([header.clone()], FetchMetadata::default());
            assert_eq!(is_legacy(&session), opens);
        }
    }
}

#[test]
fn a_stolen_cookie_gains_nothing_by_moving_late() {
    let fleet = Move::begin();
    let end = SINCE + 7 * DAY;
    let stolen = fleet.old_header(&account("ada"));
    fleet.time.set(end - 10);
    let mut thief = Browser::with(&stolen);
    thief.visit(&fleet.jar, |session| assert_eq!(born(session), at(SINCE)));
    let session = thief.request(&fleet.jar);
    assert_eq!((born(&session), is_open(&session)), (at(SINCE), true));
    // Neither use nor writes extend it.
    thief.visit(&fleet.jar, |session| {
        session.update(|it| it.visits += 1).unwrap()
    });
    fleet.time.set(end);
    assert_eq!(refusal(&thief.request(&fleet.jar)), Some("expired"));
    // The control: a session that is born when it moves would live on.
    fleet.time.set(end - 10);
    let late = builder(&fleet.ring, &fleet.time)
        .also_opens(private(&fleet.key), at(end - 10))
        .build()
        .unwrap();
    let mut thief = Browser::with(&stolen);
    thief.visit(&late, |session| assert!(is_legacy(session)));
    fleet.time.set(end);
    assert!(is_open(&thief.request(&late)));
}

#[test]
fn what_is_revoked_after_the_change_is_refused_in_both_cookies() {
    for (how, kind, control) in [
        ("subject", "revoked_subject", "bob"),
        ("everybody", "revoked_all", ""),
        ("session", "revoked_session", "bob"),
    ] {
        for revoked_at in [SINCE + 1, START] {
            let fleet = Move::begin();
            let header = fleet.old_header(&account("ada"));
            let mut moved = Browser::with(&header);
            let id = moved.visit(&fleet.jar, |session| session.id().unwrap());
            change_ring(&fleet.ring, |draft| match how {
                "subject" => draft
                    .revocations
                    .revoke_subject(crate::support::APP, "ada", at(revoked_at))
                    .unwrap(),
                "everybody" => draft.revocations.floor = Some(at(revoked_at)),
                _ => draft.revocations.revoke_session(id.bytes(), at(revoked_at)),
            });
            assert_eq!(refusal(&fleet.open(&header)), Some(kind));
            assert_eq!(refusal(&moved.request(&fleet.jar)), Some(kind));
            if !control.is_empty() {
                let other = fleet.old_header(&account(control));
                assert!(is_legacy(&fleet.open(&other)), "nobody else");
            }
        }
    }
    // The control: what was revoked before the change was another library's to refuse.
    let fleet = Move::begin();
    change_ring(&fleet.ring, |draft| {
        let list = &mut draft.revocations;
        list.revoke_subject(crate::support::APP, "ada", at(SINCE))
            .unwrap();
        list.floor = Some(at(SINCE));
    });
    assert!(is_legacy(&fleet.open(&fleet.old_header(&account("ada")))));
}

/// The ring forgets revocations. An old cookie must be over by then.
#[test]
fn no_former_cookie_outlives_what_the_ring_remembers() {
    let fleet = Move::begin();
    change_ring(&fleet.ring, |draft| draft.revocations.horizon = 2 * DAY);
    let header = fleet.old_header(&account("ada"));
    fleet.time.set(SINCE + 2 * DAY - 1);
    assert!(is_legacy(&fleet.open(&header)));
    fleet.time.set(SINCE + 2 * DAY);
    assert_eq!(refusal(&fleet.open(&header)), Some("too_old"));
}

#[test]
fn a_logout_expires_the_former_cookie_and_no_slower_answer_brings_it_back() {
    let fleet = Move::begin();
    let header = fleet.old_header(&account("ada"));
    let mut browser = Browser::with(&header);
    let slower = browser.request(&fleet.jar);
    _ = slower.get();
    browser.visit(&fleet.jar, |session| session.purge());
    assert_eq!(browser.names(), [format!("{NAME}.out")]);
    browser.receive(close(&slower));
    assert_eq!(refusal(&browser.request(&fleet.jar)), Some("logged_out"));
    browser.visit(&fleet.jar, |session| _ = session.get());
    assert_eq!(browser.names(), [format!("{NAME}.out")], "expired");
    // So it is with the former cookie itself, when an old replica sets it once more.
    browser
        .0
        .push((OLD.into(), false, header[OLD.len() + 1..].into()));
    assert_eq!(refusal(&browser.request(&fleet.jar)), Some("logged_out"));
    browser.visit(&fleet.jar, |session| _ = session.get());
    assert_eq!(browser.names(), [format!("{NAME}.out")], "expired");
    // The control: without the mark it is a session.
    assert!(is_legacy(&fleet.open(&header)));
}

#[test]
fn a_logout_on_a_request_without_cookies_expires_what_the_browser_withholds() {
    let fleet = Move::begin();
    let cross_site_post = FetchMetadata::read("POST", |name| match name {
        "sec-fetch-site" => Some(&b"cross-site"[..]),
        "sec-fetch-mode" => Some(b"navigate"),
        _ => None,
    });
    let session = fleet.jar.open([""], cross_site_post);
    session.purge();
    let mut browser = Browser::with(&fleet.old_header(&account("ada")));
    browser.receive(close(&session));
    assert_eq!(browser.names(), [""; 0]);
    // A visitor who brings nothing and withholds nothing gets nothing.
    let session = fleet.open("");
    session.purge();
    assert_eq!(lines(&session), [""; 0]);
}

#[test]
fn a_login_from_the_former_cookie_begins_a_lifetime_of_its_own() {
    let fleet = Move::begin();
    let mut browser = Browser::with(&fleet.old_header(&Account::default()));
    let guest = browser.request(&fleet.jar).id();
    browser.visit(&fleet.jar, |session| {
        session.update(|it| it.name = "ada".into()).unwrap()
    });
    let session = browser.request(&fleet.jar);
    assert_eq!(born(&session), at(START));
    assert_ne!(session.id(), guest);
    assert_eq!(browser.names(), [NAME]);
}

#[test]
fn a_handler_that_outlives_its_response_asks_the_former_cookie_again() {
    let fleet = Move::begin();
    let session = fleet.open(&fleet.old_header(&account("ada")));
    assert!(session.recheck().is_valid());
    fleet.time.set(SINCE + 7 * DAY);
    assert!(!session.recheck().is_valid());
}

#[test]
fn a_clock_that_is_behind_moves_it_too() {
    let fleet = Move::begin();
    let jar = builder(&fleet.ring, &fleet.time)
        .also_opens(private(&fleet.key), at(START + SKEW))
        .build()
        .unwrap();
    let mut browser = Browser::with(&fleet.old_header(&account("ada")));
    browser.visit(&jar, |session| assert!(is_legacy(session)));
    assert!(is_open(&browser.request(&jar)));
}

/// Without a subject the ring cannot revoke a person, and the developer hears of it once.
#[test]
fn subject_not_implemented_is_warned_of_once_for_a_former_cookie_too() {
    let warned = |listed: &str| {
        let (ring, time, _) = world::<Note>();
        let former = LegacyCookie::authenticated_by(OLD, |text| Some(Note(text.into())));
        let jar = builder::<Note>(&ring, &time)
            .also_opens(former, at(SINCE))
            .build()
            .unwrap();
        change_ring(&ring, |draft| {
            let lists = &mut draft.revocations;
            lists.revoke_subject(listed, "somebody", at(START)).unwrap();
        });
        let events = Capture::run(|_| {
            for _ in 0..3 {
                let session = jar.open([format!("{OLD}=x")], FetchMetadata::default());
                assert_eq!(*session.get(), Note("x".into()));
            }
        });
        warnings(&events, "implement SessionData::subject")
    };
    assert_eq!(warned(crate::support::APP), 1);
    // The control: nobody of this app is listed.
    assert_eq!(warned("blog-test"), 0);
}
