//! What holds for every ring, every instant and every payload?

use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{SUITES, at, draft, key};
use crate::aead::Backend;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::SealError;
use crate::live::LiveRing;
use crate::ring::KeyRing;
use crate::ring_key::{Phase, RingKey};
use crate::sealer::Sealer;
use crate::token::Token;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn one_key_at_most_seals_and_those_that_open_are_neither_revoked_nor_spent(
        ring in rings(),
        now in 0_u32..=40,
    ) {
        let now = at(now);
        let phases: Vec<_> = ring.keys().iter().map(|key| ring.phase(key.id(), now).unwrap()).collect();
        let sealing: Vec<_> = ring
            .keys()
            .iter()
            .zip(&phases)
            .filter(|(_, phase)| **phase == Phase::Sealing)
            .map(|(key, _)| key.id())
            .collect();
        prop_assert!(sealing.len() <= 1);
        prop_assert_eq!(sealing.first().copied(), ring.sealing_key(now).map(RingKey::id));
        for (key, phase) in ring.keys().iter().zip(&phases) {
            let opens = ring.opening_key(key.id(), now).map(RingKey::id);
            let may_open = ![Phase::Revoked, Phase::Spent].contains(phase);
            prop_assert_eq!(opens, may_open.then_some(key.id()));
        }
        // A key's phase only goes forwards: time does not bring a spent key back.
        for (key, phase) in ring.keys().iter().zip(&phases) {
            let later = ring.phase(key.id(), Timestamp::MAX).unwrap();
            if *phase == Phase::Spent {
                prop_assert_eq!(later, Phase::Spent);
            }
            prop_assert_eq!(*phase == Phase::Revoked, key.is_revoked());
        }
    }

    #[test]
    fn what_a_ring_writes_it_reads_as_the_same_content(ring in rings()) {
        let text = ring.to_json();
        let again = KeyRing::from_json(text.as_bytes()).unwrap();
        prop_assert!(again.same_content(&ring));
        prop_assert_eq!(again.to_json(), text);
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_payload_at_every_second_of_its_life(
        ring in rings(),
        context in contexts(),
        payload in vec(any::<u8>(), 0..2_000),
        bucket in prop_oneof![Just(1_u16), Just(64), 1..=4_096_u16],
        ttl in prop_oneof![1..2_000_u64, 1..=u64::MAX],
        now in 0_u32..=40,
        part: u32,
    ) {
        let can_seal = ring.sealing_key(at(now)).map(RingKey::id);
        let live = LiveRing::new(ring);
        for backend in Backend::ALL {
            backend.during(|| {
                let sealer = Sealer::new(live.clone(), context.clone()).unwrap().padded_to(bucket).unwrap();
                let sealed = sealer.seal_at(&payload, Duration::from_secs(ttl), at(now));
                let Some(id) = can_seal else {
                    prop_assert_eq!(sealed, Err(SealError::NoSealingKey));
                    return Ok(());
                };
                let token = Token::parse(sealed.unwrap().to_string()).unwrap();
                prop_assert_eq!(token.key_id(), id);
                let opened = sealer.open_token_at(&token, at(now)).unwrap();
                prop_assert_eq!(opened.payload(), &payload);
                prop_assert_eq!(opened.born(), at(now));
                prop_assert_eq!(opened.sealed_at(), at(now));
                prop_assert_eq!(opened.key_id(), id);
                prop_assert!(!opened.is_stale());

                let longest = u64::from(sealer.longest_ttl_at(at(now)).unwrap());
                let life = opened.expires_at().seconds_since(at(now));
                prop_assert_eq!(u64::from(life), ttl.min(longest));
                let later = at(now).saturating_add(part % life);
                let live = sealer.ring().load();
                prop_assert_eq!(
                    sealer.open_token_at(&token, later).is_ok(),
                    live.opening_key(id, later).is_some()
                );
                let refused = sealer.open_token_at(&token, opened.expires_at()).unwrap_err().kind().as_str();
                prop_assert!(["expired", "spent_key"].contains(&refused), "{}", refused);
                Ok(())
            })?;
        }
    }

    #[test]
    fn no_text_makes_parsing_or_opening_panic(
        text in vec(any::<u8>(), 0..400),
        encoded in vec(any::<u8>(), 60..300),
        now: u32,
    ) {
        let encoded = super::base64url::encode(&encoded).into_bytes();
        for backend in Backend::ALL {
            backend.during(|| {
                let sealer = Sealer::new(key(SUITES[0], 7), Context::new("shop", "login")).unwrap();
                for text in [&text, &encoded] {
                    let opened = Token::parse(text).and_then(|token| {
                        // One token has one text.
                        assert_eq!(token.to_string().as_bytes(), &text[..]);
                        sealer.open_token_at(&token, at(now))
                    });
                    prop_assert!(opened.is_err());
                }
                Ok(())
            })?;
        }
    }
}

/// Rings of 1 to 64 keys of both suites, with times so close that ties and edges are common, and
/// some of the keys revoked.
fn rings() -> impl Strategy<Value = KeyRing> {
    let times = option::weighted(
        0.9,
        (0_u32..30, option::of((0_u32..4, option::of(0_u32..4)))),
    );
    let key_of_ring = (times, 1_u32..200, proptest::bool::weighted(0.15));
    // Few keys half of the time; otherwise there would always be another key to seal.
    let keys = prop_oneof![vec(key_of_ring.clone(), 1..=4), vec(key_of_ring, 1..=64)];
    (keys, 0_u32..50).prop_map(|(keys, skew)| {
        let keys = (0..)
            .zip(keys)
            .map(|(seed, (times, lifetime, is_revoked))| {
                let suite = SUITES[usize::from(seed % 2)];
                let mut ring_key = RingKey::standby(key(suite, seed), lifetime, 0, at(0));
                if let Some((from, end)) = times {
                    ring_key.seals_from = Some(at(from));
                    ring_key.seals_until = end.map(|(length, _)| at(from + length));
                    ring_key.opens_until =
                        end.and_then(|(length, rest)| Some(at(from + length + rest?)));
                }
                if is_revoked {
                    ring_key.revoke();
                }
                ring_key
            });
        let mut draft = draft(1, keys.collect());
        draft.timing.skew = skew;
        draft.build().unwrap()
    })
}

fn contexts() -> impl Strategy<Value = Context> {
    (".{0,30}", ".{0,30}", ".{0,90}", vec(any::<u8>(), 0..90))
        .prop_filter(
            "the library's own purposes are refused",
            |(_, purpose, ..)| {
                ![
                    "session",
                    "session/2",
                    "session-json",
                    "flash",
                    "csrf",
                    "ring-store",
                ]
                .contains(&&**purpose)
            },
        )
        .prop_map(|(app, purpose, cookie_name, binding)| {
            Context::new(app, purpose)
                .cookie_name(cookie_name)
                .binding(binding)
        })
}
