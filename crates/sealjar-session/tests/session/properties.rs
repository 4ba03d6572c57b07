//! A session that is closed opens to the same value, for any session, size and jar.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use sealjar_session::{Expiry, FetchMetadata, Jar, SameSite, SessionData, UpdateError};
use serde::{Deserialize, Serialize};

use crate::support::{Browser, START, Time, builder, close, is_open, ring};

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Anything {
    name: String,
    map: BTreeMap<String, i64>,
    list: Vec<Option<u8>>,
    bytes: Vec<u8>,
    nested: Option<Box<(String, Vec<u32>)>>,
    lives: Option<u32>,
}

impl SessionData for Anything {
    fn expiry(&self) -> Expiry {
        self.lives.map_or(Expiry::Jar, |it| {
            Expiry::After(Duration::from_secs(it.into()))
        })
    }
}

fn anything() -> impl Strategy<Value = Anything> {
    let text = ".{0,40}";
    (
        text,
        prop::collection::btree_map(text, any::<i64>(), 0..8),
        prop::collection::vec(any::<Option<u8>>(), 0..30),
        prop_oneof![
            3 => prop::collection::vec(any::<u8>(), 0..200),
            2 => prop::collection::vec(any::<u8>(), 2500..3500),
            1 => prop::collection::vec(any::<u8>(), 0..9500),
        ],
        prop::option::of((text, prop::collection::vec(any::<u32>(), 0..10))),
        prop::option::of(1_u32..200_000),
    )
        .prop_map(|(name, map, list, bytes, nested, lives)| Anything {
            name,
            map,
            list,
            bytes,
            nested: nested.map(Box::new),
            lives,
        })
}

/// A valid configuration with a value for every setting.
#[derive(Clone, Debug)]
struct Config {
    name: String,
    path: &'static str,
    domain: Option<&'static str>,
    max_size: usize,
    padding: u16,
    idle: u32,
    switches: [bool; 3],
}

fn config() -> impl Strategy<Value = Config> {
    (
        "[a-zA-Z0-9_.~-]{1,60}",
        prop_oneof![Just("/"), Just("/a/long/path/to/some/page")],
        prop_oneof![Just(None), Just(Some("shop.example.org"))],
        prop_oneof![Just(4096_usize), Just(12_288), 2000..=12_288_usize],
        prop_oneof![Just(1_u16), Just(64), 1..=300_u16],
        60..=86_400_u32,
        any::<[bool; 3]>(),
    )
        .prop_map(
            |(name, path, domain, max_size, padding, idle, switches)| Config {
                // The fixed ends ensure that no drawn name has a special prefix or looks like a
                // part.
                name: format!("s{name}s"),

                path,
                domain,
                max_size,
                padding,
                idle,
                switches,
            },
        )
}

fn build(config: &Config, time: &Time) -> Jar<Anything> {
    let [embedded, persistent, strict] = config.switches;
    let mut builder = builder(&ring(), time)
        .cookie_name(&config.name)
        .path(config.path)
        .max_size(config.max_size)
        .padding(config.padding)
        .idle_timeout(Duration::from_secs(config.idle.into()))
        .partitioned(embedded)
        .persistent(persistent)
        .same_site(match (embedded, strict) {
            (true, _) => SameSite::None,
            (false, true) => SameSite::Strict,
            (false, false) => SameSite::Lax,
        });
    if let Some(domain) = config.domain {
        builder = builder.domain(domain);
    }
    builder.build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn what_is_closed_opens_to_the_same_value(
        values in prop::collection::vec(anything(), 1..4),
        config in config(),
    ) {
        let time = Time::starting();
        let jar = build(&config, &time);
        let mut browser = Browser::default();
        let mut current = Anything::default();
        let mut revision = None;
        for value in values {
            let session = browser.request(&jar);
            prop_assert_eq!(&*session.get(), &current);
            match session.update(|it| *it = value.clone()) {
                Ok(()) => {
                    if value != current {
                        revision = Some(revision.map_or(0, |it: u32| it + 1));
                        current = value;
                    }
                }
                Err(UpdateError::TooLarge { size, limit }) => {
                    prop_assert!(size > limit && limit <= config.max_size.max(4096));
                }
                Err(other) => prop_assert!(false, "{}", other),
            }
            let closing = close(&session);
            for line in closing.set_cookies {
                prop_assert!(line.len() <= 4096, "{} bytes", line.len());
                prop_assert!(line.is_ascii() && !line.contains(['\r', '\n', '\0']));
                browser.take(&line);
            }
            prop_assert!(browser.header().len() <= config.max_size);
        }
        let session = browser.request(&jar);
        prop_assert_eq!(&*session.get(), &current);
        prop_assert_eq!(is_open(&session), revision.is_some());
        prop_assert_eq!(session.revision(), revision.unwrap_or(0));
        // It lives exactly as long as it says.
        if revision.is_some() {
            let lives = current.lives.map_or(config.idle, |it| it.min(config.idle));
            time.set(START + lives - 1);
            prop_assert!(is_open(&browser.request(&jar)));
            time.set(START + lives);
            prop_assert!(!is_open(&browser.request(&jar)));
        }
    }

    #[test]
    fn no_header_panics_or_opens(header in prop::collection::vec(any::<u8>(), 0..600), cookies in "(session(\\.[0-9])?=([0-9]~)?[a-zA-Z_.-]{0,20}; ?){0,8}") {
        let time = Time::starting();
        let jar: Jar<Anything> = builder(&ring(), &time).cookie_name("session").build().unwrap();
        for header in [header.clone(), cookies.clone().into_bytes(), [&header[..], b";", cookies.as_bytes()].concat()] {
            let session = jar.open([header], FetchMetadata::default());
            prop_assert!(!is_open(&session));
            prop_assert_eq!(&*session.get(), &Anything::default());
            prop_assert!(crate::support::lines(&session).is_empty());
        }
    }
}
