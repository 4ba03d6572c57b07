//! Does a program that seals by itself get the secrets that it should, in the order in which it
//! should use them?

use super::{DAY, at, draft, key, sealing_since};
use crate::aead::Suite;
use crate::error::ContextError;
use crate::export::export;
use crate::key::KeyId;
use crate::ring_key::RingKey;

const SUITE: Suite = Suite::Xaes256Gcm;

fn ids(keys: Vec<RingKey>) -> Vec<KeyId> {
    let ring = draft(1, keys).build().unwrap();
    let secrets = export(&ring, "shop", "any", 32).unwrap();
    secrets.iter().map(|it| it.key()).collect()
}

#[test]
fn secrets_are_as_a_second_implementation_computes_them() {
    let ring = draft(1, vec![sealing_since(key(SUITE, 1), 1000)])
        .build()
        .unwrap();
    // Python's hmac, from SPEC.md, section 1.
    for (app, target, length, expected) in KNOWN {
        let secrets = export(&ring, app, target, *length).unwrap();
        let [secret] = secrets.as_slice() else {
            panic!("{secrets:?}")
        };
        let hex: String = secret
            .bytes()
            .iter()
            .map(|it| format!("{it:02x}"))
            .collect();
        assert_eq!(hex, *expected, "{app} {target}");
    }
}

#[test]
fn the_first_is_for_sealing_and_the_standby_is_never_missing() {
    let mut over = sealing_since(key(SUITE, 1), 1000);
    (over.seals_until, over.opens_until) = (Some(at(3000)), Some(at(3000 + DAY)));
    let mut before = sealing_since(key(SUITE, 2), 2000);
    (before.seals_until, before.opens_until) = (Some(at(4000)), Some(at(4000 + DAY)));
    let sealing = sealing_since(key(SUITE, 3), 3000);
    let standby = RingKey::standby(key(SUITE, 4), DAY, 4, at(3500));
    let mut revoked = sealing_since(key(SUITE, 5), 3500);
    revoked.revoke();
    let expected = [sealing.id(), standby.id(), before.id(), over.id()];
    for turn in 0..5 {
        let mut keys = vec![
            over.clone(),
            before.clone(),
            sealing.clone(),
            standby.clone(),
            revoked.clone(),
        ];
        keys.rotate_left(turn);
        assert_eq!(ids(keys), expected);
    }
    // The key that was promoted seals at once: every program has held it as the standby. The one
    // before it has no end yet.
    let mut promoted = standby.clone();
    promoted.seals_from = Some(at(5000));
    assert_eq!(
        ids(vec![sealing.clone(), promoted.clone()]),
        [promoted.id(), sealing.id()]
    );
}

#[test]
fn applications_targets_and_keys_have_secrets_of_their_own_and_none_shows() {
    let ring = draft(
        1,
        vec![
            sealing_since(key(SUITE, 1), 1000),
            RingKey::standby(key(SUITE, 2), DAY, 4, at(3500)),
        ],
    );
    let ring = ring.build().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for (app, target) in [
        ("shop", "any"),
        ("shop", "django"),
        ("blog", "any"),
        ("shopa", "ny"),
    ] {
        for secret in export(&ring, app, target, 32).unwrap() {
            let shown = format!("{secret:?}");
            assert!(shown.contains(&secret.key().to_string()), "{shown}");
            let hex: String = secret
                .bytes()
                .iter()
                .map(|it| format!("{it:02x}"))
                .collect();
            assert!(!shown.contains(&hex[..8]), "{shown}");
            assert!(seen.insert(secret.bytes().to_vec()), "{app} {target}");
        }
    }
    let long = "a".repeat(65_536);
    let refused = export(&ring, &long, "any", 32).map(drop);
    assert!(matches!(
        refused,
        Err(ContextError::TooLong { part: "app", .. })
    ));
}

const KNOWN: &[(&str, &str, usize, &str)] = &[
    (
        "shop",
        "any",
        32,
        "1b4d1989d348db07039a1129fe36197b4a278191664951813fb7be884014f4ad",
    ),
    (
        "shop-prod",
        "django",
        48,
        "3df5f2d75fa7037914d61d50107160656384fb55a60e8b131323d8a8173d29f85f553bd8665a19c0f2c7075a0c243d4a",
    ),
    (
        "shop-prod",
        "rails",
        64,
        "ff81248e234153d07cba737ba14dcff2a8666bba3e7d042731993931c24882892aadb7ccde06c896589a0dd809ecbf9ce5039f60e04eba01cb631dcc2cdcc127",
    ),
    (
        "",
        "",
        32,
        "bb324e6d12b31a1a9db46d9b94c371e14e462f053adf6eb366606d7a07b747d3",
    ),
];
