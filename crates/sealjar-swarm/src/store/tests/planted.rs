//! Is a secret delivered for what it holds, and not for its name? Over an engine that compares as
//! Docker does.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use super::blobs::ring;
use super::*;
use crate::engine::tests::peer::{Heard, Peer, Reply, ok, status};
use sealjar_keeper::plan::Change;
use sealjar_keeper::store::{Found, Published, RingStore, StoreError, Stored, Version};

/// What an engine has. It never gives the data of a secret back, nor an id a second time.
#[derive(Clone, Default)]
pub(super) struct Swarm(Arc<Mutex<Vec<Value>>>, Arc<AtomicU32>);

impl Swarm {
    /// Answers as Docker 20.10 was heard to. `compares`: what it says before anything else of data.
    pub(super) fn answer(&self, heard: &Heard, compares: bool) -> Reply {
        let (method, path) = heard.line.split_once(" /v1.41/").unwrap();
        let (kind, rest) = path.split_once(['/', '?']).unwrap_or((path, ""));
        let mut objects = self.0.lock().unwrap();
        let of_kind = |it: &&mut Value| it["kind"] == kind;
        match (method, rest.split(['/', '?']).next().unwrap()) {
            ("GET", _) if kind == "configs" || kind == "secrets" => {
                let mut listed: Vec<Value> = objects
                    .iter_mut()
                    .filter(of_kind)
                    .map(|it| it.clone())
                    .collect();
                if kind == "secrets" {
                    listed
                        .iter_mut()
                        .for_each(|it| it["Spec"]["Data"] = Value::Null);
                }
                ok(&json!(listed))
            }
            ("GET", _) => ok("[]"),
            ("POST", "create") => {
                let spec = heard.json();
                if objects
                    .iter_mut()
                    .filter(of_kind)
                    .any(|it| it["Spec"]["Name"] == spec["Name"])
                {
                    return status(409, &json!({ "message": "it already exists" }));
                }
                let id = format!("id{}", self.1.fetch_add(1, Ordering::Relaxed));
                objects.push(json!({
                    "kind": kind, "ID": id, "Version": { "Index": 1 }, "CreatedAt": "now", "Spec": spec,
                }));
                status(201, &json!({ "ID": id }))
            }
            ("DELETE", id) => {
                objects.retain(|it| it["ID"] != id);
                ok("")
            }
            ("POST", id) => {
                let spec = heard.json();
                let object = objects.iter_mut().find(|it| it["ID"] == id).unwrap();
                if compares && spec["Data"] != object["Spec"]["Data"] {
                    let message = "rpc error: code = InvalidArgument desc = only updates to Labels are allowed";
                    return status(400, &json!({ "message": message }));
                }
                if !path.ends_with("version=1") {
                    return status(500, &json!({ "message": "update out of sequence" }));
                }
                object["Spec"]["Labels"] = spec["Labels"].clone();
                ok("")
            }
            _ => panic!("{}", heard.line),
        }
    }

    fn store(&self, compares: bool) -> (SwarmStore, Peer) {
        let this = self.clone();
        let peer = Peer::new(move |heard| this.answer(heard, compares));
        let engine = Engine::new(Host::Unix(peer.socket().clone()));
        let store = SwarmStore { engine, ..store() };
        (store, peer)
    }

    fn secrets(&self) -> Vec<String> {
        let objects = self.0.lock().unwrap();
        let secrets = objects.iter().filter(|it| it["kind"] == "secrets");
        let names = secrets.map(|it| it["Spec"]["Name"].as_str().unwrap().to_owned());
        names.filter(|name| !name.contains(".kek.")).collect()
    }
}

async fn begin(store: &SwarmStore) -> Box<sealjar_keeper::store::Head> {
    let change = Change {
        ring: ring(5),
        steps: Vec::new(),
    };
    store.commit(&Version::none(), &change).await.unwrap();
    head(store).await
}

