//! Are two rings of one name always told apart, and two epochs of one ring never?

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{DAY, at, draft, key, sealing_since};
use crate::aead::Suite;
use crate::draft::RingDraft;
use crate::error::RingError;
use crate::live::LiveRing;
use crate::revocation::Revocations;
use crate::ring::KeyRing;
use crate::ring_id::RingId;

#[test]
fn two_rings_of_one_name_are_told_apart_and_epochs_of_one_ring_are_not() {
    assert_told_apart(KeyRing::is_same_ring);
}

#[test]
#[should_panic(expected = "another ring")]
fn a_reader_that_goes_by_names_alone_does_not_tell_them_apart() {
    assert_told_apart(|one, other| one.name() == other.name());
}

#[test]
#[should_panic(expected = "written by a keeper of before")]
fn a_reader_that_goes_by_ids_alone_refuses_what_a_keeper_of_before_wrote() {
    assert_told_apart(|one, other| one.id() == other.id());
}

#[test]
#[should_panic(expected = "all of its keys are new")]
fn a_reader_that_goes_by_keys_alone_refuses_a_ring_that_was_away_for_long() {
    let shares = |one: &KeyRing, other: &KeyRing| {
        let mut keys = other.keys().iter();
        keys.any(|key| one.position(key.id()).is_some())
    };
    assert_told_apart(shares);
}

fn assert_told_apart(is_same_ring: fn(&KeyRing, &KeyRing) -> bool) {
    let ring = numbered(1, |_| ());
    for (epoch, is_same) in [
        ("another ring", false, numbered(2, |_| ())),
        ("the next epoch", true, numbered(1, |next| next.epoch += 1)),
        (
            "all of its keys are new",
            true,
            numbered(1, |next| next.keys = keys(3)),
        ),
        (
            "its pepper is new, and it keeps its id",
            true,
            numbered(1, |next| {
                next.keep_id();
                next.revocations = pepper(7);
                next.keys = keys(3);
            }),
        ),
        (
            "its pepper is new, and it was written by a keeper of before ids",
            true,
            numbered(1, |next| next.revocations = pepper(7)),
        ),
        (
            "it has another name",
            false,
            numbered(1, |next| next.name = "shop".into()),
        ),
    ]
    .map(|(epoch, is_same, other)| (epoch, is_same == is_same_ring(&ring, &other)))
    {
        assert!(is_same, "{epoch}");
    }
}

#[test]
fn a_replica_keeps_its_ring_when_another_of_its_name_comes_and_takes_the_next_epoch_of_its_own() {
    let live = LiveRing::new(numbered(1, |_| ()));
    let another = numbered(2, |next| next.epoch = 99);
    let refused = RingError::Another {
        name: "web".into(),
        current: live.load().id(),
        found: another.id(),
    };
    assert_eq!(live.replace(another), Err(refused));
    assert_eq!(live.load().epoch(), 5);
    let next = numbered(1, |next| {
        next.keep_id();
        next.epoch = 6;
        next.keys = keys(3);
        next.revocations = pepper(7);
    });
    assert_eq!(live.replace(next), Ok(()));
    assert_eq!(live.load().epoch(), 6);
}

#[test]
fn an_id_that_no_document_names_is_computed_and_once_it_is_kept_it_outlives_the_pepper() {
    let computed = numbered(1, |_| ()).id();
    assert_ne!(computed, numbered(2, |_| ()).id());
    let mut draft = numbered(1, |_| ()).draft();
    draft.keep_id();
    draft.revocations = pepper(7);
    // A second time changes nothing.
    draft.keep_id();
    let kept = draft.build().unwrap();
    assert_eq!(kept.id(), computed);
    let read = KeyRing::from_json(kept.to_json().as_bytes()).unwrap();
    assert_eq!(read.id(), computed);
    assert_eq!(read.draft().id, Some(computed));
    // HMAC-SHA-256(09 32 times, "sealjar/v1 ring"), as Python's hmac computes it.
    let known = draft_of(9).build().unwrap().id();
    assert_eq!(known.to_string(), "0l2SHMBzlgyWRwC0VrLNZQ");
}

