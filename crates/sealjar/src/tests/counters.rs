//! Is each use counted once and under the right key, through floods and threads?

mod rotations;

use std::collections::BTreeSet;
use std::time::Duration;

use super::{
    DAY, at, draft, forge, inner, key, open_raw, ring, seal_with_times, sealer, sealing_since,
};
use crate::aead::{RandomError, Suite};
use crate::base64url;
use crate::context::Context;
use crate::counters::Counters;
use crate::counters::{RefusalCounts, Uses};
use crate::key::{Key, KeyId};
use crate::live::LiveRing;
use crate::refusal::{CountedKind, RefusalKind};
use crate::sealer::{Sealer, Wanted};
use crate::token::Token;

const NOW: u32 = 1_000_000;

fn context() -> Context {
    Context::new("shop", "link")
}

/// A sealer under a key that seals, and a copy of the key, for forgeries.
fn world() -> (Sealer, KeyId, Key) {
    let [kept, forging] = [(); 2].map(|()| key(Suite::Xaes256Gcm, 1));
    let id = kept.id();
    (
        sealer(ring(1, vec![sealing_since(kept, 0)]), &context()),
        id,
        forging,
    )
}

fn counted(refused: &RefusalCounts) -> Vec<(RefusalKind, u64)> {
    refused.iter().collect()
}

fn opened(uses: &Uses, id: KeyId) -> (u64, u64) {
    let key = uses.key(id).unwrap();
    (key.sealed, key.opened)
}

#[test]
fn what_is_sealed_and_opened_counts_under_its_key_by_every_door() {
    let (sealer, id, _) = world();
    let token = sealer
        .seal_at(b"x", Duration::from_secs(60), at(NOW))
        .unwrap();
    sealer.open_token_at(&token, at(NOW)).unwrap();
    sealer.open_at(token.to_string(), at(NOW)).unwrap();
    assert_eq!(opened(&sealer.uses(), id), (1, 2));
    let today = sealer.seal(b"x", Duration::from_secs(60)).unwrap();
    sealer.open_token(&today).unwrap();
    sealer.open(today.to_string()).unwrap();
    assert_eq!(opened(&sealer.uses(), id), (2, 4));
    assert_eq!(sealer.uses().keys[0].refused.total(), 0);
    assert_eq!(sealer.uses().refused.total(), 0);

    // A token that could not be sealed does not count.
    let too_large = vec![0; 20_000];
    assert!(
        sealer
            .seal_at(&too_large, Duration::from_secs(60), at(NOW))
            .is_err()
    );
    let wanted = Wanted {
        born: at(NOW),
        expires_at: at(NOW + 60),
        now: at(NOW),
    };
    let broken = sealer.seal_with(b"x", wanted, || Err(RandomError::new("broken")));
    assert!(broken.is_err());
    assert_eq!(opened(&sealer.uses(), id), (2, 4));
}

#[test]
fn each_refusal_counts_once_under_the_key_that_the_token_names_or_under_none() {
    let seeds = [1, 2, 3, 4, 9];
    let [good, revoked, spent, retired, stranger] = seeds.map(|it| key(Suite::Xaes256Gcm, it));
    let mut keys = [1, 2, 3, 4].map(|it| sealing_since(key(Suite::Xaes256Gcm, it), 0));
    keys[1].revoke();
    keys[2].seals_until = Some(at(NOW - DAY));
    keys[2].opens_until = Some(at(NOW));
    keys[3].seals_until = Some(at(NOW - 100));
    keys[0].seals_from = Some(at(1));
    let mut draft = draft(1, keys.into());
    draft.revocations.floor = Some(at(NOW - 1000));
    let sealer = sealer(draft.build().unwrap(), &context());

    let made = |key: &Key, born: u32, sealed_at: u32, expires_at: u32| {
        forge(
            key,
            "shop",
            "link",
            &inner(born, sealed_at, expires_at, b"x"),
        )
    };
    let fine = |key: &Key| made(key, NOW, NOW, NOW + 60);
    let mut flipped = fine(&good);
    flipped[50] ^= 1;
    let mut other_version = fine(&good);
    other_version[0] = 2;
    let mut third_version = fine(&stranger);
    third_version[0] = 3;
    let unmarked = forge(&good, "shop", "link", &[0; 13]);
    for (kind, under, raw) in [
        (
            RefusalKind::BadTime,
            Some(&good),
            made(&good, NOW, NOW + 31, NOW + 60),
        ),
        (
            RefusalKind::Expired,
            Some(&good),
            made(&good, NOW - 9, NOW - 9, NOW),
        ),
        (RefusalKind::Forged, Some(&good), flipped),
        (RefusalKind::Malformed, None, vec![1; 69]),
        (RefusalKind::MalformedInner, Some(&good), unmarked),
        (
            RefusalKind::OutsideKeyWindow,
            Some(&retired),
            fine(&retired),
        ),
        (
            RefusalKind::RevokedAll,
            Some(&good),
            made(&good, NOW - 1001, NOW, NOW + 60),
        ),
        (RefusalKind::RevokedKey, Some(&revoked), fine(&revoked)),
        (RefusalKind::SpentKey, Some(&spent), fine(&spent)),
        (RefusalKind::UnknownKey, None, fine(&stranger)),
        (RefusalKind::UnknownKey, None, other_version),
        (RefusalKind::UnknownVersion, None, third_version),
    ] {
        let before = sealer.uses();
        let refusal = sealer
            .open_at(base64url::encode(&raw), at(NOW))
            .unwrap_err();
        assert_eq!(refusal.kind(), kind);
        let after = sealer.uses();
        let grown = |now: &RefusalCounts, was: &RefusalCounts| {
            (now.of(kind), now.total()) == (was.of(kind) + 1, was.total() + 1)
        };
        for (now, was) in after.keys.iter().zip(&before.keys) {
            if under.is_some_and(|key| key.id() == now.id) {
                assert!(grown(&now.refused, &was.refused), "{kind:?}");
            } else {
                assert_eq!(now, was, "{kind:?}");
            }
            assert_eq!(now.opened, 0, "{kind:?}");
        }
        if under.is_none() {
            assert!(grown(&after.refused, &before.refused), "{kind:?}");
        } else {
            assert_eq!(after.refused, before.refused, "{kind:?}");
        }
    }
    // The function for parsed tokens counts only what it judges itself.
    let before = sealer.uses().refused;
    assert!(open_raw(&sealer, &[1; 69], NOW).is_err());
    assert_eq!(sealer.uses().refused, before);
    assert!(open_raw(&sealer, &fine(&stranger), NOW).is_err());
    assert_eq!(
        sealer.uses().refused.of(RefusalKind::UnknownKey),
        before.of(RefusalKind::UnknownKey) + 1
    );
}

