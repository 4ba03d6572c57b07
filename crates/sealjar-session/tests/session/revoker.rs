//! A handler ends every copy of a session: what is sent, what it learns, what its visitor keeps.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use sealjar::{ClockError, LiveRing, Revocation};
use sealjar_session::{FetchMetadata, RevokeError, Revoker, Session, SessionId};

use crate::support::{
    Account, Browser, DAY, Forger, Note, SKEW, START, account, at, builder, change_list, is_open,
    listed_subject, open, record, refusal, world,
};

#[test]
fn end_purges_here_and_refuses_every_copy() {
    let (ring, time, jar) = world::<Account>();
    let [ada, bob] = ["ada", "bob"].map(|name| jar.cookie_for(&account(name)).unwrap());
    let (keeper, revoker) = keeper(&ring);
    let (mut mine, copy) = (Browser::with(&ada), Browser::with(&ada));
    time.pass(DAY / 2);
    mine.visit(&jar, |session| done(revoker.end(session)).unwrap());
    assert!(matches!(
        keeper.sent()[..],
        [Revocation::Session { born: Some(born), .. }] if born == at(START)
    ));
    assert!(!is_open(&mine.request(&jar)));
    assert_eq!(refusal(&copy.request(&jar)), Some("revoked_session"));
    assert!(is_open(&open(&jar, &bob)));
}

/// The control: what a purge alone leaves to whoever has copied the cookie.
#[test]
fn without_a_revoker_a_copy_goes_on() {
    let (_, _, jar) = world::<Account>();
    let ada = jar.cookie_for(&account("ada")).unwrap();
    let (mut mine, copy) = (Browser::with(&ada), Browser::with(&ada));
    mine.visit(&jar, Session::purge);
    assert!(!is_open(&mine.request(&jar)) && is_open(&copy.request(&jar)));
}

#[test]
fn end_everywhere_ends_all_of_a_person_and_a_login_right_after_goes_on() {
    let (ring, time, jar) = world::<Account>();
    let phone = jar.cookie_for(&account("ada")).unwrap();
    time.pass(DAY / 4);
    let [ada, bob] = ["ada", "bob"].map(|name| jar.cookie_for(&account(name)).unwrap());
    let (keeper, revoker) = keeper(&ring);
    let mut mine = Browser::with(&ada);
    mine.visit(&jar, |session| {
        done(revoker.end_everywhere(session)).unwrap()
    });
    let expected = listed_subject(&ring, "ada", at(time.seconds() + SKEW));
    assert_eq!(
        keeper.sent().into_iter().map(record).collect::<Vec<_>>(),
        [expected]
    );
    assert!(!is_open(&mine.request(&jar)));
    for header in [&phone, &ada] {
        assert_eq!(refusal(&open(&jar, header)), Some("revoked_subject"));
    }
    assert!(is_open(&open(&jar, &bob)));
    mine.visit(&jar, |session| {
        session.update(|it| *it = account("ada")).unwrap()
    });
    assert!(is_open(&mine.request(&jar)));
}

#[test]
fn end_elsewhere_ends_all_but_this_one_and_a_copy_of_it_too() {
    let (ring, time, jar) = world::<Account>();
    let [phone, ada] = ["ada"; 2].map(|name| jar.cookie_for(&account(name)).unwrap());
    let (_, revoker) = keeper(&ring);
    let mut mine = Browser::with(&ada);
    time.pass(DAY / 2);
    mine.visit(&jar, |session| {
        session.update(|it| it.visits += 1).unwrap();
        done(revoker.end_elsewhere(session)).unwrap();
    });
    let session = mine.request(&jar);
    assert!(is_open(&session) && session.get().visits == 2);
    for header in [&phone, &ada] {
        assert_eq!(refusal(&open(&jar, header)), Some("revoked_subject"));
    }
    // One that begins in this very request goes on as well, as after a link to a new password.
    let mut fresh = Browser::default();
    fresh.visit(&jar, |session| {
        session.update(|it| *it = account("ada")).unwrap();
        done(revoker.end_elsewhere(session)).unwrap();
    });
    assert!(is_open(&fresh.request(&jar)) && !is_open(&mine.request(&jar)));
}

