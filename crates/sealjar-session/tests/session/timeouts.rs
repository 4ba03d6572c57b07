//! A jar asks for timeouts, and the ring limits them: at the start, and after the ring has changed.

use std::time::Duration;

use sealjar::keeper::{NextKey, RingDraft};
use sealjar::{LiveRing, Revocations, RingKey, Suite, Timestamp};
use sealjar_session::{FetchMetadata, Flash, Jar, JarBuilder};

use crate::capture::{Capture, Line};
use crate::support::{
    APP, Account, DAY, Forger, SKEW, START, Time, at, builder, change_ring, draft, is_open, key,
    lines, open, refusal, sealing_since,
};

const MONTH: u32 = 30 * DAY;

/// A ring that remembers revocations longer than any session lives.
fn long_memory(keys: Vec<RingKey>) -> RingDraft {
    let mut draft = draft(keys);
    draft.revocations = Revocations::generate(3 * MONTH).unwrap();
    draft
}

fn live(draft: RingDraft) -> LiveRing {
    draft.build().unwrap().into()
}

fn standby(lifetime: u32) -> RingKey {
    RingKey::standby(key(), lifetime, 1, Timestamp::MIN)
}

/// A jar that remembers visitors for a month.
fn month(ring: &LiveRing, time: &Time) -> JarBuilder<Account> {
    builder(ring, time).idle_timeout(Duration::from_secs(MONTH.into()))
}

fn new_session(jar: &Jar<Account>) -> String {
    let session = jar.open(None::<Vec<u8>>, FetchMetadata::default());
    session.update(|it| it.visits += 1).unwrap();
    lines(&session).remove(0)
}

fn has(line: &Line, field: &str) -> bool {
    line.1.iter().any(|it| it == field)
}

#[test]
fn remember_me_for_a_month_works_at_once_where_the_ring_allows_it() {
    let mut long = sealing_since(0);
    long.lifetime = 3 * MONTH;
    let (ring, time) = (live(long_memory(vec![long])), Time::starting());
    let events = Capture::run(|_| {
        let jar = month(&ring, &time).build().unwrap();
        let line = new_session(&jar);
        assert!(line.ends_with("; Max-Age=2592000"), "{line}");
        let header = line.split_once(';').unwrap().0;
        time.pass(MONTH - 1);
        assert!(
            is_open(&open(&jar, header)),
            "no lifetime of 7 days cuts it"
        );
        time.pass(1);
        assert_eq!(refusal(&open(&jar, header)), Some("expired"));
    });
    assert!(events.iter().all(|it| it.0 != tracing::Level::WARN));
}

#[test]
fn a_jar_takes_what_the_ring_allows_and_the_rest_when_the_ring_allows_it() {
    let (ring, time) = (
        live(long_memory(vec![
            sealing_since(START - DAY),
            standby(MONTH),
        ])),
        Time::starting(),
    );
    let mut built = None;
    let events = Capture::run(|_| {
        let jar = month(&ring, &time).build().unwrap();
        assert!(new_session(&jar).ends_with("; Max-Age=86400"));
        built = Some(jar);
    });
    // It warns once, when the jar is built, and not again when the first session is sealed.
    assert_eq!(events.len(), 1, "{events:?}");
    let from = at(START + 6 * DAY + SKEW);
    for field in [
        "setting=idle_timeout",
        "asked=2592000",
        "allowed=86400",
        &format!("from={from}"),
    ] {
        assert!(has(&events[0], field), "{field}: {events:?}");
    }

    // The keeper rotates on that date. No process restarts.
    time.set(START + 6 * DAY);
    change_ring(&ring, |draft| draft.keys[1].seals_from = Some(from));
    time.set(START + 6 * DAY + SKEW - 1);
    let jar = built.unwrap();
    assert!(new_session(&jar).ends_with("; Max-Age=86400"));
    time.pass(1);
    assert!(new_session(&jar).ends_with("; Max-Age=2592000"));
}

#[test]
fn whoever_asks_for_exact_timeouts_is_refused_with_the_date() {
    let (ring, time) = (
        live(long_memory(vec![
            sealing_since(START - DAY),
            standby(MONTH),
        ])),
        Time::starting(),
    );
    let error = month(&ring, &time)
        .exact_timeouts(true)
        .build()
        .unwrap_err();
    let from = at(START + 6 * DAY + SKEW);
    assert_eq!(
        error.to_string(),
        format!(
            "idle_timeout = 2592000 s: the ring's key allows 86400 s now, and all of it from {from}"
        )
    );
    time.set(START + 6 * DAY);
    change_ring(&ring, |draft| draft.keys[1].seals_from = Some(time.now()));
    assert!(month(&ring, &time).exact_timeouts(true).build().is_ok());
}

