//! Which blobs are the ring's history, which are of nobody, and which say that the head was put
//! back?

use std::cell::Cell;

use sealjar::__hazmat::StoreKey;
use sealjar::keeper::RingDraft;
use sealjar::{Key, RingKey, Suite, Timestamp, Timing};

use super::*;
use crate::engine::Labels;
use crate::store::configs::Configs;
use crate::store::head::HeadLabels;
use sealjar_keeper::store::Damage;

pub(super) fn ring(epoch: u64) -> KeyRing {
    let at = Timestamp::from_stored(1_000_000);
    let staged = || RingKey::standby(Key::generate(Suite::Xaes256Gcm).unwrap(), 100, epoch, at);
    let mut sealing = staged();
    sealing.seals_from = Some(at);
    RingDraft {
        issued_at: at,
        timing: Timing {
            rotate_every: 1000,
            distribution: 10,
            skew: 5,
        },
        keys: vec![sealing, staged()],
        ..RingDraft::named("web", epoch).unwrap()
    }
    .build()
    .unwrap()
}

/// Blobs of epochs, each of which follows on the one at a place before it.
struct History {
    kek: StoreKey,
    blobs: Vec<(Object, Digest)>,
}

impl History {
    fn of(epochs: &[(u64, Option<usize>)]) -> Self {
        let (kek, _) = StoreKey::generate().unwrap();
        let mut blobs: Vec<(Object, Digest)> = Vec::new();
        for (epoch, on) in epochs {
            let previous = on.map_or(Digest::NONE, |at| blobs[at].1);
            blobs.push(blob(&kek, &ring(*epoch), previous));
        }
        Self { kek, blobs }
    }

    fn head(&self, at: usize) -> HeadLabels {
        let (object, digest) = &self.blobs[at];
        HeadLabels {
            epoch: Names::of("web").epoch_in(&object.name).unwrap(),
            blob: object.name.clone(),
            digest: *digest,
            revoked_in: 0,
            published: None,
            is_fast: false,
            exports: std::collections::BTreeMap::new(),
        }
    }

    /// Reads what a swarm would hold, with the head at a place, and epochs after it that replicas
    /// were given.
    fn read(self, at: usize, given: &[u64]) -> (SwarmStore, Configs, Result<u64, Damage>) {
        let store = store();
        let labels: Labels = self.head(at).write();
        let head = object("sealjar.web.head", &json!(labels), b"");
        store.keks.add(self.kek);
        let objects = self.blobs.into_iter().map(|(object, _)| object);
        let configs = Configs::new(objects.chain([head]).collect());
        let read = store.read(&[], given, &configs);
        (store, configs, read.map(|read| read.unwrap().0.epoch))
    }
}

#[test]
fn the_head_stands_among_what_was_cut_off_or_came_too_late() {
    for others in [
        &[][..],
        // One that is being committed, or whose keeper died over it.
        &[(9, Some(1))],
        // One that another was faster than.
        &[(6, Some(0)), (9, Some(0))],
    ] {
        let epochs = [&[(5, None), (7, Some(0))], others].concat();
        let (.., read) = History::of(&epochs).read(1, &[]);
        assert_eq!(read, Ok(7), "{others:?}");
    }
}

#[test]
fn a_head_that_was_put_back_is_seen_by_what_came_after_it() {
    let behind = |delivered| Err(Damage::HeadBehind { head: 5, delivered });
    let epochs = [(5, None), (7, Some(0)), (9, Some(1))];
    let (.., read) = History::of(&epochs).read(0, &[]);
    assert_eq!(read, behind(9));
    let (.., read) = History::of(&epochs[..2]).read(0, &[7]);
    assert_eq!(read, behind(7), "replicas have it");
    let (.., read) = History::of(&epochs[..2]).read(0, &[]);
    assert_eq!(read, Ok(5), "nobody can tell, and nobody has it");
}