#[test]
fn the_visitor_is_logged_out_here_whatever_the_keeper_answers() {
    let failures: [fn() -> RevokeError; 2] = [
        || RevokeError::not_committed("no keeper is there", "start one"),
        || RevokeError::not_known("no answer came", "send it again"),
    ];
    for failure in failures {
        let (_, _, jar) = world::<Account>();
        let ada = jar.cookie_for(&account("ada")).unwrap();
        let revoker = Revoker::new(move |_| async move { Err(failure()) });
        let same = |result: Result<(), RevokeError>| {
            assert_eq!(
                format!("{:?}", result.unwrap_err()),
                format!("{:?}", failure())
            );
        };
        let mut mine = Browser::with(&ada);
        mine.visit(&jar, |session| same(done(revoker.end(session))));
        assert!(!is_open(&mine.request(&jar)));
        let mut mine = Browser::with(&ada);
        mine.visit(&jar, |session| same(done(revoker.end_everywhere(session))));
        assert!(!is_open(&mine.request(&jar)));
        let mut mine = Browser::with(&ada);
        mine.visit(&jar, |session| same(done(revoker.end_elsewhere(session))));
        assert!(is_open(&mine.request(&jar)));
        same(done(revoker.revoke_subject(&jar, "ada")));
        // Nothing is pretended: what could not be sent is not in force.
        assert!(is_open(&open(&jar, &ada)));
    }
}

#[test]
fn the_purge_does_not_wait_for_the_keeper_and_nothing_is_sent_unawaited() {
    let (ring, _, jar) = world::<Account>();
    let (keeper, revoker) = keeper(&ring);
    let mut mine = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
    // A handler that gives up, or whose keeper never answers.
    mine.visit(&jar, |session| drop(revoker.end(session)));
    assert!(!is_open(&mine.request(&jar)));
    assert!(keeper.sent().is_empty());

    // What it needs was found out before: a task may send it when the response is out.
    let mut mine = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
    let sending = mine.visit(&jar, |session| revoker.end(session));
    drop((jar, revoker));
    done(sending).unwrap();
    assert_eq!(keeper.sent().len(), 1);
}

#[test]
fn a_session_that_was_purged_before_still_ends_everywhere() {
    let (ring, _, jar) = world::<Account>();
    let [ada, bob] = ["ada", "bob"].map(|name| jar.cookie_for(&account(name)).unwrap());
    let (keeper, revoker) = keeper(&ring);
    let purged = |header: &String| {
        let session = open(&jar, header);
        session.purge();
        session
    };
    done(revoker.end(&purged(&ada))).unwrap();
    done(revoker.end_everywhere(&purged(&bob))).unwrap();
    assert!(matches!(
        keeper.sent()[..],
        [Revocation::Session { .. }, Revocation::Subject { .. }]
    ));
}

#[test]
fn where_nothing_is_left_to_end_nothing_is_sent() {
    let (ring, time, jar) = world::<Account>();
    let ada = jar.cookie_for(&account("ada")).unwrap();
    let (keeper, revoker) = keeper(&ring);
    let nobody = || jar.open(None::<String>, FetchMetadata::default());
    done(revoker.end(&nobody())).unwrap();
    done(revoker.end_everywhere(&nobody())).unwrap();
    done(revoker.end(&begun(&nobody()))).unwrap();
    assert!(keeper.sent().is_empty());

    // Another device of somebody who has just logged out everywhere.
    time.pass(1);
    done(revoker.revoke_subject(&jar, "ada")).unwrap();
    let session = open(&jar, &ada);
    assert_eq!(refusal(&session), Some("revoked_subject"));
    done(revoker.end(&session)).unwrap();
    done(revoker.end_everywhere(&session)).unwrap();
    assert_eq!(keeper.sent().len(), 1);
}

