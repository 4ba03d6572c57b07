//! Attack or mistake: a session survives its logout, because a response that was in flight sets its
//! cookie again, or because another cookie of it is kept elsewhere.

use sealjar_session::{FetchMetadata, Jar, Session};

use crate::support::{
    Account, Browser, DAY, Forger, NAME, Note, SKEW, START, account, background, close, is_open,
    lines, open, refusal, token, world,
};

const OUT: &str = "__Host-Http-session.out";

/// The ids in the mark that a line sets, and for how long.
fn mark(line: &str) -> (Vec<String>, u32) {
    let (pair, attributes) = line.split_once("; ").unwrap();
    let ids = pair.strip_prefix(&format!("{OUT}=")).unwrap();
    let age = attributes.strip_prefix("HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=");
    let ids = ids.split('.').map(str::to_owned).collect();
    (ids, age.unwrap().parse().unwrap())
}

fn id_of<T: sealjar_session::SessionData>(jar: &Jar<T>, header: &str) -> String {
    open(jar, header).id().unwrap().to_string()
}

#[test]
fn a_mark_outlives_every_answer_that_can_still_bring_its_session_back() {
    let (_, time, jar) = world::<Account>();
    let start = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
    let id = id_of(&jar, &start.header());
    let session = start.request(&jar);
    session.purge();
    let sent = lines(&session);
    assert_eq!(sent.len(), 2);
    let (ids, age) = mark(&sent[1]);
    assert_eq!((ids, age), (vec![id], 7 * DAY + SKEW));

    // The slowest possible response: begun before the logout, closed when the session is almost
    // over.
    for late in [2, 65, DAY, 6 * DAY, 7 * DAY - 1] {
        let slow = start.request(&jar);
        slow.update(|it| it.visits += 1).unwrap();
        time.set(START + late);
        let mut browser = Browser::default();
        browser.receive(close(&slow));
        let header = browser.header();
        let mut opened_last = 0;
        for second in [0, 60, 61, DAY - 1, DAY] {
            time.set(START + late + second);
            if is_open(&open(&jar, &header)) {
                opened_last = late + second;
            }
        }
        assert!(opened_last < age, "{late}: it opens after the mark is gone");
        // The negative control: a mark of a minute would not have been enough.
        assert!(opened_last > 60);
        time.set(START);
    }
}

#[test]
fn every_way_of_leaving_a_subject_marks_the_session_and_nothing_else_does() {
    type Act = fn(&Session<Account>);
    let acts: [(&str, Act, bool, bool); 9] = [
        ("purge", |it| it.purge(), true, true),
        ("nobody", |it| becomes(it, ""), true, false),
        ("another", |it| becomes(it, "bob"), true, true),
        (
            "there and back",
            |it| {
                becomes(it, "bob");
                becomes(it, "ada");
            },
            true,
            true,
        ),
        (
            "renewed and another",
            |it| {
                it.renew();
                becomes(it, "bob");
            },
            true,
            true,
        ),
        ("renewed", |it| it.renew(), false, false),
        (
            "written",
            |it| it.update(|it| it.visits = 9).unwrap(),
            false,
            false,
        ),
        ("read", |it| _ = it.get(), false, false),
        (
            "purged and written",
            |it| {
                it.purge();
                becomes(it, "ada");
            },
            true,
            true,
        ),
    ];
    for (what, act, marks_ada, marks_the_guest) in acts {
        for (who, wanted) in [
            ("ada", marks_ada),
            ("", marks_the_guest && what.contains("purge")),
        ] {
            let (_, _, jar) = world::<Account>();
            let header = jar.cookie_for(&account(who)).unwrap();
            let session = open(&jar, &header);
            act(&session);
            let marked: Vec<_> = lines(&session)
                .iter()
                .filter(|line| line.starts_with(OUT))
                .map(|line| mark(line).0)
                .collect();
            let id = vec![id_of(&jar, &header)];
            let wanted = if wanted { vec![id] } else { Vec::new() };
            assert_eq!(marked, wanted, "{who} {what}");
        }
    }
}

fn becomes(session: &Session<Account>, name: &str) {
    session.update(|it| it.name = name.into()).unwrap();
}

