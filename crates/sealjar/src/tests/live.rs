//! Is a ring swapped as a whole, only forwards, and unnoticed by requests?

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

use zeroize::Zeroizing;

use super::{DAY, at, draft, key, ring, seal_with_times, sealer, sealing_since};
use crate::aead::Suite;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::draft::{NextKey, RingDraft};
use crate::error::RingError;
use crate::live::LiveRing;
use crate::ring::KeyRing;
use crate::ring_id::RingId;
use crate::ring_key::{Material, RingKey};

#[test]
fn the_epoch_only_rises() {
    let live = LiveRing::new(ring_at(5));
    assert_eq!(live.replace(ring_at(6)), Ok(()));
    assert_eq!(live.load().epoch(), 6);
    for older in [5, 0] {
        assert_eq!(
            live.replace(ring_at(older)),
            Err(RingError::Older {
                current: 6,
                found: older
            })
        );
        assert_eq!(live.load().epoch(), 6);
    }
    let latest = KeyRing::latest_epoch(at(7));
    assert_eq!(live.replace_at(ring_at(latest), Some(at(7))), Ok(()));
    assert_eq!(live.load().epoch(), latest);
}

#[test]
fn an_epoch_more_than_a_day_ahead_of_the_clock_is_refused_and_the_ring_in_use_stays() {
    let now = at(9_000);
    let latest = 9_000 + 86_400;
    let live = LiveRing::new(ring_at(5));
    for epoch in [latest + 1, KeyRing::MAX_EPOCH] {
        assert_eq!(
            live.replace_at(ring_at(epoch), Some(now)),
            Err(RingError::Ahead { epoch, latest })
        );
        assert_eq!(live.load().epoch(), 5);
    }
    assert_eq!(live.replace_at(ring_at(latest), Some(now)), Ok(()));
    // Also by the system's clock.
    let far = ring_at(KeyRing::MAX_EPOCH);
    assert!(matches!(live.replace(far), Err(RingError::Ahead { .. })));
    // The control: a replica that accepted it would refuse every later ring.
    let unaware = LiveRing::new(ring_at(5));
    assert_eq!(
        unaware.replace_at(ring_at(KeyRing::MAX_EPOCH), None),
        Ok(())
    );
    let older = unaware.replace_at(ring_at(latest), None);
    assert!(matches!(older, Err(RingError::Older { .. })), "{older:?}");
}

#[test]
fn a_ring_that_was_taken_under_a_clock_ahead_gives_way_once_the_clock_is_right() {
    let (wrong, right) = (at(40_000_000), at(9_000));
    let live = LiveRing::new(ring_at(5));
    assert_eq!(live.replace_at(ring_at(40_000_000), Some(wrong)), Ok(()));
    // A lower epoch does not replace it while it is not ahead of the clock.
    let older = live.replace_at(ring_at(9_000), Some(wrong));
    assert!(matches!(older, Err(RingError::Older { .. })), "{older:?}");
    assert_eq!(live.replace_at(ring_at(9_000), Some(right)), Ok(()));
    assert_eq!(live.load().epoch(), 9_000);
}

#[test]
fn no_ring_has_an_epoch_that_no_clock_could_give_it() {
    let greatest = ring_at(KeyRing::MAX_EPOCH).to_json();
    assert_eq!(KeyRing::MAX_EPOCH, 4_295_053_695);
    assert!(KeyRing::from_json(greatest.as_bytes()).is_ok());
    for epoch in [KeyRing::MAX_EPOCH + 1, u64::MAX] {
        let text = greatest.replace(&KeyRing::MAX_EPOCH.to_string(), &epoch.to_string());
        let refused = KeyRing::from_json(text.as_bytes()).unwrap_err();
        assert_eq!(
            refused,
            RingError::document("epoch", "must be at most 4295053695")
        );
    }
}

#[test]
fn the_same_epoch_is_taken_with_the_same_content_however_it_is_written() {
    let live = LiveRing::new(ring_at(5));
    let in_use = live.load();
    assert_eq!(live.replace(ring_at(5)), Ok(()));

    let document = ring_at(5).to_json();
    let mut value: serde_json::Value = serde_json::from_str(&document).unwrap();
    value["a_field_of_later"] = 1.into();
    let compact = serde_json::to_vec(&value).unwrap();
    assert_ne!(compact, document.as_bytes());
    assert_eq!(live.replace(KeyRing::from_json(&compact).unwrap()), Ok(()));
    // Nothing was swapped, so no cipher has to be derived again.
    assert!(std::sync::Arc::ptr_eq(&in_use, &live.load()));
}