#[test]
fn what_cannot_be_named_is_said_and_not_passed_over() {
    let (ring, time, jar) = world::<Account>();
    let (keeper, revoker) = keeper(&ring);
    let ada = jar.cookie_for(&account("ada")).unwrap();
    let unopened = "the revocation is not committed: the cookie that came does not open here, so it \
                    names no session: ";
    let said = |result: Result<(), RevokeError>| format!("{:?}", result.unwrap_err());
    // A copy that has expired: another response may have extended the session.
    time.pass(DAY + SKEW + 1);
    let expired = open(&jar, &ada);
    for result in [
        done(revoker.end(&expired)),
        done(revoker.end_everywhere(&open(&jar, &ada))),
        done(revoker.end_elsewhere(&open(&jar, &ada))),
    ] {
        let text = said(result);
        assert!(
            text.starts_with(&format!("{unopened}the token has expired")),
            "{text}"
        );
        assert!(text.contains("\nhint: let the visitor try again"), "{text}");
    }
    let no_subject = "the revocation is not committed: the session has no subject\nhint: call it for a \
                      visitor who is logged in, and let SessionData::subject of the session type say \
                      who that is";
    let guest = open(&jar, jar.cookie_for(&account("")).unwrap());
    assert_eq!(said(done(revoker.end_everywhere(&guest))), no_subject);
    let (_, _, notes) = world::<Note>();
    let note = open(&notes, notes.cookie_for(&Note("ada".into())).unwrap());
    assert_eq!(said(done(revoker.end_elsewhere(&note))), no_subject);
    assert!(keeper.sent().is_empty());
}

#[test]
fn an_administrator_ends_what_a_person_has_and_a_visitor_another_device() {
    let (ring, time, jar) = world::<Account>();
    let [ada, bob] = ["ada", "bob"].map(|name| jar.cookie_for(&account(name)).unwrap());
    let fast = Forger {
        born: time.seconds() + SKEW - 1,
        sealed_at: time.seconds() + SKEW - 1,
        ..Forger::new(&ring)
    };
    let fast = fast.header_of(&account("ada"));
    let (_, revoker) = keeper(&ring);
    done(revoker.revoke_subject(&jar, "ada")).unwrap();
    for header in [&ada, &fast] {
        assert_eq!(refusal(&open(&jar, header)), Some("revoked_subject"));
    }
    // A name that no session can have.
    done(revoker.revoke_subject(&jar, &"x".repeat(70_000))).unwrap();

    let row = open(&jar, &bob).id().unwrap().to_string();
    let id: SessionId = row.parse().unwrap();
    done(revoker.revoke_session(id)).unwrap();
    assert_eq!(refusal(&open(&jar, &bob)), Some("revoked_session"));
}

#[test]
fn a_clock_that_fails_sends_nothing_and_is_said() {
    let (ring, time, jar) = world::<Account>();
    let ada = jar.cookie_for(&account("ada")).unwrap();
    let (keeper, revoker) = keeper(&ring);
    let breaks = Arc::new(AtomicBool::new(false));
    let (broken, now) = (Arc::clone(&breaks), time.now());
    let clock = move || match broken.load(Ordering::Relaxed) {
        true => Err(ClockError),
        false => Ok(now),
    };
    let jar = builder::<Account>(&ring, &time)
        .clock(clock)
        .build()
        .unwrap();
    let session = open(&jar, &ada);
    assert!(is_open(&session));
    breaks.store(true, Ordering::Relaxed);
    for result in [
        done(revoker.end_everywhere(&session)),
        done(revoker.revoke_subject(&jar, "ada")),
    ] {
        let text = format!("{:?}", result.unwrap_err());
        assert!(text.contains("\nhint: set this machine's clock"), "{text}");
    }
    assert!(keeper.sent().is_empty());
}

fn begun(session: &Session<Account>) -> Session<Account> {
    session.update(|it| *it = account("ada")).unwrap();
    session.clone()
}

/// What was sent to a keeper that commits at once, and whose list is in force at once.
#[derive(Clone, Default)]
struct Keeper(Arc<Mutex<Vec<Revocation>>>);

impl Keeper {
    fn sent(&self) -> Vec<Revocation> {
        self.0.lock().unwrap().clone()
    }
}

fn keeper(ring: &LiveRing) -> (Keeper, Revoker) {
    let (keeper, ring) = (Keeper::default(), ring.clone());
    let sent = keeper.clone();
    let revoker = Revoker::new(move |revocations| {
        let (ring, sent) = (ring.clone(), sent.clone());
        async move {
            for revocation in revocations {
                change_list(&ring, record(revocation));
                sent.0.lock().unwrap().push(revocation);
            }
            Ok(())
        }
    });
    (keeper, revoker)
}

fn done<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("nothing here waits"),
    }
}
