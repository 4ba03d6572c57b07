//! Does a token open in any context but its own, or under any key but its own?

use std::collections::HashSet;

use super::{
    DAY, SUITES, at, base64url, key, open_raw, ring, seal_with_times, sealer, sealing_since,
};
use crate::aead::{Backend, Suite};
use crate::context::Context;
use crate::error::{ContextError, OpenError};
use crate::live::LiveRing;
use crate::sealer::Sealer;
use crate::token::Token;

#[test]
fn of_all_ordered_pairs_of_contexts_none_opens_but_itself() {
    Backend::each(|| {
        for suite in SUITES {
            let opened = pairs_that_open(suite, |(app, purpose, cookie_name, binding)| {
                Context::new(app, purpose)
                    .cookie_name(cookie_name)
                    .binding(binding)
            });
            assert_eq!(opened, Vec::<String>::new(), "{suite:?}");
        }
    });
}

/// The negative controls: parts concatenated with nothing or a zero byte in between, for the key or
/// for the additional data.
#[test]
fn contexts_without_lengths_are_caught() {
    let run_together: [(&str, Encode); 4] = [
        ("app and purpose", |(app, purpose, cookie_name, binding)| {
            Context::new([app, purpose].concat(), "")
                .cookie_name(cookie_name)
                .binding(binding)
        }),
        (
            "app, zero, purpose",
            |(app, purpose, cookie_name, binding)| {
                Context::new([app, purpose].join("\0"), "")
                    .cookie_name(cookie_name)
                    .binding(binding)
            },
        ),
        (
            "cookie name and binding",
            |(app, purpose, cookie_name, binding)| {
                Context::new(app, purpose).binding([cookie_name.as_bytes(), binding].concat())
            },
        ),
        (
            "cookie name, zero, binding",
            |(app, purpose, cookie_name, binding)| {
                Context::new(app, purpose).binding([cookie_name.as_bytes(), binding].join(&0))
            },
        ),
    ];
    for (name, encode) in run_together {
        let opened = pairs_that_open(Suite::Xaes256Gcm, encode);
        assert!(opened.len() >= 10, "{name}: {opened:?}");
    }
}

/// App, purpose, cookie name, binding.
type Parts = (&'static str, &'static str, &'static str, &'static [u8]);
type Encode = fn(Parts) -> Context;

/// Returns which contexts open what another one sealed, of all ordered pairs, each encoded by
/// `encode`.
fn pairs_that_open(suite: Suite, encode: Encode) -> Vec<String> {
    let ring = LiveRing::from(key(suite, 7));
    let contexts = contexts();
    let sealers: Vec<_> = contexts
        .iter()
        .map(|parts| sealer(&ring, &encode(*parts)))
        .collect();
    let mut opened = Vec::new();
    let mut pairs = 0;
    for (of_token, sealing) in sealers.iter().enumerate() {
        let token = seal_with_times(sealing, 100, 100, 200);
        for (of_sealer, opening) in sealers.iter().enumerate() {
            pairs += 1;
            match opening.open_token_at(&token, at(150)) {
                Ok(_) if of_token == of_sealer => {}
                Ok(_) => opened.push(format!("{:?}", (contexts[of_token], contexts[of_sealer]))),
                Err(refusal) => {
                    assert_ne!(of_token, of_sealer);
                    assert_eq!(refusal, OpenError::Forged);
                }
            }
        }
    }
    assert!(pairs >= 10_000, "{pairs}");
    opened
}

/// Apps, purposes, cookie names and bindings that a sloppy encoding would confuse: boundaries
/// shifted by a byte, empty parts, parts moved into the next place, texts that look like lengths.
fn contexts() -> Vec<Parts> {
    let names = [
        ("orders", "login"),
        ("order", "slogin"),
        ("ordersl", "ogin"),
        ("", "orderslogin"),
        ("orderslogin", ""),
        ("login", "orders"),
        ("shop-prod", "login"),
        ("shop-test", "login"),
        ("orders", "session"),
        ("orders", "flash"),
        ("orders\0", "login"),
        ("orders", "\0login"),
        ("orders\0\u{5}login", ""),
    ];
    let carriers: [(&'static str, &'static [u8]); 11] = [
        ("", b""),
        ("__Host-session", b""),
        ("__Host-sessio", b"n"),
        ("", b"__Host-session"),
        ("__host-session", b""),
        ("__Host-session", b"tenant-42"),
        ("__Host-session", b"tenant-43"),
        ("__Host-session\0\u{9}tenant-42", b""),
        ("__Host-session", b"\0"),
        ("__Host-session", b"\0tenant-42"),
        ("__Host-session\0", b"tenant-42"),
    ];
    let contexts: Vec<Parts> = names
        .into_iter()
        .flat_map(|(app, purpose)| {
            carriers.map(|(cookie_name, binding)| (app, purpose, cookie_name, binding))
        })
        .collect();
    let different: HashSet<_> = contexts.iter().collect();
    assert_eq!(different.len(), contexts.len());
    contexts
}