#[test]
fn a_mark_names_the_last_four_logouts_each_once() {
    let (_, _, jar) = world::<Account>();
    let mut browser = Browser::default();
    let mut headers = Vec::new();
    for name in ["ada", "bob", "eve", "kim", "lee"] {
        browser.visit(&jar, |session| becomes(session, name));
        let (_, _, text) = browser.0.iter().find(|it| it.0 == NAME).unwrap();
        headers.push(format!("{NAME}={text}"));
        browser.visit(&jar, |session| session.purge());
    }
    let ids: Vec<String> = headers.iter().rev().map(|it| id_of(&jar, it)).collect();
    assert_eq!(browser.header(), format!("{OUT}={}", ids[..4].join(".")));
    let came_back = |header: &str| open(&jar, format!("{header}; {}", browser.header()));
    for header in &headers[1..] {
        assert_eq!(refusal(&came_back(header)), Some("logged_out"));
    }
    // The oldest id was dropped.
    assert!(is_open(&came_back(&headers[0])));
    // Logging out of a session that came back moves its id to the front, and drops no other.
    let again = jar.open(
        [format!("{OUT}={}.{}", ids[2], ids[0]), headers[4].clone()],
        FetchMetadata::default(),
    );
    assert_eq!(refusal(&again), Some("logged_out"));
    again.purge();
    assert_eq!(lines(&again).len(), 1, "it is marked already");
}

#[test]
fn a_mark_stops_the_sessions_it_names_alone_and_only_in_its_exact_form() {
    let (ring, _, jar) = world::<Account>();
    let mut forger = Forger::new(&ring);
    forger.id = 0xabc_u64.to_be_bytes();
    let header = forger.header_of(&account("ada"));
    let (id, other) = ("0000000000000abc", "0123456789abcdef");
    for (mark, stops) in [
        (id.to_owned(), true),
        (id.to_uppercase(), true),
        (format!("{id}.{other}"), true),
        (format!("{other}.{other}.{other}.{id}"), true),
        (format!("{other}.{other}.{other}.{other}.{id}"), false),
        (format!("{id}."), false),
        (format!("{id}0"), false),
        ("abc".into(), false),
        ("+000000000000abc".into(), false),
        (other.into(), false),
        (String::new(), false),
        ("\u{e9}".repeat(8), false),
    ] {
        for header in [
            format!("{header}; {OUT}={mark}"),
            format!("{OUT}={mark}; {header}"),
            format!("{OUT}=garbage; {OUT}={mark}; {header}"),
        ] {
            let wanted = stops.then_some("logged_out");
            assert_eq!(refusal(&open(&jar, &header)), wanted, "{mark:?}");
        }
    }
}

#[test]
fn marks_of_four_places_are_read_whole() {
    let (ring, _, jar) = world::<Account>();
    let header_of = |number: u64| {
        let mut forger = Forger::new(&ring);
        forger.id = number.to_be_bytes();
        forger.header_of(&account("ada"))
    };
    let marks: Vec<String> = (0..5)
        .map(|place| {
            let ids: Vec<String> = (1..=4)
                .map(|id| format!("{:016x}", 4 * place + id))
                .collect();
            format!("{OUT}={}", ids.join("."))
        })
        .collect();
    for number in 1..=20 {
        let session = open(&jar, format!("{}; {}", marks.join("; "), header_of(number)));
        let wanted = (number <= 16).then_some("logged_out");
        assert_eq!(refusal(&session), wanted, "{number}");
    }
}

