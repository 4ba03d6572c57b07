//! What becomes of a key's counts when it leaves the ring, and when it comes back?

use super::super::{SUITES, at, key, ring, seal_with_times, sealer, sealing_since, standby};
use super::{NOW, context, counted, opened};
use crate::aead::Suite;
use crate::key::{Key, KeyId};
use crate::live::LiveRing;
use crate::refusal::RefusalKind;
use crate::ring::KeyRing;
use crate::token::Token;

#[test]
fn a_rotation_shows_when_the_old_key_is_used_no_more() {
    for suite in SUITES {
        let (old, new) = (key(suite, 1).id(), key(suite, 2).id());
        let begins = NOW + 100;
        let with_standby = vec![sealing_since(key(suite, 1), 0), standby(key(suite, 2))];
        let rotated = vec![
            sealing_since(key(suite, 1), 0),
            sealing_since(key(suite, 2), begins),
        ];
        let live = LiveRing::new(ring(1, with_standby));
        let sealer = sealer(live.clone(), &context());
        let visit = |token: &Token, now: u32| drop(sealer.open_token_at(token, at(now)).unwrap());
        let first = seal_with_times(&sealer, NOW, NOW, NOW + 1000);
        visit(&first, NOW);
        assert_eq!(opened(&sealer.uses(), old), (1, 1));
        assert_eq!(
            opened(&sealer.uses(), new),
            (0, 0),
            "it is listed before it is used"
        );

        live.replace(ring(2, rotated)).unwrap();
        visit(&first, NOW + 50);
        let second = seal_with_times(&sealer, begins, begins, begins + 1000);
        visit(&second, begins);
        visit(&second, begins);
        assert_eq!(
            opened(&sealer.uses(), old),
            (1, 2),
            "a swap keeps the counts"
        );
        assert_eq!(opened(&sealer.uses(), new), (1, 2));

        // The key has left the ring: its counts can still be read, and a token under it that comes
        // now counts as unknown.
        live.replace(ring(3, vec![sealing_since(key(suite, 2), begins)]))
            .unwrap();
        assert!(sealer.open_token_at(&first, at(begins)).is_err());
        let uses = sealer.uses();
        assert_eq!(opened(&uses, old), (1, 2));
        assert_eq!(
            uses.keys.iter().map(|it| it.id).collect::<Vec<_>>(),
            [old, new]
        );
        assert_eq!(counted(&uses.refused), [(RefusalKind::UnknownKey, 1)]);
    }
}

#[test]
fn a_key_is_forgotten_once_64_others_have_left_after_it() {
    let fleet: Vec<Key> = (0..=70).map(|seed| key(Suite::Xaes256Gcm, seed)).collect();
    let ids: Vec<KeyId> = fleet.iter().map(Key::id).collect();
    let mut epochs = fleet
        .into_iter()
        .map(|key| vec![sealing_since(key, 0)])
        .zip(1..);
    let next = |epochs: &mut dyn Iterator<Item = (_, u64)>| {
        let (keys, epoch) = epochs.next().unwrap();
        ring(epoch, keys)
    };
    let live = LiveRing::new(next(&mut epochs));
    let sealer = sealer(live.clone(), &context());
    for at_epoch in 1..=70 {
        seal_with_times(&sealer, NOW, NOW, NOW + 60);
        live.replace(next(&mut epochs)).unwrap();
        let uses = sealer.uses();
        let first = at_epoch.max(KeyRing::MAX_KEYS) - KeyRing::MAX_KEYS;
        let listed: Vec<KeyId> = uses.keys.iter().map(|it| it.id).collect();
        assert_eq!(
            listed,
            ids[first..=at_epoch],
            "those that left last, then the ring's own"
        );
        let (left, here) = uses.keys.split_at(at_epoch - first);
        assert!(left.iter().all(|key| key.sealed == 1));
        assert_eq!((here.len(), here[0].sealed), (1, 0));
    }
}

#[test]
fn a_key_that_comes_back_goes_on_from_where_it_was() {
    let of = |seeds: &[u8]| {
        let keys = seeds
            .iter()
            .map(|it| sealing_since(key(Suite::Xaes256Gcm, *it), 0));
        keys.collect::<Vec<_>>()
    };
    let live = LiveRing::new(ring(1, of(&[1])));
    let sealer = sealer(live.clone(), &context());
    let token = seal_with_times(&sealer, NOW, NOW, NOW + 60);
    live.replace(ring(2, of(&[2]))).unwrap();
    assert!(sealer.open_token_at(&token, at(NOW)).is_err());
    live.replace(ring(3, of(&[2, 1]))).unwrap();
    sealer.open_token_at(&token, at(NOW)).unwrap();
    assert_eq!(
        opened(&sealer.uses(), key(Suite::Xaes256Gcm, 1).id()),
        (1, 1)
    );
    assert_eq!(sealer.uses().keys.len(), 2);
}