#[test]
fn the_date_is_that_of_the_first_key_that_allows_it() {
    let staged = |lifetime, from| {
        let mut key = sealing_since(from);
        key.lifetime = lifetime;
        key
    };
    let revoked = || {
        let mut key = staged(MONTH, START + 5);
        key.revoke();
        key
    };
    let rotation = START - DAY + 7 * DAY + SKEW;
    let wish = |lifetime| {
        Some(NextKey {
            lifetime,
            early: false,
            suite: Suite::Xaes256Gcm,
        })
    };
    // The keys beside the sealing one, what the next key will be, and the date.
    let rows: [(Vec<RingKey>, Option<NextKey>, Option<u32>); 9] = [
        (vec![standby(DAY)], None, None),
        (vec![standby(MONTH - 1)], None, None),
        (vec![standby(DAY)], wish(MONTH - 1), None),
        (vec![standby(DAY)], wish(MONTH), Some(rotation + 7 * DAY)),
        (vec![standby(MONTH)], None, Some(rotation)),
        (vec![staged(MONTH, START + 5)], None, Some(START + 5)),
        (
            vec![staged(MONTH, START + 5), standby(MONTH)],
            None,
            Some(START + 5),
        ),
        (
            vec![staged(DAY, START + 5), standby(MONTH)],
            None,
            Some(START + 5 + 7 * DAY + SKEW),
        ),
        (vec![revoked(), standby(MONTH)], None, Some(rotation)),
    ];
    for (row, (waiting, next_key, from)) in rows.into_iter().enumerate() {
        let mut keys = vec![sealing_since(START - DAY)];
        keys.extend(waiting);
        let mut draft = long_memory(keys);
        draft.next_key = next_key;
        let (ring, time) = (live(draft), Time::starting());
        let events = Capture::run(|_| drop(month(&ring, &time).build().unwrap()));
        let fields = events[0].1.iter();
        let shown: Vec<&String> = fields.filter(|it| it.starts_with("from=")).collect();
        let from: Vec<String> = from
            .map(|it| format!("from={}", at(it)))
            .into_iter()
            .collect();
        assert_eq!(
            shown,
            from.iter().collect::<Vec<_>>(),
            "row {row}: {events:?}"
        );
        let hint = match from.is_empty() {
            true => {
                "hint=raise the keeper's token-lifetime: sealjar status then shows from when it holds"
            }
            false => "hint=nothing to do: from then on all of it holds, without a restart",
        };
        assert!(has(&events[0], hint), "{events:?}");
    }
}

#[test]
fn a_ring_that_nobody_rotates_promises_no_date() {
    let mut draft = long_memory(vec![sealing_since(START - DAY), standby(MONTH)]);
    draft.timing.rotate_every = u32::MAX;
    let (ring, time) = (live(draft), Time::starting());
    let events = Capture::run(|_| drop(month(&ring, &time).build().unwrap()));
    assert!(
        !events[0].1.iter().any(|it| it.starts_with("from=")),
        "{events:?}"
    );
}

#[test]
fn what_nobody_asked_for_is_cut_in_silence() {
    let mut short = sealing_since(0);
    short.lifetime = 600;
    let mut forgetful = draft(vec![short]);
    forgetful.revocations = Revocations::generate(DAY).unwrap();
    let (ring, time) = (live(forgetful), Time::starting());
    let events = Capture::run(|_| {
        let jar = builder::<Account>(&ring, &time).build().unwrap();
        assert!(new_session(&jar).ends_with("; Max-Age=600"));
        // A quarter of what the key allows, and not of 24 hours.
        let header = jar.cookie_for(&Account::default()).unwrap();
        for (age, again) in [(149, 0), (1, 1)] {
            time.pass(age);
            let session = open(&jar, &header);
            _ = session.get();
            assert_eq!(lines(&session).len(), again);
        }
        // Messages wait for 5 minutes at most.
        change_ring(&ring, |draft| draft.keys[0].lifetime = 170);
        let messages = builder::<Flash>(&ring, &time).build().unwrap();
        assert!(messages.cookie_for(&Flash::default()).is_ok());
    });
    assert!(events.is_empty(), "{events:?}");
}

#[test]
fn no_session_outlives_the_memory_of_revocations() {
    let time = Time::starting();
    let mut forgetful = draft(vec![sealing_since(0)]);
    forgetful.revocations = Revocations::generate(3600).unwrap();
    let ring = live(forgetful.clone());
    for lifetime in [None, Some(3600), Some(2 * DAY)] {
        let mut jar = builder::<Account>(&ring, &time);
        if let Some(lifetime) = lifetime {
            jar = jar.lifetime(Duration::from_secs(lifetime.into()));
        }
        let mut built = None;
        let events = Capture::run(|_| built = Some(jar.build().unwrap()));
        let warned = events
            .iter()
            .any(|it| has(it, "setting=lifetime") && has(it, "allowed=3600"));
        assert_eq!(warned, lifetime == Some(2 * DAY), "{events:?}");
        let jar = built.unwrap();
        assert!(new_session(&jar).ends_with("; Max-Age=3600"));
        let header = |age| {
            let forger = Forger {
                born: START - age,
                ..Forger::new(&ring)
            };
            forger.header_of(&Account::default())
        };
        assert_eq!(refusal(&open(&jar, header(3599))), None);
        assert_eq!(refusal(&open(&jar, header(3600))), Some("too_old"));
    }
    // A ring that remembers nothing allows no session at all.
    forgetful.revocations = Revocations::generate(0).unwrap();
    let error = Jar::<Account>::builder(forgetful.build().unwrap(), APP)
        .build()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("lifetime = 604800 s: the ring forgets"),
        "{error}"
    );
}

#[test]
fn while_no_key_seals_those_that_wait_say_what_will_be_allowed() {
    let mut waits = sealing_since(START + 10);
    waits.lifetime = 1200;
    let (ring, time) = (live(draft(vec![waits])), Time::starting());
    let exact = |idle| {
        let jar = builder::<Account>(&ring, &time).exact_timeouts(true);
        jar.idle_timeout(Duration::from_secs(idle)).build().is_ok()
    };
    assert!(exact(1200) && !exact(1201));
}