#[test]
fn a_flipped_version_byte_opens_nothing_with_both_suites_in_the_ring() {
    Backend::each(|| {
        let keys = SUITES.map(|suite| key(suite, 7));
        let ids = keys.each_ref().map(|key| *key.id().bytes());
        let ring = ring(1, keys.map(|key| sealing_since(key, 0)).into());
        let sealer = sealer(ring, &Context::new("shop", "login"));
        let genuine = seal_with_times(&sealer, 100, 100, 200);
        let mut raw = genuine.raw().to_vec();
        let own = usize::from(raw[0] - 1);

        raw[0] ^= 3;
        assert_eq!(
            open_raw(&sealer, &raw, 150).unwrap_err(),
            OpenError::UnknownKey(genuine.key_id()),
        );
        // Even with the id that the very same secret has as a key of the other suite.
        raw[1..17].copy_from_slice(&ids[1 - own]);
        assert_eq!(open_raw(&sealer, &raw, 150).unwrap_err(), OpenError::Forged);
        raw[0] ^= 3;
        assert_eq!(
            open_raw(&sealer, &raw, 150).unwrap_err().kind().as_str(),
            "unknown_key"
        );
        raw[1..17].copy_from_slice(&ids[own]);
        assert!(open_raw(&sealer, &raw, 150).is_ok());
    });
}

#[test]
fn every_version_byte_but_1_and_2_is_unknown() {
    let sealer = sealer(key(Suite::Xaes256Gcm, 7), &Context::new("shop", "login"));
    let mut raw = seal_with_times(&sealer, 100, 100, 200).raw().to_vec();
    for version in (0..=255).filter(|version| ![1, 2].contains(version)) {
        raw[0] = version;
        let parsed = Token::parse(base64url::encode(&raw));
        assert_eq!(parsed, Err(OpenError::UnknownVersion), "{version}");
    }
}

#[test]
fn the_purposes_of_the_library_are_refused_and_their_neighbours_are_not() {
    let seal_for =
        |purpose: &str| Sealer::new(key(Suite::Xaes256Gcm, 7), Context::new("shop", purpose));
    for purpose in [
        "session",
        crate::context::SESSION,
        crate::context::SESSION_JSON,
        "flash",
        "csrf",
        "ring-store",
    ] {
        assert_eq!(
            seal_for(purpose).unwrap_err(),
            ContextError::ReservedPurpose(purpose.into())
        );
    }
    for purpose in [
        "",
        "Session",
        "session ",
        "session/",
        "session/3",
        "sessions",
        "ring-stor",
        "ring_store",
    ] {
        assert!(seal_for(purpose).is_ok(), "{purpose:?}");
    }
}

#[test]
fn parts_of_a_context_may_be_65_535_bytes_long_and_no_longer() {
    type OfLength = fn(usize) -> Context;
    let build: [(&str, OfLength); 4] = [
        ("app", |length| Context::new("x".repeat(length), "")),
        ("purpose", |length| Context::new("", "x".repeat(length))),
        ("cookie_name", |length| {
            Context::new("", "").cookie_name("x".repeat(length))
        }),
        ("binding", |length| {
            Context::new("", "").binding(vec![b'x'; length])
        }),
    ];
    for (part, context_of_length) in build {
        let seal_with = |length| Sealer::new(key(Suite::Xaes256Gcm, 7), context_of_length(length));
        let longest = seal_with(65_535).unwrap();
        let token = seal_with_times(&longest, 100, 100, 200);
        assert!(longest.open_token_at(&token, at(150)).is_ok(), "{part}");
        let almost = seal_with(65_534).unwrap();
        assert_eq!(
            almost.open_token_at(&token, at(150)).unwrap_err(),
            OpenError::Forged
        );
        assert_eq!(
            seal_with(65_536).unwrap_err(),
            ContextError::TooLong {
                part,
                length: 65_536
            }
        );
    }
}

#[test]
fn a_token_of_another_ring_is_an_unknown_key() {
    let context = Context::new("shop", "login");
    let ours = sealer(ring(1, vec![sealing_since(key(SUITES[0], 7), 0)]), &context);
    let theirs = sealer(ring(1, vec![sealing_since(key(SUITES[0], 8), 0)]), &context);
    let token = seal_with_times(&theirs, DAY, DAY, DAY + 10);
    assert_eq!(
        ours.open_token_at(&token, at(DAY)).unwrap_err(),
        OpenError::UnknownKey(key(SUITES[0], 8).id())
    );
}