async fn head(store: &SwarmStore) -> Box<sealjar_keeper::store::Head> {
    match store.load().await.unwrap() {
        Stored::Head(head) => head,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_secret_that_was_planted_under_the_next_name_is_not_delivered_and_what_is_said_says_so() {
    let swarm = Swarm::default();
    let (store, _peer) = swarm.store(true);
    let head = begin(&store).await;
    let name = match store.place(&head) {
        sealjar_keeper::store::Place::Secret { name, .. } => name,
        place => panic!("{place:?}"),
    };
    assert_eq!(
        store.found(&head).await.unwrap(),
        Found::Head,
        "not made yet"
    );
    let foreign = ring(5).to_json();
    let labels = [("epoch".to_owned(), "5".to_owned())].into();
    let id = store
        .engine
        .create(
            crate::engine::Kind::Secret,
            &name,
            &labels,
            foreign.as_bytes(),
        )
        .await
        .unwrap();
    for _ in 0..2 {
        let refused = store.publish(&head).await.unwrap_err();
        assert!(
            matches!(&refused, StoreError::NotOurs { secret, compared: true } if *secret == name),
            "{refused}"
        );
        assert!(
            refused.hint().contains("docker secret rm"),
            "{}",
            refused.hint()
        );
        let found = store.found(&head).await.unwrap();
        assert_eq!(found, Found::NotOurs { compared: true });
        assert_eq!(found.hint(), refused.hint(), "status says the same");
    }
    store
        .engine
        .remove(crate::engine::Kind::Secret, &id)
        .await
        .unwrap();
    assert_eq!(store.publish(&head).await.unwrap(), Published::Unchanged);
    assert_eq!(swarm.secrets(), [name], "the right one was made");
    assert_eq!(store.found(&head).await.unwrap(), Found::Head);
}

#[tokio::test]
async fn the_secret_that_a_keeper_made_is_known_by_another_keeper_that_never_saw_it() {
    let swarm = Swarm::default();
    let (store, _peer) = swarm.store(true);
    let head = begin(&store).await;
    store.publish(&head).await.unwrap();
    let (mut other, peer) = swarm.store(true);
    other.keks = store.keks;
    let head = self::head(&other).await;
    for _ in 0..3 {
        assert_eq!(other.publish(&head).await.unwrap(), Published::Unchanged);
    }
    let heard = peer.heard();
    let compared = heard.iter().filter(|it| it.line.contains("/secrets/"));
    assert_eq!(compared.count(), 2, "once, and once with other data");
    assert_eq!(swarm.secrets().len(), 1);
}

#[tokio::test]
async fn the_control_an_engine_that_does_not_compare_proves_nothing() {
    let swarm = Swarm::default();
    let (store, _peer) = swarm.store(false);
    let head = begin(&store).await;
    let refused = store.publish(&head).await.unwrap_err();
    assert!(
        matches!(
            refused,
            StoreError::NotOurs {
                compared: false,
                ..
            }
        ),
        "{refused}"
    );
    let found = store.found(&head).await.unwrap();
    assert_eq!(found, Found::NotOurs { compared: false });
}

#[tokio::test]
async fn a_secret_with_a_later_epoch_in_its_name_stops_nobody_until_it_holds_what_a_keeper_committed()
 {
    let swarm = Swarm::default();
    let (store, _peer) = swarm.store(true);
    let head = begin(&store).await;
    store.publish(&head).await.unwrap();
    for epoch in [6, KeyRing::MAX_EPOCH, u64::MAX] {
        let name = format!("sealjar.web.e{epoch}.0123abcd");
        let labels = Default::default();
        let planted = store
            .engine
            .create(crate::engine::Kind::Secret, &name, &labels, b"\0");
        planted.await.unwrap();
        assert_eq!(self::head(&store).await.ring.epoch(), 5);
        assert_eq!(store.publish(&head).await.unwrap(), Published::Unchanged);
    }
    // A commit succeeds, and is no revocation for it.
    let next = Change {
        ring: ring(7),
        steps: Vec::new(),
    };
    store.commit(&head.version, &next).await.unwrap();
    let next = self::head(&store).await;
    assert_eq!(next.ring.epoch(), 7);
    let configs = store.configs().await.unwrap();
    let labels = &configs.head(&store.names).unwrap().labels;
    assert_eq!(labels["revoked-in"], "5");
    // The control: a head that was put back is noticed by the secret that a keeper made of what
    // came after it.
    store.publish(&next).await.unwrap();
    let back = configs.head(&store.names).unwrap();
    let first = configs.iter().find(|it| it.name.contains(".e5.")).unwrap();
    let digest = Digest::of(first.data.as_deref().unwrap());
    let mut labels = back.labels.clone();
    labels.insert("epoch".into(), "5".into());
    labels.insert("blob".into(), first.name.clone());
    labels.insert("sha256".into(), digest.to_string());
    store
        .engine
        .relabel(crate::engine::Kind::Config, back, &labels)
        .await
        .unwrap();
    let Stored::Damaged { damage, .. } = store.load().await.unwrap() else {
        panic!("it was put back")
    };
    assert!(
        matches!(
            damage,
            sealjar_keeper::store::Damage::HeadBehind {
                head: 5,
                delivered: 7
            }
        ),
        "{damage}"
    );
}
