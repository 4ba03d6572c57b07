//! What handlers ask for, in every order.

use sealjar_session::{FetchMetadata, Jar, Origin, Session, SessionId};

use crate::support::{
    Account, Browser, DAY, NAME, Note, START, Time, account, at, background, builder, close,
    is_open, open, refusal, ring, world,
};

type Ask = fn(&Session<Account>);

const WRITE: Ask = |it| it.update(|it| it.visits += 1).unwrap();
const RENEW: Ask = |it| it.renew();
const PURGE: Ask = |it| it.purge();
const DISCARD: Ask = |it| it.discard();
const KEEP_ALIVE: Ask = |it| it.keep_alive();

/// The state of Ada's session after some requests: whether it has her id, her visits, and the
/// value.
fn outcome(asks: &[Ask]) -> Option<(bool, u32, Account)> {
    let (_, _, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    let id = open(&jar, &header).id();
    let mut browser = Browser::with(&header);
    let promised: Option<SessionId> = browser.visit(&jar, |session| {
        for ask in asks {
            ask(session);
        }
        session.id()
    });
    let session = open(&jar, browser.header());
    let gone = !is_open(&session);
    assert_eq!(
        session.id(),
        promised,
        "the id that the handler saw is the one that came back"
    );
    (!gone).then(|| {
        (
            session.id() == id,
            session.revision(),
            Account::clone(&session.get()),
        )
    })
}

#[test]
fn intents_meet_in_both_orders() {
    let ada = |visits| Account {
        name: "ada".into(),
        visits,
    };
    let fresh = |visits| Account {
        name: String::new(),
        visits,
    };
    type Row = (&'static [Ask], Option<(bool, u32, Account)>);
    let rows: [Row; 24] = [
        (&[], Some((true, 0, ada(1)))),
        (&[KEEP_ALIVE], Some((true, 0, ada(1)))),
        (&[WRITE], Some((true, 1, ada(2)))),
        (&[WRITE, WRITE], Some((true, 1, ada(3)))),
        (&[WRITE, KEEP_ALIVE], Some((true, 1, ada(2)))),
        (&[KEEP_ALIVE, WRITE], Some((true, 1, ada(2)))),
        (&[RENEW], Some((false, 0, ada(1)))),
        (&[RENEW, WRITE], Some((false, 0, ada(2)))),
        (&[WRITE, RENEW], Some((false, 0, ada(2)))),
        (&[RENEW, RENEW], Some((false, 0, ada(1)))),
        (&[RENEW, KEEP_ALIVE], Some((false, 0, ada(1)))),
        (&[PURGE], None),
        (&[WRITE, PURGE], None),
        (&[RENEW, PURGE], None),
        (&[PURGE, PURGE], None),
        (&[PURGE, RENEW], None),
        (&[PURGE, KEEP_ALIVE], None),
        (&[KEEP_ALIVE, PURGE], None),
        (&[PURGE, WRITE], Some((false, 0, fresh(1)))),
        (&[RENEW, PURGE, WRITE], Some((false, 0, fresh(1)))),
        (&[PURGE, RENEW, WRITE], Some((false, 0, fresh(1)))),
        (&[PURGE, WRITE, RENEW], Some((false, 0, fresh(1)))),
        (&[PURGE, WRITE, PURGE], None),
        (&[WRITE, PURGE, WRITE], Some((false, 0, fresh(1)))),
    ];
    for (asks, wanted) in rows {
        let names: Vec<&str> = asks.iter().map(|ask| name(*ask)).collect();
        assert_eq!(outcome(asks), wanted, "{names:?}");
    }
}

fn name(ask: Ask) -> &'static str {
    [
        (WRITE, "write"),
        (RENEW, "renew"),
        (PURGE, "purge"),
        (KEEP_ALIVE, "keep_alive"),
    ]
    .into_iter()
    .find(|(other, _)| std::ptr::fn_addr_eq(*other, ask))
    .map_or("?", |(_, name)| name)
}

#[test]
fn a_logout_without_a_cookie_sends_nothing_unless_the_browser_may_have_one_elsewhere() {
    let (ring, time) = (ring(), Time::starting());
    let usual: Jar<Account> = builder(&ring, &time).build().unwrap();
    let below: Jar<Account> = builder(&ring, &time)
        .cookie_name("__Secure-s")
        .path("/app")
        .build()
        .unwrap();
    for (jar, cookie, sent) in [
        (&usual, "", 0),
        (&usual, "theme=dark", 0),
        (&usual, "__Host-Http-session=garbage", 1),
        // A part without its head has to be expired.
        (&usual, "__Host-Http-session.1=x", 2),
        // `/logout` is not below `/app`, so the browser does not send the cookie there.
        (&below, "", 1),
    ] {
        for ask in [PURGE, DISCARD] {
            let session = open(jar, cookie);
            ask(&session);
            let closing = close(&session);
            assert_eq!(closing.set_cookies.into_iter().count(), sent, "{cookie}");
            assert!(closing.clear_site_data.is_none() || sent > 0);
            let policy = closing.cache_control;
            let expected = match (sent, std::ptr::fn_addr_eq(ask, PURGE)) {
                (1.., true) => "no-store",
                _ => "private",
            };
            assert_eq!(policy, Some(expected), "{cookie}");
        }
    }
}

#[test]
fn a_logout_by_a_form_of_another_site_expires_the_cookie_that_its_browser_withholds() {
    // As an identity provider does when it logs people out everywhere.
    let (_, _, jar) = world::<Account>();
    for (site, sent) in [("cross-site", 1), ("same-site", 0), ("same-origin", 0)] {
        let headers = [("sec-fetch-site", site), ("sec-fetch-mode", "navigate")];
        let fetch = FetchMetadata::read("POST", |name| {
            let found = headers.iter().find(|it| it.0 == name);
            found.map(|it| it.1.as_bytes())
        });
        let session = jar.open(None::<Vec<u8>>, fetch);
        session.purge();
        let lines = close(&session).set_cookies.into_iter();
        assert_eq!(lines.count(), sent, "{site}");
    }
}

#[test]
fn what_is_discarded_has_ended_and_what_is_written_then_is_born_then() {
    let (ring, time) = (ring(), Time::starting());
    let jar: Jar<Note> = builder(&ring, &time).build().unwrap();
    let header = jar.cookie_for(&Note("saved".into())).unwrap();
    time.pass(100);
    for (renews, born) in [(false, START + 100), (true, START + 100)] {
        let mut browser = Browser::with(&header);
        browser.visit(&jar, |session| {
            session.discard();
            assert_eq!(*session.get(), Note::default());
            assert_eq!(session.id(), None);
            session.update(|it| it.0 = "sent".into()).unwrap();
            if renews {
                session.renew();
            }
        });
        let session = open(&jar, browser.header());
        assert_eq!(session.get().0, "sent");
        let Origin::Opened { born: found, .. } = session.origin() else {
            panic!("{:?}", session.origin());
        };
        assert_eq!(*found, at(born));
    }
    // The control: without `discard` the incoming session continues.
    let mut browser = Browser::with(&header);
    browser.visit(&jar, |session| {
        session.update(|it| it.0 = "sent".into()).unwrap()
    });
    let session = open(&jar, browser.header());
    assert!(matches!(session.origin(), Origin::Opened { born, .. } if *born == at(START)));
}

#[test]
fn session_fixation_a_login_renews() {
    let (_, _, jar) = world::<Account>();
    // The attacker gets an anonymous session and plants it in the visitor's browser.
    let planted = jar.cookie_for(&Account::default()).unwrap();
    let attacker = open(&jar, &planted).id();
    let mut visitor = Browser::with(&planted);
    visitor.visit(&jar, |session| {
        session.renew();
        session.update(|it| it.name = "ada".into()).unwrap();
    });
    let session = open(&jar, visitor.header());
    assert_eq!(session.get().name, "ada");
    assert!(attacker.is_some() && session.id() != attacker);
    let old = open(&jar, &planted);
    assert_eq!(
        (old.id(), old.get().name.as_str()),
        (attacker, ""),
        "the planted one is another session"
    );

    // A handler that forgets to renew is covered: the change of the subject renews.
    let mut visitor = Browser::with(&planted);
    visitor.visit(&jar, |session| {
        session.update(|it| it.name = "ada".into()).unwrap()
    });
    assert_ne!(open(&jar, visitor.header()).id(), attacker);
    // The negative control: a write that changes no subject keeps the id.
    let mut visitor = Browser::with(&planted);
    visitor.visit(&jar, |session| session.update(|it| it.visits = 5).unwrap());
    assert_eq!(open(&jar, visitor.header()).id(), attacker);
}

#[test]
fn purging_expires_what_came_and_its_parts_whether_it_opened_or_not() {
    let (_, _, jar) = world::<Account>();
    let good = jar.cookie_for(&account("ada")).unwrap();
    for header in [
        good,
        format!("{NAME}=garbage"),
        format!("{NAME}=3~abcd.x; {NAME}.1=abcd.y; {NAME}.2=efgh.z; {NAME}.8=w"),
        format!("{NAME}.4=alone"),
        format!("{NAME}=a; {NAME}=b"),
        String::new(),
    ] {
        let mut browser = Browser::with(&format!("{header}; other=1"));
        browser.visit(&jar, |session| session.purge());
        browser.forget(&format!("{NAME}.out"));
        assert_eq!(browser.names(), ["other"], "{header}");
    }
}

#[test]
fn an_older_copy_is_visible_by_its_revision() {
    let (_, _, jar) = world::<Account>();
    let mut browser = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
    let mut copies = vec![browser.header()];
    for _ in 0..5 {
        browser.visit(&jar, |session| session.update(|it| it.visits += 1).unwrap());
        copies.push(browser.header());
    }
    for (revision, copy) in (0..).zip(&copies) {
        let session = open(&jar, copy);
        assert_eq!(
            session.revision(),
            revision,
            "an old copy opens: documented"
        );
        assert_eq!(session.get().visits, revision + 1);
    }
    // During a request, the revision is that of the incoming cookie.
    let session = open(&jar, &copies[3]);
    session.update(|it| it.visits = 99).unwrap();
    assert_eq!(session.revision(), 3);
    assert_eq!(
        jar.open(None::<Vec<u8>>, FetchMetadata::default())
            .revision(),
        0
    );
}

#[test]
fn the_greatest_revision_stays() {
    let (ring, _, jar) = world::<Account>();
    let header = crate::support::Forger {
        revision: u32::MAX,
        ..crate::support::Forger::new(&ring)
    }
    .header_of(&account("ada"));
    let mut browser = Browser::with(&header);
    browser.visit(&jar, |session| session.update(|it| it.visits += 1).unwrap());
    let session = open(&jar, browser.header());
    assert_eq!((session.revision(), session.get().visits), (u32::MAX, 2));
}

#[test]
fn keep_alive_extends_from_the_background_and_only_when_it_is_due() {
    let (_, time, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    let answer = |ask: Ask| {
        let session = jar.open([header.clone()], background());
        _ = session.get();
        ask(&session);
        crate::support::lines(&session).len()
    };
    assert_eq!(answer(KEEP_ALIVE), 0, "not due");
    time.pass(DAY / 4);
    assert_eq!(answer(|_| ()), 0, "not asked");
    assert_eq!(answer(KEEP_ALIVE), 1);
    time.pass(DAY);
    let late = open(&jar, &header);
    late.keep_alive();
    assert_eq!(refusal(&late), Some("expired"));
    assert!(crate::support::lines(&late).is_empty());
}