#[test]
fn the_same_epoch_with_any_other_content_is_a_conflict() {
    let later = at(9_000);
    let changes: [fn(&mut RingDraft, Timestamp); 19] = [
        |ring, _| ring.id = Some(RingId::from_bytes([7; 16])),
        |ring, _| {
            ring.next_key = Some(NextKey {
                lifetime: DAY,
                early: false,
                suite: Suite::Xaes256Gcm,
            });
        },
        |ring, _| ring.apps.extend(["shop".into()]),
        |ring, later| ring.issued_at = later,
        |ring, _| ring.timing.rotate_every += 1,
        |ring, _| ring.timing.distribution += 1,
        |ring, _| ring.timing.skew += 1,
        |ring, _| drop(ring.keys.pop()),
        |ring, _| ring.keys[1] = sealing_since(key(Suite::Xaes256Gcm, 3), 0),
        |ring, _| ring.keys[0].revoke(),
        |ring, _| ring.keys[0].lifetime += 1,
        |ring, _| ring.keys[0].staged_epoch += 1,
        |ring, later| ring.keys[0].staged_at = later,
        |ring, later| ring.keys[0].seals_from = Some(later),
        |ring, later| ring.keys[0].seals_until = Some(later),
        |ring, later| {
            ring.keys[0].seals_until = Some(later);
            ring.keys[0].opens_until = Some(later);
        },
        |ring, later| ring.revocations.floor = Some(later),
        |ring, later| {
            ring.revocations
                .revoke_subject("shop", "ada", later)
                .unwrap()
        },
        |ring, later| ring.revocations.revoke_session([1; 8], later),
    ];
    let live = LiveRing::new(ring_at(5));
    for (at, change) in changes.into_iter().enumerate() {
        let mut draft = ring_at(5).draft();
        change(&mut draft, later);
        let replaced = live.replace(draft.clone().build().unwrap());
        assert_eq!(replaced, Err(RingError::Conflict { epoch: 5 }), "{at}");
        assert!(live.load().same_content(&ring_at(5)), "{at}");
        // In an epoch of its own the same change is accepted.
        draft.epoch = 6;
        let elsewhere = LiveRing::new(ring_at(5));
        assert_eq!(elsewhere.replace(draft.build().unwrap()), Ok(()), "{at}");
    }
}

#[test]
fn the_same_epoch_with_another_key_of_an_unknown_suite_is_a_conflict() {
    let id = key(Suite::Xaes256Gcm, 7).id();
    let with = |suite: &str, secret: &str| {
        let material = Material::Unsupported {
            suite: suite.into(),
            secret: Arc::new(Zeroizing::new(secret.into())),
        };
        let unknown = RingKey::new(id, material, DAY, 0, at(0));
        ring(
            5,
            vec![sealing_since(key(Suite::Xaes256Gcm, 1), 0), unknown],
        )
    };
    let live = LiveRing::new(with("aegis-256", "secret"));
    assert_eq!(live.replace(with("aegis-256", "secret")), Ok(()));
    for other in [with("aegis-256", "another"), with("aegis-128", "secret")] {
        assert_eq!(live.replace(other), Err(RingError::Conflict { epoch: 5 }));
    }
}

#[test]
fn a_ring_of_another_name_is_foreign_whatever_its_epoch() {
    let live = LiveRing::new(ring_at(5));
    for epoch in [4, 5, 6] {
        let mut draft = ring_at(epoch).draft();
        draft.name = "other".into();
        assert_eq!(
            live.replace(draft.build().unwrap()),
            Err(RingError::Foreign {
                expected: "web".into(),
                found: "other".into()
            })
        );
        assert_eq!(live.load().name(), "web");
    }
}

#[test]
fn sealers_follow_the_ring_and_what_was_opened_keeps_its_own() {
    let live = LiveRing::new(ring_at(5));
    let sealer = sealer(&live, &context());
    let token = seal_with_times(&sealer, 100, 100, 200);
    let before = sealer.open_token_at(&token, at(150)).unwrap();

    let mut draft = ring_at(6).draft();
    draft.revocations.revoke_session([1; 8], at(120));
    draft
        .keys
        .push(sealing_since(key(Suite::Xaes256Gcm, 9), 140));
    live.replace(draft.build().unwrap()).unwrap();

    let after = sealer.open_token_at(&token, at(150)).unwrap();
    assert!(!before.is_session_revoked([1; 8]) && !before.is_stale());
    assert!(after.is_session_revoked([1; 8]) && after.is_stale());
    let newest = seal_with_times(&sealer, 150, 150, 200).key_id();
    assert_eq!(newest, key(Suite::Xaes256Gcm, 9).id());
    // A padded twin and a clone share the ring too.
    let padded = sealer.padded_to(64).unwrap();
    assert_eq!(seal_with_times(&padded, 150, 150, 200).key_id(), newest);
    assert_eq!(sealer.clone().ring().load().epoch(), 6);
}

fn ring_at(epoch: u64) -> KeyRing {
    let keys = [1, 2].map(|seed| sealing_since(key(Suite::Xaes256Gcm, seed), 0));
    draft(epoch, keys.into()).build().unwrap()
}

fn context() -> Context {
    Context::new("shop", "login")
}

#[test]
fn whoever_waits_is_woken_once_for_a_flood_of_unknown_keys() {
    let live = LiveRing::new(ring_at(5));
    let strangers = sealer(key(Suite::Xaes256Gcm, 200), &context());
    let ours = sealer(&live, &context());
    let woken = Arc::new(Wakes(AtomicU32::new(0)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = std::task::Context::from_waker(&waker);
    assert_eq!(live.poll_unknown(&mut context), Poll::Pending);

    let token = strangers.seal(b"", Duration::from_secs(60)).unwrap();
    for _ in 0..1000 {
        assert!(ours.open(token.to_string()).is_err());
        assert!(ours.open_token(&token).is_err());
    }
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    assert_eq!(live.poll_unknown(&mut context), Poll::Ready(token.key_id()));
    assert_eq!(live.poll_unknown(&mut context), Poll::Pending);

    let own = sealer(&live, &Context::new("shop", "other"));
    let own = own.seal_at(b"", Duration::from_secs(60), at(100)).unwrap();
    assert!(
        ours.open_token(&own).is_err(),
        "refused, but not for its key"
    );
    assert_eq!(live.poll_unknown(&mut context), Poll::Pending);
}

struct Wakes(AtomicU32);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