#[test]
fn every_kind_has_a_count_and_a_word_of_its_own() {
    for (at, kind) in RefusalKind::all().enumerate() {
        assert_eq!(kind.slot(), at);
        let counts = Counters::default();
        counts.count_refused(kind);
        counts.count_refused(kind);
        assert_eq!(counted(&counts.refused()), [(kind, 2)]);
        let refused: RefusalCounts = counts.refused();
        for other in RefusalKind::all() {
            assert_eq!(refused.of(other), if other == kind { 2 } else { 0 });
        }
        assert_eq!(refused.total(), 2);
    }
    let words: BTreeSet<_> = RefusalKind::all().map(RefusalKind::as_str).collect();
    assert!(
        words
            .iter()
            .copied()
            .eq(RefusalKind::all().map(RefusalKind::as_str))
    );
}

#[test]
fn a_flood_of_strange_ids_keeps_the_counts_as_small_as_they_were() {
    let (sealer, id, _) = world();
    let mut raw = [1; 80];
    for number in 0..100_000_u32 {
        raw[1..5].copy_from_slice(&number.to_be_bytes());
        let refusal = sealer
            .open_at(base64url::encode(&raw), at(NOW))
            .unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::UnknownKey);
    }
    let uses = sealer.uses();
    assert_eq!(uses.keys.len(), 1);
    assert_eq!(uses.keys[0].id, id);
    assert_eq!(counted(&uses.refused), [(RefusalKind::UnknownKey, 100_000)]);
}

#[test]
fn clones_and_padded_sealers_count_together_and_others_apart() {
    let (sealer, id, _) = world();
    let token = seal_with_times(&sealer, NOW, NOW, NOW + 60);
    sealer.clone().open_token_at(&token, at(NOW)).unwrap();
    sealer
        .padded_to(64)
        .unwrap()
        .open_token_at(&token, at(NOW))
        .unwrap();
    let apart = Sealer::new(sealer.ring(), context()).unwrap();
    apart.open_token_at(&token, at(NOW)).unwrap();
    assert_eq!(opened(&sealer.uses(), id), (1, 2));
    assert_eq!(opened(&apart.uses(), id), (0, 1));
}

#[test]
fn nothing_is_lost_while_threads_open_and_the_ring_is_swapped() {
    const THREADS: u64 = 4;
    const EACH: u64 = 3000;
    let keys = |epoch: u64| {
        // Each epoch brings a key that no thread has used before: all of them use it at once.
        let newest = u8::try_from(epoch % 60).unwrap();
        ring(
            epoch,
            vec![
                sealing_since(key(Suite::Xaes256Gcm, 200), 0),
                sealing_since(key(Suite::Xaes256Gcm, newest), 1),
            ],
        )
    };
    let live = LiveRing::new(keys(1));
    let sealer = sealer(live.clone(), &context());
    let old = key(Suite::Xaes256Gcm, 200);
    let token = forge(&old, "shop", "link", &inner(NOW, NOW, NOW + 60, b"x"));
    let token = Token::parse(base64url::encode(&token)).unwrap();
    let garbage = "!".repeat(100);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..EACH {
                    sealer.open_token_at(&token, at(NOW)).unwrap();
                    seal_with_times(&sealer, NOW, NOW, NOW + 60);
                    assert!(sealer.open_at(&garbage, at(NOW)).is_err());
                }
            });
        }
        for epoch in 2..50 {
            live.replace(keys(epoch)).unwrap();
            std::thread::yield_now();
        }
    });
    let uses = sealer.uses();
    assert_eq!(opened(&uses, old.id()), (0, THREADS * EACH));
    let sealed: u64 = uses.keys.iter().map(|key| key.sealed).sum();
    assert_eq!(sealed, THREADS * EACH, "whichever key it was");
    assert_eq!(
        counted(&uses.refused),
        [(RefusalKind::Malformed, THREADS * EACH)]
    );
}
