//! Is each time judged as SPEC.md's table says, to the second and at both ends of a u32? And is the
//! first applicable reason given?

use std::time::Duration;

use super::{
    Key, SKEW, SUITES, Sealer, draft, forge, inner, key, open_raw, ring, sealer, sealing_since,
};
use super::{RingKey, Timestamp, Wanted, at};
use crate::aead::Suite;
use crate::context::Context;

const EXTREMES: [u32; 4] = [0, 1, u32::MAX - 1, u32::MAX];

/// Every combination, compared with the same rules in arithmetic that cannot overflow.
#[test]
fn extreme_times_are_judged_as_if_numbers_had_no_end() {
    let tokens: Vec<_> = triples()
        .map(|(born, sealed_at, expires_at)| {
            let inner = inner(born, sealed_at, expires_at, b"");
            let times = [born, sealed_at, expires_at].map(u64::from);
            (times, forge(&the_key(), APP, PURPOSE, &inner))
        })
        .collect();
    let mut seen = std::collections::BTreeMap::new();
    for skew in EXTREMES {
        for lifetime in [1, u32::MAX - 1, u32::MAX] {
            for seals_until in [None, Some(0), Some(u32::MAX - 1), Some(u32::MAX)] {
                for floor in [None, Some(1), Some(u32::MAX)] {
                    let limits = Limits {
                        skew,
                        lifetime,
                        seals_until,
                        floor,
                    };
                    let sealer = limits.sealer();
                    for (times, raw) in &tokens {
                        for now in EXTREMES {
                            let kind =
                                open_raw(&sealer, raw, now).map_err(|error| error.kind().as_str());
                            let kind = kind.map(drop).err();
                            assert_eq!(
                                kind,
                                limits.judge(*times, now),
                                "{times:?} {now} {limits:?}"
                            );
                            *seen.entry(kind).or_insert(0_u32) += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(seen.values().sum::<u32>(), 64 * 4 * 4 * 3 * 4 * 3);
    // Opened, and each refusal that times can cause.
    assert_eq!(seen.len(), 5, "{seen:?}");
}

#[test]
fn sealing_at_extreme_times_gives_the_earlier_of_wish_and_lifetime() {
    for lifetime in [1, u32::MAX - 1, u32::MAX] {
        let limits = Limits {
            lifetime,
            ..Limits::WIDE
        };
        let sealer = limits.sealer();
        for (born, now, expires_at) in triples() {
            let wanted = Wanted {
                born: at(born),
                expires_at: at(expires_at),
                now: at(now),
            };
            let sealed = sealer.seal_with(b"", wanted, || Ok([0; 24])).unwrap();
            let end = u64::from(now) + u64::from(lifetime);
            let got = sealed.1.stored();
            assert_eq!(u64::from(got), u64::from(expires_at).min(end));
        }
        for now in EXTREMES {
            for ttl in [0, 1, u64::from(u32::MAX), u64::MAX] {
                let token = sealer
                    .seal_at(b"", Duration::from_secs(ttl), at(now))
                    .unwrap();
                let opened = sealer
                    .open_token_at(&token, at(now))
                    .map(|opened| opened.born());
                // A token that can only expire after the last second is born expired: the last
                // second holds no token.
                if ttl == 0 || now == u32::MAX {
                    assert_eq!(opened.unwrap_err().kind().as_str(), "expired");
                } else {
                    assert_eq!(opened, Ok(at(now)));
                }
            }
        }
    }
}

#[test]
fn each_rule_turns_at_its_second() {
    // Skew 30, lifetime 1000, sealing until 5000.
    let limits = Limits {
        skew: SKEW,
        lifetime: 1_000,
        seals_until: Some(5_000),
        floor: Some(400),
    };
    let sealer = limits.sealer();
    for (name, born, sealed_at, expires_at, now, wanted) in [
        ("an ordinary token", 500, 600, 700, 650, None),
        ("born within the skew", 630, 600, 700, 650, None),
        ("born beyond the skew", 631, 600, 700, 650, Some("bad_time")),
        ("as long as the lifetime", 500, 600, 1_600, 650, None),
        (
            "longer than the lifetime",
            500,
            600,
            1_601,
            650,
            Some("bad_time"),
        ),
        ("sealed ahead within the skew", 500, 600, 700, 570, None),
        (
            "sealed ahead beyond it",
            500,
            600,
            700,
            569,
            Some("bad_time"),
        ),
        ("the last second", 500, 600, 700, 699, None),
        (
            "the first second after",
            500,
            600,
            700,
            700,
            Some("expired"),
        ),
        (
            "expiring as it is sealed",
            500,
            600,
            600,
            600,
            Some("expired"),
        ),
        (
            "expiring before it is sealed",
            500,
            600,
            599,
            590,
            Some("bad_time"),
        ),
        (
            "sealed at the key's end plus skew",
            500,
            5_030,
            5_100,
            5_030,
            None,
        ),
        (
            "sealed after that",
            500,
            5_031,
            5_100,
            5_031,
            Some("outside_key_window"),
        ),
        ("born at the floor", 400, 600, 700, 650, None),
        (
            "born before the floor",
            399,
            600,
            700,
            650,
            Some("revoked_all"),
        ),
    ] {
        let raw = forge(
            &the_key(),
            APP,
            PURPOSE,
            &inner(born, sealed_at, expires_at, b""),
        );
        let opened = open_raw(&sealer, &raw, now);
        assert_eq!(
            opened.err().map(|error| error.kind().as_str()),
            wanted,
            "{name}"
        );
    }
}

#[test]
fn there_is_no_lower_side_to_a_keys_window() {
    for suite in SUITES {
        let mut ahead = sealing_since(key(suite, 7), 4_000);
        let raw = forge(&key(suite, 7), APP, PURPOSE, &inner(100, 100, 300, b""));
        assert!(open_raw(&sealer_of(ahead.clone()), &raw, 200).is_ok());
        ahead.seals_from = None;
        assert!(open_raw(&sealer_of(ahead), &raw, 200).is_ok());
    }
}

/// A token with all faults at once, which are removed one by one.
#[test]
fn the_first_reason_that_applies_is_given() {
    let key_with = |seed, change: &dyn Fn(&mut RingKey)| {
        let mut key = sealing_since(key(Suite::Xaes256Gcm, seed), 0);
        key.seals_until = Some(at(10));
        key.opens_until = Some(at(20));
        change(&mut key);
        sealer_of(key)
    };
    let now = 1_000;
    // Authentic, without a mark, and with times that are wrong in every way.
    let unmarked = forge(&the_key(), APP, PURPOSE, &[0xFF; 40]);
    let mut forged = unmarked.clone();
    *forged.last_mut().unwrap() ^= 1;

    let stages: [(&str, Sealer, &[u8]); 6] = [
        ("unknown_key", key_with(8, &RingKey::revoke), &forged),
        ("revoked_key", key_with(7, &RingKey::revoke), &forged),
        ("spent_key", key_with(7, &|_| {}), &forged),
        (
            "forged",
            key_with(7, &|key| key.opens_until = None),
            &forged,
        ),
        (
            "malformed_inner",
            key_with(7, &|key| key.opens_until = None),
            &unmarked,
        ),
        (
            "bad_time",
            key_with(7, &|key| key.opens_until = None),
            &forge(&the_key(), APP, PURPOSE, &inner(2_000, 1_900, 1_800, b"")),
        ),
    ];
    for (kind, sealer, raw) in stages {
        assert_eq!(
            open_raw(&sealer, raw, now).unwrap_err().kind().as_str(),
            kind
        );
    }
    // From bad_time on, the order is part of `Limits::judge`.
}

#[derive(Debug)]
struct Limits {
    skew: u32,
    lifetime: u32,
    seals_until: Option<u32>,
    floor: Option<u32>,
}

impl Limits {
    const WIDE: Self = Self {
        skew: SKEW,
        lifetime: u32::MAX,
        seals_until: None,
        floor: None,
    };

    fn sealer(&self) -> Sealer {
        let mut key = RingKey::standby(the_key(), self.lifetime, 0, Timestamp::MIN);
        key.seals_from = Some(Timestamp::MIN);
        key.seals_until = self.seals_until.map(at);
        let mut draft = draft(1, vec![key]);
        draft.timing.skew = self.skew;
        draft.revocations.floor = self.floor.map(at);
        sealer(draft.build().unwrap(), &Context::new(APP, PURPOSE))
    }

    /// Stages 8 to 11 of SPEC.md's table, with its words and in its order.
    fn judge(&self, [born, sealed_at, expires_at]: [u64; 3], now: u32) -> Option<&'static str> {
        let now = u64::from(now);
        let skew = u64::from(self.skew);
        let until = self.seals_until.map(u64::from);
        let floor = self.floor.map(u64::from);
        if expires_at < sealed_at
            || born > sealed_at + skew
            || expires_at - sealed_at > u64::from(self.lifetime)
            || sealed_at > now + skew
        {
            Some("bad_time")
        } else if now >= expires_at {
            Some("expired")
        } else if until.is_some_and(|until| sealed_at > until + skew) {
            Some("outside_key_window")
        } else if floor.is_some_and(|floor| born < floor) {
            Some("revoked_all")
        } else {
            None
        }
    }
}

const APP: &str = "shop";
const PURPOSE: &str = "login";

fn the_key() -> Key {
    key(Suite::Xaes256Gcm, 7)
}

fn sealer_of(key: RingKey) -> Sealer {
    sealer(ring(1, vec![key]), &Context::new(APP, PURPOSE))
}

fn triples() -> impl Iterator<Item = (u32, u32, u32)> {
    EXTREMES.into_iter().flat_map(|first| {
        EXTREMES
            .into_iter()
            .flat_map(move |second| EXTREMES.map(|third| (first, second, third)))
    })
}
