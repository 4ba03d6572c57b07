//! Attack or mistake: cookie tossing, duplicates, lock-out by a second cookie.

use sealjar_session::{FetchMetadata, Origin, SameSite};

use crate::support::{
    Account, Browser, Forger, NAME, START, Time, account, builder, is_open, lines, open, refusal,
    ring, token, world,
};

enum Outcome {
    Opens(&'static str),
    Refused(&'static str),
}
use Outcome::{Opens, Refused};

#[test]
fn cookie_tossing_table_in_every_order() {
    let (ring, _, jar) = world::<Account>();
    let mine = Forger::new(&ring).header_of(&account("mine"));
    let newer = Forger {
        revision: 1,
        ..Forger::new(&ring)
    }
    .header_of(&account("newer"));
    let later = Forger {
        revision: 1,
        sealed_at: START + 10,
        ..Forger::new(&ring)
    }
    .header_of(&account("later"));
    let theirs = Forger {
        id: *b"attacker",
        ..Forger::new(&ring)
    }
    .header_of(&account("theirs"));
    let expired = Forger {
        expires_at: START,
        ..Forger::new(&ring)
    }
    .header_of(&account("expired"));
    let garbage = |n: usize| format!("{NAME}=garbage{n}");
    let torn = format!("{NAME}=2~abcd.xyz");
    let empty = format!("{NAME}=");
    for (what, cookies, outcome) in [
        ("one", vec![&mine], Opens("mine")),
        ("equal twins", vec![&mine, &mine, &mine], Opens("mine")),
        ("garbage beside it", vec![&mine, &garbage(0)], Opens("mine")),
        ("an empty one beside it", vec![&mine, &empty], Opens("mine")),
        ("a torn one beside it", vec![&mine, &torn], Opens("mine")),
        (
            "an expired one beside it",
            vec![&mine, &expired],
            Opens("mine"),
        ),
        (
            "three pieces of garbage",
            vec![&mine, &garbage(0), &garbage(1), &garbage(2)],
            Opens("mine"),
        ),
        (
            "another's session",
            vec![&mine, &theirs],
            Refused("ambiguous"),
        ),
        (
            "another's session and garbage",
            vec![&mine, &theirs, &garbage(0)],
            Refused("ambiguous"),
        ),
        ("two revisions", vec![&mine, &newer], Opens("newer")),
        (
            "one revision sealed twice",
            vec![&newer, &later],
            Opens("later"),
        ),
        (
            "three of one session",
            vec![&mine, &newer, &later],
            Opens("later"),
        ),
        (
            "two revisions and another's",
            vec![&mine, &newer, &theirs],
            Refused("ambiguous"),
        ),
        (
            "five candidates",
            vec![&mine, &garbage(0), &garbage(1), &garbage(2), &garbage(3)],
            Refused("ambiguous"),
        ),
        (
            "five, twins counted once",
            vec![&mine, &mine, &garbage(0), &garbage(1), &garbage(2)],
            Opens("mine"),
        ),
    ] {
        for turn in 0..cookies.len() {
            let mut order = cookies.clone();
            order.rotate_left(turn);
            for order in [order.clone(), order.into_iter().rev().collect()] {
                let header = order
                    .iter()
                    .map(|it| it.as_str())
                    .collect::<Vec<_>>()
                    .join("; ");
                let session = open(&jar, &header);
                match outcome {
                    Opens(name) => assert_eq!(session.get().name, name, "{what}, turned by {turn}"),
                    Refused(kind) => {
                        assert_eq!(refusal(&session), Some(kind), "{what}, turned by {turn}");
                        assert_eq!(*session.get(), Account::default());
                    }
                }
                // On separate header lines they mean the same.
                let split = jar.open(
                    order.into_iter().cloned().collect::<Vec<_>>(),
                    FetchMetadata::default(),
                );
                assert_eq!(split.origin(), session.origin(), "{what}");
            }
        }
    }
}

#[test]
fn when_none_opens_the_first_refusal_is_told() {
    let (ring, _, jar) = world::<Account>();
    let expired = Forger {
        expires_at: START,
        ..Forger::new(&ring)
    }
    .header_of(&account("x"));
    let garbage = format!("{NAME}=garbage");
    assert_eq!(
        refusal(&open(&jar, format!("{garbage}; {expired}"))),
        Some("malformed")
    );
    assert_eq!(
        refusal(&open(&jar, format!("{expired}; {garbage}"))),
        Some("expired")
    );
}

#[test]
fn a_session_in_several_cookies_and_a_second_head_in_one() {
    let (ring, time) = (ring(), Time::starting());
    let jar = builder::<Account>(&ring, &time)
        .max_size(12_288)
        .build()
        .unwrap();
    let large = jar.cookie_for(&account(&"l".repeat(6000))).unwrap();
    let small = Forger {
        id: *b"attacker",
        ..Forger::new(&ring)
    }
    .header_of(&account("small"));
    assert!(large.contains(".1="));
    for header in [format!("{large}; {small}"), format!("{small}; {large}")] {
        assert_eq!(refusal(&open(&jar, header)), Some("ambiguous"));
    }
    for header in [
        format!("{large}; {NAME}=garbage"),
        format!("{NAME}=garbage; {large}"),
    ] {
        assert_eq!(open(&jar, header).get().name.len(), 6000);
    }
}

#[test]
fn an_unpartitioned_twin_is_expired_by_the_next_write() {
    let (ring, time) = (ring(), Time::starting());
    let before = builder::<Account>(&ring, &time).build().unwrap();
    let after = builder::<Account>(&ring, &time)
        .partitioned(true)
        .same_site(SameSite::None)
        .build()
        .unwrap();
    let mut browser = Browser::with(&before.cookie_for(&account("ada")).unwrap());
    let old_token = token(&browser.header()).to_owned();

    browser.visit(&after, |session| {
        assert_eq!(
            session.get().name,
            "ada",
            "a twin from before the change opens"
        );
        session.update(|it| it.visits += 1).unwrap();
    });
    assert_eq!(browser.names(), [NAME], "one cookie is left");
    assert!(browser.0[0].1, "the partitioned one");
    assert_eq!(browser.visit(&after, |session| session.get().visits), 2);

    // The negative control: without the partitioned jar's removal both stay.
    let mut twins = Browser::with(&format!("{NAME}={old_token}"));
    let session = twins.request(&after);
    session.update(|it| it.visits += 1).unwrap();
    for line in close_without_removals(&session) {
        twins.take(&line);
    }
    assert_eq!(twins.names(), [NAME, NAME]);
    // Even then the newer one wins, because it is the same session.
    assert_eq!(twins.visit(&after, |session| session.get().visits), 2);

    let mut both = Browser::with(&format!("{NAME}={old_token}"));
    both.visit(&after, |session| session.purge());
    assert!(!both.names().contains(&NAME));
}

/// To such a browser, the line that expires the unpartitioned twin expires the session, unless it
/// comes first.
#[test]
fn a_browser_that_does_not_know_partitioned_keeps_the_session() {
    let (ring, time) = (ring(), Time::starting());
    let jar = builder::<Account>(&ring, &time)
        .partitioned(true)
        .same_site(SameSite::None)
        .max_size(12_288)
        .build()
        .unwrap();
    let mut browser = Browser::default();
    for visits in 1..4 {
        let session = browser.request(&jar);
        session
            .update(|it| {
                *it = Account {
                    name: "a".repeat(6000),
                    visits,
                }
            })
            .unwrap();
        for line in lines(&session) {
            browser.take(&line.replace("; Partitioned", ""));
        }
        assert_eq!(browser.request(&jar).get().visits, visits);
    }
}

fn close_without_removals(session: &sealjar_session::Session<Account>) -> Vec<String> {
    let lines = lines(session);
    let kept: Vec<String> = lines
        .iter()
        .filter(|it| !it.contains("Max-Age=0"))
        .cloned()
        .collect();
    assert!(kept.len() < lines.len());
    kept
}

#[test]
fn a_cookie_that_came_is_told_from_one_that_opened() {
    let (_, _, jar) = world::<Account>();
    let none = jar.open(None::<Vec<u8>>, FetchMetadata::default());
    for session in [
        none,
        open(&jar, "a=b"),
        open(&jar, format!("{NAME}.1=abcd.x")),
    ] {
        let absent = matches!(
            session.origin(),
            Origin::Absent {
                withheld: false,
                ..
            }
        );
        assert!(absent, "{:?}", session.origin());
    }
    assert_eq!(refusal(&open(&jar, format!("{NAME}="))), Some("malformed"));
    let session = open(&jar, jar.cookie_for(&account("ada")).unwrap());
    assert!(is_open(&session));
    let Origin::Opened {
        born,
        sealed_at,
        expires_at,
        stale,
        size,
        ..
    } = session.origin()
    else {
        panic!("not opened");
    };
    assert_eq!([born, sealed_at].map(|time| time.stored()), [START; 2]);
    assert_eq!(expires_at.seconds_since(*sealed_at), 86_400);
    assert!(!stale);
    assert_eq!(
        *size,
        token(&jar.cookie_for(&account("ada")).unwrap()).len()
    );
}