#[test]
fn a_blob_that_no_keeper_has_sealed_stops_nobody_whatever_its_name_says() {
    let planted = |data: &[u8], epoch| {
        let mut history = History::of(&[(5, None)]);
        let name = Names::of("web").epoch(epoch, Digest::of(data));
        let object = object(&name, &json!({}), data);
        history.blobs.push((object, Digest::of(data)));
        history.read(0, &[]).2
    };
    let (other_kek, _) = StoreKey::generate().unwrap();
    let (sealed, _) = blob(&other_kek, &ring(9), Digest::of(b"nothing here"));
    let sealed = sealed.data.unwrap();
    for epoch in [6, 9, KeyRing::MAX_EPOCH, u64::MAX] {
        assert_eq!(planted(b"\0", epoch), Ok(5), "{epoch}");
        assert_eq!(planted(&sealed, epoch), Ok(5), "{epoch}");
    }
    // The control: the same under the ring's own key stops every keeper.
    let mut history = History::of(&[(5, None)]);
    let (later, digest) = blob(&history.kek, &ring(9), Digest::of(b"nothing here"));
    history.blobs.push((later, digest));
    let behind = Damage::HeadBehind {
        head: 5,
        delivered: 9,
    };
    assert_eq!(history.read(0, &[]).2, Err(behind));
}

#[test]
fn what_came_before_the_head_is_no_later_for_a_number_of_a_clock_that_was_ahead() {
    let epochs = [(5, None), (900, Some(0)), (7, Some(1))];
    let (store, configs, read) = History::of(&epochs).read(2, &[]);
    assert_eq!(read, Ok(7));
    let head = configs.head(&store.names).unwrap();
    let head = HeadLabels::read(&head.labels).unwrap();
    let before = configs
        .iter()
        .find(|it| it.name.contains(".e900."))
        .unwrap();
    assert!(configs.is_history(head.digest, &before.name, &store.names));
    assert!(!configs.is_history(head.digest, "sealjar.web.e900.0123abcd", &store.names));
    let head = HeadLabels {
        revoked_in: 6,
        ..head
    };
    assert!(head.is_revoked(5) && head.is_revoked(900) && !head.is_revoked(6));
}

#[test]
fn a_blob_that_is_gone_or_another_is_damage_and_one_under_another_key_is_sealed() {
    let mut gone = History::of(&[(5, None), (7, Some(0))]);
    let labels = gone.head(1);
    gone.blobs.pop();
    let store = store();
    let head = object("sealjar.web.head", &json!(labels.write()), b"");
    let objects = gone
        .blobs
        .into_iter()
        .map(|(object, _)| object)
        .chain([head]);
    let configs = Configs::new(objects.collect());
    let read = store.read(&[], &[], &configs).unwrap_err();
    assert!(
        matches!(&read, Damage::HeadDamaged { reason, .. } if reason.contains("gone")),
        "{read}"
    );

    let history = History::of(&[(5, None)]);
    let (mut tampered, _) = blob(&history.kek, &ring(5), Digest::NONE);
    tampered.name = history.blobs[0].0.name.clone();
    let forged = History {
        blobs: vec![(tampered, history.blobs[0].1)],
        kek: history.kek,
    };
    let (.., read) = forged.read(0, &[]);
    assert!(matches!(read, Err(Damage::HeadDamaged { .. })), "{read:?}");

    let other = History {
        kek: StoreKey::generate().unwrap().0,
        ..History::of(&[(5, None)])
    };
    let (.., read) = other.read(0, &[]);
    assert!(
        matches!(&read, Err(Damage::Sealed { at_hand, .. }) if at_hand.len() == 1),
        "{read:?}"
    );
}

#[test]
fn what_is_kept_is_the_history_as_far_as_its_secrets_may_stay() {
    // Ten that follow on each other, one that came too late, and one that is being committed.
    let mut epochs: Vec<(u64, Option<usize>)> = vec![(1, None)];
    epochs.extend((1..11).map(|at| (at as u64 + 1, Some(at - 1))));
    epochs.extend([(6, Some(3)), (20, Some(10))]);
    let history = History::of(&epochs);
    let head = history.head(10);
    let (store, configs, _) = history.read(10, &[]);
    let epochs = |may_keep: &dyn Fn(&[sealjar::KeyId]) -> bool| {
        let expired = store.expired(&configs, &head, may_keep).into_iter();
        let mut epochs: Vec<u64> = expired
            .map(|it| store.names.epoch_in(&it.name).unwrap())
            .collect();
        epochs.sort_unstable();
        epochs
    };
    assert_eq!(
        epochs(&|_| true),
        [1, 2, 6],
        "eight before the head, and none of nobody"
    );
    assert_eq!(epochs(&|_| false), [1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10]);
    let asked = Cell::new(0);
    let may_keep_two = |_: &[sealjar::KeyId]| {
        asked.set(asked.get() + 1);
        asked.get() != 3
    };
    assert_eq!(
        epochs(&may_keep_two),
        [1, 2, 3, 4, 5, 6, 6, 7, 8],
        "with one that goes all before it go, and not a turn later"
    );
}
