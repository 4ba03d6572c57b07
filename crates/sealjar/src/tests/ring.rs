//! Which keys open a token, and when is it stale?

use super::{DAY, SUITES, at, forge, inner, key, open_raw, ring, sealer, sealing_since, standby};
use crate::aead::Suite;
use crate::context::Context;
use crate::error::OpenError;
use crate::ring::KeyRing;
use crate::ring_key::RingKey;
use crate::sealer::Sealer;

#[test]
fn standby_and_staged_keys_open_and_revoked_and_spent_ones_do_not() {
    for suite in SUITES {
        let raw = forge(&key(suite, 7), "shop", "login", &inner(100, 100, 300, b"x"));
        let with = |change: &dyn Fn(&mut RingKey)| {
            let mut changed = standby(key(suite, 7));
            change(&mut changed);
            let ring = ring(1, vec![sealing_since(key(suite, 8), 50), changed]);
            open_raw(&shop(ring), &raw, 200).map(|opened| opened.payload().to_vec())
        };
        let id = key(suite, 7).id();
        assert_eq!(with(&|_| {}), Ok(b"x".to_vec()));
        assert_eq!(
            with(&|key| key.seals_from = Some(at(250))),
            Ok(b"x".to_vec())
        );
        assert_eq!(with(&RingKey::revoke), Err(OpenError::RevokedKey(id)));
        for (opens_until, wanted) in [
            (200, Err(OpenError::SpentKey(id))),
            (201, Ok(b"x".to_vec())),
        ] {
            let opened = with(&|key| {
                key.seals_from = Some(at(50));
                key.seals_until = Some(at(150));
                key.opens_until = Some(at(opens_until));
            });
            assert_eq!(opened, wanted);
        }
    }
}

#[test]
fn a_token_is_stale_when_a_key_that_began_later_was_sealing() {
    let keys = |newest| {
        vec![
            key_with_times(1, [Some(100), None, None]),
            key_with_times(2, [newest, None, None]),
            key_with_times(3, [None, None, None]),
        ]
    };
    let is_stale = |newest, seed, now| {
        let raw = forge(
            &key(XAES, seed),
            "shop",
            "login",
            &inner(200, 200, 900, b""),
        );
        let opened = open_raw(&shop(ring(1, keys(newest))), &raw, now).unwrap();
        opened.is_stale()
    };
    assert!(!is_stale(Some(300), 1, 299), "the newer one is ahead");
    assert!(is_stale(Some(300), 1, 300), "the newer one seals");
    assert!(!is_stale(Some(300), 2, 300), "it is the newest");
    assert!(
        !is_stale(Some(300), 2, 299),
        "sealed by a clock ahead of ours"
    );
    assert!(
        !is_stale(Some(300), 3, 300),
        "a standby that seals elsewhere"
    );
    // With a single beginning there is no newer key, whichever id seals.
    assert!(!is_stale(Some(100), 1, 300));
    assert!(!is_stale(Some(100), 2, 300));

    let mut ended = keys(Some(300));
    ended[0].seals_until = Some(at(350));
    ended[1].seals_until = Some(at(350));
    let raw = forge(&key(XAES, 1), "shop", "login", &inner(200, 200, 900, b""));
    let opened = open_raw(&shop(ring(1, ended)), &raw, 400).unwrap();
    assert!(!opened.is_stale(), "nothing seals, so nothing is newer");
}

const XAES: Suite = Suite::Xaes256Gcm;

fn key_with_times(seed: u8, [from, until, opens]: [Option<u32>; 3]) -> RingKey {
    let mut ring_key = RingKey::standby(key(XAES, seed), DAY, 0, at(0));
    ring_key.seals_from = from.map(at);
    ring_key.seals_until = until.map(at);
    ring_key.opens_until = opens.map(at);
    ring_key
}

fn shop(ring: KeyRing) -> Sealer {
    sealer(ring, &Context::new("shop", "login"))
}
