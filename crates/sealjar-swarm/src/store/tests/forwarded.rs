//! Who has won, when the engine says that the race is lost?

use std::sync::Mutex;

use super::blobs::ring;
use super::*;
use crate::engine::Kind;
use crate::engine::tests::peer::{Heard, Peer, Reply, ok, status};
use sealjar_keeper::plan::Change;
use sealjar_keeper::store::{RingStore, StoreError, Stored, Version};

/// What a manager answers to the keeper that moves the head: that somebody else has moved it.
/// `moved_to` are the labels that it has then, of those that it was asked to give it.
fn manager(moved_to: impl Fn(Value) -> Value + Send + Sync + 'static) -> impl Fn(&Heard) -> Reply {
    let (configs, secrets) = (Mutex::new(Vec::<Value>::new()), Mutex::new(Vec::new()));
    move |heard| {
        let (method, path) = heard.line.split_once(" /v1.41/").unwrap();
        let mut objects = if path.starts_with("configs") {
            configs.lock().unwrap()
        } else {
            secrets.lock().unwrap()
        };
        match (method, path.split(['/', '?']).nth(1)) {
            ("GET", _) if path.contains("filters") => ok(&json!(*objects)),
            ("GET", _) => ok("[]"),
            ("POST", Some("create")) => {
                let id = format!("id{}", objects.len());
                objects.push(json!({
                    "ID": id, "Version": { "Index": 1 }, "CreatedAt": "now", "Spec": heard.json(),
                }));
                status(201, &json!({ "ID": id }))
            }
            ("DELETE", Some(id)) => {
                objects.retain(|it| it["ID"] != id);
                ok("")
            }
            (_, id) => {
                let head = objects.iter_mut().find(|it| it["ID"] == *id.unwrap());
                head.unwrap()["Spec"]["Labels"] = moved_to(heard.json()["Labels"].take());
                status(500, &json!({ "message": "update out of sequence" }))
            }
        }
    }
}

/// Commits an epoch over another, and returns what came of it, the epoch that the head is at then,
/// if it can be read, and the blobs that there are.
async fn commit(
    moved_to: impl Fn(Value) -> Value + Send + Sync + 'static,
) -> (Result<(), StoreError>, Option<u64>, Vec<String>) {
    let peer = Peer::new(manager(moved_to));
    let store = SwarmStore {
        engine: peer.engine,
        ..store()
    };
    let change = |epoch| Change {
        ring: ring(epoch),
        steps: Vec::new(),
    };
    store.commit(&Version::none(), &change(5)).await.unwrap();
    let Stored::Head(head) = store.load().await.unwrap() else {
        panic!("no head")
    };
    let outcome = store.commit(&head.version, &change(7)).await;
    let epoch = match store.load().await.unwrap() {
        Stored::Head(head) => Some(head.ring.epoch()),
        _ => None,
    };
    let blobs = store.engine.list(Kind::Config, "sealjar.web.e").await;
    let blobs = blobs.unwrap().into_iter().map(|it| it.name);
    (outcome, epoch, blobs.collect())
}

#[tokio::test]
async fn a_commit_that_was_forwarded_twice_has_won_and_its_blob_stays() {
    // The first arrived, its answer did not, and the second came too late for the first.
    let (outcome, epoch, blobs) = commit(|labels| labels).await;
    outcome.unwrap();
    assert_eq!(epoch, Some(7));
    assert_eq!(blobs.len(), 2, "{blobs:?}");
}

#[tokio::test]
async fn a_commit_that_another_was_faster_than_has_lost_and_leaves_nothing() {
    let (outcome, _, blobs) = commit(|mut labels| {
        labels["sha256"] = json!("ab".repeat(32));
        labels
    })
    .await;
    assert!(matches!(outcome, Err(StoreError::LostRace)), "{outcome:?}");
    assert_eq!(blobs.len(), 1, "{blobs:?}");
}

/// Begins a ring beside another keeper that has made its key, and returns what came of it and which
/// keys there are, beside its own or that of the other.
async fn begin(wins: bool) -> (Result<(), StoreError>, Vec<bool>) {
    let swarm = manager(|labels| labels);
    let peer = Peer::new(move |heard| match heard.line.contains("configs/create") {
        true if !wins && heard.json()["Name"] == "sealjar.web.head" => {
            let mut head = heard.json();
            head["Labels"]["sha256"] = json!("ab".repeat(32));
            swarm(&Heard {
                body: head.to_string(),
                ..heard.clone()
            });
            status(409, &json!({ "message": "already exists" }))
        }
        _ => swarm(heard),
    });
    let store = SwarmStore {
        engine: peer.engine,
        ..store()
    };
    let (other, _) = store.make_kek().await.unwrap();
    let change = Change {
        ring: ring(5),
        steps: Vec::new(),
    };
    let outcome = store.commit(&Version::none(), &change).await;
    let keks = store.engine.list(Kind::Secret, "sealjar.web.kek.").await;
    let other = store.names.kek(other.id());
    let is_other = keks.unwrap().into_iter().map(|it| it.name == other);
    (outcome, is_other.collect())
}

#[tokio::test]
async fn a_ring_that_another_was_faster_to_begin_keeps_the_key_that_it_is_sealed_under() {
    let (outcome, is_other) = begin(false).await;
    assert!(matches!(outcome, Err(StoreError::LostRace)), "{outcome:?}");
    assert_eq!(is_other, [true]);
}

#[tokio::test]
async fn whoever_begins_a_ring_removes_what_others_left_that_did_not() {
    let (outcome, is_other) = begin(true).await;
    outcome.unwrap();
    assert_eq!(is_other, [false]);
}