#[test]
fn what_documents_of_before_do_not_have_is_read_written_and_may_be_critical() {
    let mut value = written(&draft_of(9).build().unwrap());
    for name in ["ring_id", "next_key", "apps"] {
        assert_eq!(value.get(name), None, "nothing is written that nobody said");
    }
    value["critical"] = json!(["ring_id", "next_key", "early", "apps"]);
    value["ring_id"] = json!("AAAAAAAAAAAAAAAAAAAAAA");
    value["next_key"] = json!({ "lifetime": 2_592_000, "early": true });
    value["apps"] = json!(["blog", "shop \"1\""]);
    let ring = read(&value).unwrap();
    assert_eq!(ring.id(), RingId::from_bytes([0; 16]));
    let next_key = ring.next_key().unwrap();
    assert_eq!((next_key.lifetime, next_key.early), (2_592_000, true));
    assert_eq!(written(&ring), value);
    let mut draft = ring.draft();
    draft
        .revocations
        .revoke_subject("admin", "ada", at(1))
        .unwrap();
    let ring = draft.build().unwrap();
    assert_eq!(
        ring.apps().collect::<Vec<_>>(),
        ["admin", "blog", "shop \"1\""]
    );
}

#[test]
fn the_suite_of_the_next_key_is_kept_and_one_that_is_not_known_keeps_nobody_from_the_ring() {
    let read_next_key = |next_key: Value| {
        let mut value = written(&draft_of(9).build().unwrap());
        value["next_key"] = next_key;
        let ring = read(&value).unwrap();
        (
            ring.next_key().unwrap().suite,
            written(&ring)["next_key"].clone(),
        )
    };
    let wish = json!({ "lifetime": 1, "early": false, "suite": "xchacha20-poly1305" });
    assert_eq!(
        read_next_key(wish.clone()),
        (Suite::XChaCha20Poly1305, wish)
    );
    let usual = json!({ "lifetime": 1, "early": false });
    for suite in ["xaes-256-gcm", "of-a-newer-build"] {
        let mut wish = usual.clone();
        wish["suite"] = json!(suite);
        assert_eq!(read_next_key(wish), (Suite::Xaes256Gcm, usual.clone()));
    }
}

#[test]
fn what_documents_of_before_do_not_have_is_refused_where_it_cannot_be() {
    for (name, broken, place) in [
        ("ring_id", json!("AAAAAAAAAAAAAAAAAAAAA"), "ring_id"),
        ("ring_id", json!(null), "ring_id"),
        ("next_key", json!({ "lifetime": 1 }), "next_key.early"),
        (
            "next_key",
            json!({ "lifetime": -1, "early": true }),
            "next_key.lifetime",
        ),
        (
            "next_key",
            json!({ "lifetime": 1, "early": true, "suite": 2 }),
            "next_key.suite",
        ),
        ("apps", json!("shop"), "apps"),
        ("apps", json!(["shop", 1]), "apps[1]"),
        ("apps", json!(["a".repeat(65_536)]), "apps[0]"),
        (
            "apps",
            json!((0..65).map(|it| it.to_string()).collect::<Vec<_>>()),
            "apps",
        ),
    ] {
        let mut value = written(&draft_of(9).build().unwrap());
        value[name] = broken;
        let refused = read(&value).unwrap_err();
        let is_there = matches!(&refused, RingError::Document { place: it, .. } if it == place);
        assert!(is_there, "{refused}");
    }
    let mut draft = draft_of(9);
    draft.apps = (0..65).map(|it| it.to_string()).collect();
    let refused = draft.build().unwrap_err();
    assert!(
        refused.to_string().starts_with("apps: holds 65"),
        "{refused}"
    );
}

fn numbered(number: u8, change: impl FnOnce(&mut RingDraft)) -> KeyRing {
    let mut draft = draft_of(number);
    draft.keys = keys(10 * number);
    change(&mut draft);
    draft.build().unwrap()
}

fn draft_of(number: u8) -> RingDraft {
    let mut draft = draft(5, keys(number));
    draft.revocations = pepper(number);
    draft
}

fn keys(seed: u8) -> Vec<crate::RingKey> {
    let keys = [seed, seed + 1].map(|seed| key(Suite::Xaes256Gcm, seed));
    keys.map(|key| sealing_since(key, 0)).into()
}

fn pepper(number: u8) -> Revocations {
    Revocations::new(Zeroizing::new([number; 32]), DAY)
}

fn read(value: &Value) -> Result<KeyRing, RingError> {
    KeyRing::from_json(value.to_string().as_bytes())
}

fn written(ring: &KeyRing) -> Value {
    serde_json::from_str(&ring.to_json()).unwrap()
}