#[test]
fn what_came_back_is_expired_where_a_page_is_loaded_and_nothing_else_came() {
    let (ring, _, jar) = world::<Account>();
    let ada = jar.cookie_for(&account("ada")).unwrap();
    let bob = jar.cookie_for(&account("bob")).unwrap();
    let marked = format!("{OUT}={}", id_of(&jar, &ada));
    let unreadable = Forger::new(&ring).header(b"\xFF");
    for (what, header, navigation, expires) in [
        ("alone", ada.clone(), true, true),
        ("a script's request", ada.clone(), false, false),
        ("with its parts", format!("{ada}; {NAME}.1=x"), true, true),
        // Another replica may open these, but all cookies of one name expire together.
        (
            "beside garbage",
            format!("{ada}; {NAME}=garbage"),
            true,
            false,
        ),
        (
            "beside what another build reads",
            format!("{ada}; {unreadable}"),
            true,
            false,
        ),
        ("beside a session", format!("{ada}; {bob}"), true, false),
        (
            "beside a session, after it",
            format!("{bob}; {ada}"),
            true,
            false,
        ),
    ] {
        let metadata = || {
            if navigation {
                FetchMetadata::default()
            } else {
                background()
            }
        };
        let session = jar.open([format!("{header}; {marked}")], metadata());
        _ = session.get();
        let sent = lines(&session);
        assert_eq!(!sent.is_empty(), expires, "{what}: {sent:?}");
        assert!(
            sent.iter().all(|line| line.contains("; Max-Age=0")),
            "{what}"
        );
        assert_eq!(
            sent.len(),
            usize::from(expires) * (1 + header.matches(".1=").count())
        );
        // A handler that lets scripts keep sessions alive is treated like a page.
        let session = jar.open([format!("{header}; {marked}")], background());
        session.keep_alive();
        assert_eq!(
            !lines(&session).is_empty(),
            !navigation || expires,
            "{what}"
        );
        // No handler used the session: the response says nothing.
        let session = jar.open([format!("{header}; {marked}")], metadata());
        assert!(lines(&session).is_empty(), "{what}");
    }
    assert!(token(&ada).len() > 94);
}

#[test]
fn a_logout_of_sessions_that_nobody_can_tell_apart_marks_them_all() {
    let (_, _, jar) = world::<Account>();
    let headers = ["ada", "bob", "eve"].map(|name| jar.cookie_for(&account(name)).unwrap());
    let session = open(&jar, format!("{NAME}=garbage; {}", headers.join("; ")));
    assert_eq!(refusal(&session), Some("ambiguous"));
    session.purge();
    let sent = lines(&session);
    let ids: Vec<String> = headers.iter().map(|it| id_of(&jar, it)).collect();
    assert_eq!(mark(&sent[1]).0, ids);
    // A cookie that is refused anyway takes no part: the response would reveal why it was refused.
    let garbage = open(&jar, format!("{NAME}=garbage"));
    garbage.purge();
    assert_eq!(lines(&garbage).len(), 1);
}

#[test]
fn a_mark_lives_no_longer_than_the_ring_lets_sessions_live() {
    let (ring, time, _) = world::<Account>();
    let jar = crate::support::builder::<Account>(&ring, &time)
        .lifetime(std::time::Duration::from_secs(5000))
        .build()
        .unwrap();
    let session = open(&jar, jar.cookie_for(&account("ada")).unwrap());
    session.purge();
    assert_eq!(mark(&lines(&session)[1]).1, 5000 + SKEW);
}

#[test]
fn without_a_subject_a_renewal_begins_no_lifetime_and_a_purge_does() {
    let (_, time, jar) = world::<Note>();
    let born = |header: &str| match open(&jar, header).origin() {
        sealjar_session::Origin::Opened { born, .. } => born.stored(),
        origin => panic!("{origin:?}"),
    };
    let mut browser = Browser::with(&jar.cookie_for(&Note("a".into())).unwrap());
    for day in 1..7 {
        time.set(START + day * DAY - day);
        browser.visit(&jar, |session| {
            session.renew();
            session.update(|it| it.0.push('a')).unwrap();
        });
        assert_eq!(born(&browser.header()), START);
    }
    // "Day 40 of 7": here the session used to end.
    time.set(START + 7 * DAY - 7);
    assert!(is_open(&browser.request(&jar)));
    browser.visit(&jar, |session| session.renew());
    time.set(START + 7 * DAY);
    assert!(!is_open(&browser.request(&jar)));
    // A login that is another session.
    time.set(START + 7 * DAY - 1);
    browser.visit(&jar, |session| {
        session.purge();
        session.update(|it| it.0 = "b".into()).unwrap();
    });
    browser.forget(OUT);
    assert_eq!(born(&browser.header()), START + 7 * DAY - 1);
}
