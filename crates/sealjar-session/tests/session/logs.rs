//! What operators see in the logs, and what must never be in them.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sealjar_session::FetchMetadata;

use crate::capture::{Capture, Line};
use crate::support::{Account, NAME, account, lines, open, world};

#[test]
fn a_refusal_is_one_event_with_named_fields() {
    let (_, _, jar) = world::<Account>();
    let events = Capture::run(|_| {
        let session = open(&jar, format!("{NAME}=garbage"));
        for _ in 0..3 {
            _ = (session.get(), session.id(), lines(&session));
        }
    });
    let fields = [
        "message=a session cookie was refused",
        &format!("cookie={NAME}"),
        "refusal=malformed",
    ];
    assert_eq!(events.len(), 1);
    for field in fields {
        assert!(
            events[0].1.iter().any(|it| it == field),
            "{field}: {events:?}"
        );
    }
    let quiet = Capture::run(|_| {
        let session = open(&jar, jar.cookie_for(&account("ada")).unwrap());
        session.update(|it| it.visits += 1).unwrap();
        _ = lines(&session);
        _ = jar.open(None::<Vec<u8>>, FetchMetadata::default()).get();
    });
    assert!(quiet.is_empty(), "{quiet:?}");
}

#[test]
fn a_flood_of_refused_cookies_is_one_line_of_each_kind_a_second_and_counted_whole() {
    let (_, time, jar) = world::<Account>();
    let unknown = format!("{NAME}={}", URL_SAFE_NO_PAD.encode([1; 70]));
    let garbage = format!("{NAME}=garbage");
    let events = Capture::run(|_| {
        for _ in 0..3 {
            for header in [&unknown, &garbage].into_iter().cycle().take(200) {
                // A clone of the jar is the same jar.
                _ = open(&jar.clone(), header).get();
            }
            time.pass(1);
        }
    });
    assert_eq!(events.len(), 600, "DEBUG shows all others");
    for refusal in ["refusal=malformed", "refusal=unknown_key"] {
        let of_level = |level| {
            let is = |it: &&Line| it.0 == level && it.1.iter().any(|field| field == refusal);
            events.iter().filter(is).count()
        };
        let levels = [tracing::Level::INFO, tracing::Level::DEBUG].map(of_level);
        // The negative control: without the limit it would be 300 and 0.
        assert_eq!(levels, [3, 297], "{refusal}");
    }
    let counts = jar.uses().refused;
    assert_eq!(counts.of(sealjar::RefusalKind::UnknownKey), 300);
}

#[test]
fn a_hundred_thousand_key_ids_make_a_constant_number_of_series_and_leak_no_byte() {
    let (_, _, jar) = world::<Account>();
    let mut state = 7_u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    let mut series = BTreeSet::new();
    let mut key_ids = BTreeSet::new();
    Capture::run(|capture| {
        for n in 0..100_000 {
            let mut raw = [0; 70];
            raw.fill_with(&mut random);
            raw[0] = 1;
            let text = URL_SAFE_NO_PAD.encode(raw);
            _ = open(&jar, format!("{NAME}={text}")).get();
            let [(_, fields)] = <[Line; 1]>::try_from(capture.take()).unwrap();
            for field in fields {
                if let Some(id) = field.strip_prefix("key_id=") {
                    // Encoded again by us, so that no byte of the cookie reaches a log as it came.
                    assert_eq!(id, URL_SAFE_NO_PAD.encode(&raw[1..17]));
                    if n < 1000 {
                        let shares = |at: usize| id.contains(&text[at..at + 8]);
                        assert!(!(0..text.len() - 7).any(shares));
                        key_ids.insert(id.to_owned());
                    }
                } else {
                    series.insert(field);
                }
            }
        }
    });
    // The negative control: the ids were all different, and would have made as many series.
    assert_eq!(key_ids.len(), 1000);
    assert_eq!(series.len(), 3, "message, cookie and refusal: {series:?}");
    assert!(series.contains("refusal=unknown_key"));
}

#[test]
fn hostile_cookie_bytes_reach_no_log() {
    let (_, _, jar) = world::<Account>();
    let good = jar.cookie_for(&account("ada")).unwrap();
    for hostile in [
        &b"\x1b[31mFAKE ERROR\x1b[0m"[..],
        b"FAKE\r\nERROR refusal=none",
        b"FAKE\0\xFF\xFE",
        b"3~FAKE.x",
        b"${jndi:FAKE}",
        &[b'F'; 9000],
    ] {
        for header in [
            [format!("{NAME}=").as_bytes(), hostile].concat(),
            [hostile, b"=1; ", &good.as_bytes()[..good.len() - 1]].concat(),
            [
                good.as_bytes(),
                b"; ",
                format!("{NAME}.out=").as_bytes(),
                hostile,
            ]
            .concat(),
        ] {
            for (_, fields) in Capture::run(|_| _ = open(&jar, &header).get()) {
                let shown = fields.join(" ");
                assert!(!shown.contains("FAKE") && !shown.contains("FFF"), "{shown}");
                assert!(
                    shown.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
                    "{shown:?}"
                );
                let token = good.split_once('=').unwrap().1;
                assert!(!shown.contains(&token[..16]), "{shown}");
            }
        }
    }
}
