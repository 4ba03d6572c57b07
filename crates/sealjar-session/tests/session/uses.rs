//! Does an operator see which keys are in use, and what is refused?

use std::collections::{BTreeMap, BTreeSet};

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use sealjar::{KeyId, Token, Uses};
use sealjar_session::SessionRefusalKind;
use sealjar_session::{Jar, SessionData};

use crate::refusals::crowded;
use crate::support::{
    Account, Browser, DAY, Forger, NAME, START, account, builder, change_ring, open, sealing_since,
    token, world,
};

/// The counts under each key and kind, `None` for refusals that belong to no key.
fn refused(uses: &Uses<SessionRefusalKind>) -> BTreeMap<(Option<KeyId>, &'static str), u64> {
    let keyed = uses.keys.iter().flat_map(|key| {
        key.refused
            .iter()
            .map(|(kind, n)| ((Some(key.id), kind.as_str()), n))
    });
    let other = uses
        .refused
        .iter()
        .map(|(kind, n)| ((None, kind.as_str()), n));
    keyed.chain(other).collect()
}

/// What one request adds to the counts: opened, and refused.
fn added<T: SessionData>(
    jar: &Jar<T>,
    header: &str,
) -> (u64, BTreeMap<(Option<KeyId>, &'static str), u64>) {
    let opened =
        |uses: &Uses<SessionRefusalKind>| uses.keys.iter().map(|key| key.opened).sum::<u64>();
    let before = jar.uses();
    _ = open(jar, header).get();
    let after = jar.uses();
    let (earlier, mut now) = (refused(&before), refused(&after));
    now.retain(|what, count| {
        *count -= earlier.get(what).unwrap_or(&0);
        *count > 0
    });
    (opened(&after) - opened(&before), now)
}

#[test]
fn every_refusal_counts_once_under_the_key_it_opened_with_or_under_none() {
    let (ring, _, jar, headers) = crowded();
    let of_no_key = [
        "ambiguous",
        "malformed",
        "torn_chunks",
        "unknown_key",
        "unknown_version",
    ];
    for (kind, header) in &headers {
        let (opened, counts) = added(&jar, header);
        let key = token(header.split(';').next().unwrap());
        let key = Token::parse(key).ok().map(|token| token.key_id());
        let key = key.filter(|_| !of_no_key.contains(kind));
        assert_eq!(counts, BTreeMap::from([((key, *kind), 1)]), "{header:.200}");
        assert!(key.is_none_or(|id| ring.load().keys().iter().any(|it| it.id() == id)));
        // Two sessions that come together both open, and the pair is refused.
        let both_open = *kind == "ambiguous" && header.contains("; ") && header.len() > 200;
        assert_eq!(opened, if both_open { 2 } else { 0 }, "{kind}");
    }
}

#[test]
fn an_older_schema_and_a_broken_clock_count_too() {
    #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    struct Second(u8);
    impl SessionData for Second {
        const SCHEMA: u16 = 2;
    }
    let (ring, time, _) = world::<Account>();
    let jar = builder::<Second>(&ring, &time).build().unwrap();
    let header = Forger::new(&ring).header(b"\x07");
    let id = Token::parse(token(&header)).unwrap().key_id();
    assert_eq!(
        added(&jar, &header),
        (0, BTreeMap::from([((Some(id), "old_schema"), 1)]))
    );

    let broken = builder::<Account>(&ring, &time)
        .clock(|| sealjar::Timestamp::from_unix(0))
        .build()
        .unwrap();
    assert_eq!(
        added(&broken, &header),
        (0, BTreeMap::from([((None, "clock"), 1)]))
    );
}

#[test]
fn each_candidate_counts_as_opened_or_as_refused() {
    let (_, _, jar) = world::<Account>();
    let good = jar.cookie_for(&account("ada")).unwrap();
    let header = format!("{NAME}=garbage; {good}; {NAME}=2~abcd.x");
    let (opened, counts) = added(&jar, &header);
    assert_eq!(opened, 1);
    assert_eq!(
        counts,
        BTreeMap::from([((None, "malformed"), 1), ((None, "torn_chunks"), 1)])
    );
    // A request without a cookie, or whose session no handler uses, counts nothing.
    assert_eq!(added(&jar, "theme=dark"), (0, BTreeMap::new()));
    let before = jar.uses();
    drop(open(&jar, &good));
    assert_eq!(jar.uses(), before);
}

#[test]
fn an_operator_sees_that_nobody_uses_the_old_key_any_more() {
    let (ring, time, jar) = world::<Account>();
    let old = ring.load().keys()[0].id();
    let mut browser = Browser::default();
    browser.visit(&jar, |it| it.update(|it| *it = account("ada")).unwrap());
    for _ in 0..3 {
        browser.visit(&jar, |session| _ = session.get());
    }
    let counts = |id| {
        let uses = jar.uses();
        let key = uses.key(id).unwrap();
        (key.sealed, key.opened)
    };
    assert_eq!(counts(old), (1, 3));

    let new = sealing_since(START);
    let new_id = new.id();
    change_ring(&ring, |draft| draft.keys.push(new));
    assert_eq!(counts(new_id), (0, 0));
    time.pass(DAY / 2);
    // Read once more under the old key, and sealed again under the new one.
    browser.visit(&jar, |session| _ = session.get());
    assert_eq!((counts(old), counts(new_id)), ((1, 4), (1, 0)));
    for _ in 0..5 {
        browser.visit(&jar, |session| _ = session.get());
    }
    assert_eq!((counts(old), counts(new_id)), ((1, 4), (1, 5)));
}

#[test]
fn a_jar_of_its_own_counts_apart_and_a_clone_with_it() {
    let (ring, time, jar) = world::<Account>();
    let apart = builder::<Account>(&ring, &time).build().unwrap();
    let header = jar.cookie_for(&account("ada")).unwrap();
    let id = ring.load().keys()[0].id();
    _ = open(&jar.clone(), &header).get();
    assert_eq!(jar.uses().key(id).unwrap().opened, 1);
    assert_eq!(apart.uses().key(id).unwrap().opened, 0);
}

#[test]
fn a_scrape_shows_each_use_once_and_again_the_same() {
    let (ring, _, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    let id = ring.load().keys()[0].id();
    for cookie in [&*header, &*header, &*format!("{NAME}=garbage")] {
        _ = open(&jar, cookie).get();
    }
    let expired = Forger {
        expires_at: START,
        ..Forger::new(&ring)
    };
    _ = open(&jar, expired.header_of(&account("ada"))).get();

    let recorder = DebuggingRecorder::new();
    let scrape = || {
        // Called twice, because a counter that adds instead of being set would show it.
        metrics::with_local_recorder(&recorder, || {
            jar.record_metrics();
            jar.record_metrics();
        });
        let series = recorder.snapshotter().snapshot().into_vec();
        let series = series.into_iter().map(|(series, _, _, value)| {
            let key = series.key();
            let label = |name| {
                let mut labels = key.labels().filter(|label| label.key() == name);
                labels.next().map_or("", |label| label.value()).to_owned()
            };
            assert_eq!(label("cookie"), NAME);
            let DebugValue::Counter(count) = value else {
                panic!("{key} is no counter");
            };
            (key.name().to_owned(), label("kind"), label("key_id"), count)
        });
        series.collect::<BTreeSet<_>>()
    };
    let expected = |opened: u64| {
        let id = id.to_string();
        let series = [
            ("sealed", "", &*id, 1),
            ("opened", "", &*id, opened),
            ("refused", "expired", &*id, 1),
            ("refused", "malformed", "none", 1),
        ];
        let series = series.map(|(what, kind, id, count)| {
            let name = format!("sealjar_tokens_{what}_total");
            (name, kind.to_owned(), id.to_owned(), count)
        });
        BTreeSet::from(series)
    };
    assert_eq!(scrape(), expected(2));
    _ = open(&jar, &header).get();
    assert_eq!(scrape(), expected(3));
}
