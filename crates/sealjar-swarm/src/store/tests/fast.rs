//! Is a fast epoch rolled out as fast as requested, and every other one at the service's own pace,
//! even if a keeper dies in the middle? The engine here changes services as Docker does.

use std::sync::{Arc, Mutex};

use super::blobs::ring;
use super::planted::Swarm;
use super::*;
use crate::engine::tests::peer::{Heard, Peer, Reply, ok, status};
use crate::store::pace;
use sealjar_keeper::plan::Change;
use sealjar_keeper::store::{Head, Place, Published, RingStore, Stored, Version};

/// A swarm with one service, which has the ring.
#[derive(Clone, Default)]
struct World {
    swarm: Swarm,
    shop: Arc<Mutex<Value>>,
    /// How often the service was changed.
    changes: Arc<Mutex<usize>>,
}

impl World {
    fn answer(&self, heard: &Heard) -> Reply {
        let (method, path) = heard.line.split_once(" /v1.41/").unwrap();
        let mut shop = self.shop.lock().unwrap();
        match (method, path.strip_prefix("services")) {
            ("GET", Some("")) if !shop.is_null() => ok(&json!([*shop])),
            ("POST", Some(update)) => {
                let version = shop["Version"]["Index"].as_u64().unwrap();
                if !update.ends_with(&format!("version={version}")) {
                    return status(500, &json!({ "message": "update out of sequence" }));
                }
                let next = heard.json();
                let restarts = next["TaskTemplate"] != shop["Spec"]["TaskTemplate"];
                shop["PreviousSpec"] = shop["Spec"].take();
                shop["Spec"] = next;
                shop["Version"]["Index"] = json!(version + 1);
                shop["UpdateStatus"] = match restarts {
                    true => json!({ "State": "updating" }),
                    false => Value::Null,
                };
                *self.changes.lock().unwrap() += 1;
                ok("")
            }
            _ => self.swarm.answer(heard, true),
        }
    }

    /// Begins a ring, and a service of ten replicas that has it.
    async fn begun() -> (Self, SwarmStore, Peer) {
        let world = Self::default();
        let (store, peer) = world.keeper(None);
        commit(&store, &Version::none(), 5).await;
        let head = head(&store).await;
        store.publish(&head).await.unwrap();
        let name = secret(&store, &head);
        let mut shop = service("shop", &name, &name);
        shop["Spec"]["Mode"] = json!({ "Replicated": { "Replicas": 10 } });
        shop["Spec"]["Labels"] = json!({ "traefik.enable": "true" });
        shop["Spec"]["UpdateConfig"] = usual();
        *world.shop.lock().unwrap() = shop;
        (world, store, peer)
    }

    /// A keeper that has nothing of an earlier one but its keys.
    fn keeper(&self, before: Option<SwarmStore>) -> (SwarmStore, Peer) {
        let this = self.clone();
        let peer = Peer::new(move |heard| this.answer(heard));
        let engine = Engine::new(Host::Unix(peer.socket().clone()));
        let store = SwarmStore { engine, ..store() };
        let keks = before.map_or_else(Keks::default, |it| it.keks);
        (SwarmStore { keks, ..store }, peer)
    }

    fn spec(&self) -> Value {
        self.shop.lock().unwrap()["Spec"].clone()
    }

    fn changes(&self) -> usize {
        *self.changes.lock().unwrap()
    }

    fn edit(&self, edit: impl FnOnce(&mut Value)) {
        edit(&mut self.shop.lock().unwrap());
    }

    fn finish_the_roll_out(&self) {
        self.edit(|shop| shop["UpdateStatus"]["State"] = json!("completed"));
    }

    fn is_as_before(&self) -> bool {
        let spec = self.spec();
        spec["UpdateConfig"] == usual() && spec["Labels"] == json!({ "traefik.enable": "true" })
    }

    fn is_fast(&self) -> bool {
        let update = &self.spec()["UpdateConfig"];
        (&update["Parallelism"], &update["Delay"]) == (&json!(5), &json!(0))
    }
}

fn usual() -> Value {
    json!({ "Parallelism": 1, "Delay": 4_000_000_000_u64, "Order": "start-first", "OfANewerEngine": [1] })
}

async fn commit(store: &SwarmStore, over: &Version, epoch: u64) {
    let change = Change {
        ring: ring(epoch),
        steps: Vec::new(),
    };
    store.commit(over, &change).await.unwrap();
}

async fn head(store: &SwarmStore) -> Box<Head> {
    match store.load().await.unwrap() {
        Stored::Head(head) => head,
        other => panic!("{other:?}"),
    }
}

fn secret(store: &SwarmStore, head: &Head) -> String {
    match store.place(head) {
        Place::Secret { name, .. } => name,
        place => panic!("{place:?}"),
    }
}

/// Takes the next step of a publication, and returns whether it is over.
async fn publish(store: &SwarmStore) -> bool {
    let head = head(store).await;
    match store.publish(&head).await.unwrap() {
        Published::InProgress(_) => false,
        Published::Unchanged => true,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_fast_epoch_rolls_out_fast_and_any_keeper_puts_the_pace_back() {
    let (world, store, _peer) = World::begun().await;
    let fast = store.fast(true);
    let before = head(&fast).await;
    commit(&fast, &before.version, 7).await;
    assert!(!publish(&fast).await);
    assert!(world.is_fast(), "{}", world.spec());
    let mounted = secret(&fast, &*head(&fast).await);
    assert!(world.spec().to_string().contains(&mounted));
    assert_eq!(world.changes(), 1, "nobody can die between the two");

    // It dies here. Another keeper knows nothing of it.
    let (other, _peer) = world.keeper(Some(fast));
    assert!(!publish(&other).await);
    assert!(world.is_fast(), "until the roll-out is over");
    world.finish_the_roll_out();
    assert!(publish(&other).await);
    assert!(world.is_as_before(), "{}", world.spec());
    assert!(
        world.spec().to_string().contains(&mounted),
        "the ring stays"
    );
    assert_eq!(world.changes(), 2);
    assert!(publish(&other).await);
    assert_eq!(world.changes(), 2, "once is enough");
}

#[tokio::test]
async fn one_that_dies_right_after_its_commit_has_a_fast_epoch_all_the_same_and_the_next_is_not() {
    let (world, store, _peer) = World::begun().await;
    let fast = store.fast(true);
    let before = head(&fast).await;
    commit(&fast, &before.version, 7).await;
    let (other, _peer) = world.keeper(Some(fast));
    assert!(!publish(&other).await);
    assert!(world.is_fast());
    // Another epoch comes before that is over.
    let before = head(&other).await;
    commit(&other, &before.version, 9).await;
    world.finish_the_roll_out();
    assert!(!publish(&other).await);
    assert!(world.is_as_before(), "{}", world.spec());
}

#[tokio::test]
async fn a_service_that_was_rolled_back_has_its_own_pace() {
    let (world, store, _peer) = World::begun().await;
    let fast = store.fast(true);
    let before = head(&fast).await;
    commit(&fast, &before.version, 7).await;
    publish(&fast).await;
    world.edit(|shop| shop["Spec"] = shop["PreviousSpec"].clone());
    assert!(world.is_as_before());
}

/// What would a keeper do that kept the pace in mind, and not in the service?
#[tokio::test]
async fn the_control_without_the_label_nobody_puts_the_pace_back() {
    let (world, store, _peer) = World::begun().await;
    let fast = store.fast(true);
    let before = head(&fast).await;
    commit(&fast, &before.version, 7).await;
    publish(&fast).await;
    world.edit(|shop| {
        let labels = shop["Spec"]["Labels"].as_object_mut().unwrap();
        labels.remove(pace::LABEL);
    });
    let (other, _peer) = world.keeper(Some(fast));
    world.finish_the_roll_out();
    assert!(publish(&other).await);
    assert!(!world.is_as_before());
}

#[tokio::test]
async fn an_ordinary_epoch_leaves_the_pace_alone() {
    let (world, store, _peer) = World::begun().await;
    let before = head(&store).await;
    commit(&store, &before.version, 7).await;
    assert!(!publish(&store).await);
    assert!(world.is_as_before());
    let report = head(&store).await.delivery;
    let sealjar_keeper::delivery::Delivery::Acknowledged(fleet) = report else {
        panic!("replicas say what they hold")
    };
    let pace = fleet.services[0].pace.unwrap();
    // Behind a Traefik that says nothing of itself, with a health check of Docker's own interval.
    assert_eq!((pace.at_once, pace.delay, pace.monitor), (1, 4, 5));
    assert_eq!((pace.health_interval, pace.balancer_poll), (30, 15));
}
