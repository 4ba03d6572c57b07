//! What does a keeper do whose clock does not fit what it finds?

use std::sync::Mutex;

use super::*;
use crate::delivery::{Fleet, Replica, ServiceDelivery};

#[tokio::test]
async fn a_keeper_under_a_clock_far_ahead_writes_nothing() {
    let it = Fixture::rotated().await;
    it.pass(70);
    it.keeper.turn().await.unwrap();
    let written = || -> Vec<_> {
        let files = it.files().into_iter();
        files
            .map(|it| (it.clone(), std::fs::read(it).unwrap()))
            .collect()
    };
    let before = written();
    it.pass(AHEAD);
    std::fs::remove_file(it.document()).unwrap();
    for _ in 0..2 {
        let refused = refused(it.keeper.turn().await.unwrap_err());
        assert!(matches!(refused, Refused::ClockAhead { .. }), "{refused:?}");
    }
    assert!(!it.document().exists());
    it.pass_back(AHEAD);
    assert!(it.keeper.turn().await.unwrap().published);
    let first = |files: Vec<(std::path::PathBuf, Vec<u8>)>| -> Vec<_> {
        let is_record = |path: &std::path::Path| path.ends_with("published.json");
        files.into_iter().filter(|it| !is_record(&it.0)).collect()
    };
    assert_eq!(
        first(written()),
        first(before),
        "but the record of the document"
    );
}

#[tokio::test]
async fn an_emergency_does_not_wait_for_somebody_to_say_why_no_keeper_has_run() {
    let it = Fixture::rotated().await;
    it.pass(30 * 86_400);
    let refused = refused(it.keeper.turn().await.unwrap_err());
    assert!(matches!(refused, Refused::ClockAhead { .. }), "{refused:?}");
    it.revoke_session(1).await;
    assert!(
        it.another_keeper().turn().await.is_ok(),
        "the ring says what time it is"
    );
}

#[tokio::test]
async fn after_a_clock_was_wrong_once_one_turn_that_is_vouched_for_puts_everything_right() {
    let it = Fixture::rotated().await;
    it.pass(70);
    it.keeper.turn().await.unwrap();
    let before = it.phases();
    let vouched = it.another_keeper().clock_is_right(true);
    it.pass(AHEAD);
    assert!(!vouched.turn().await.unwrap().steps.is_empty());
    let wrong = it.head().epoch();
    it.pass_back(AHEAD);
    for _ in 0..2 {
        let refused = refused(it.keeper.turn().await.unwrap_err());
        assert!(
            matches!(refused, Refused::ClockBehind { .. }),
            "{refused:?}"
        );
    }
    let steps = vouched.turn().await.unwrap().steps;
    assert!(matches!(steps[0], Step::PulledBack { .. }), "{steps:?}");
    assert!(it.delivered().epoch() < wrong, "which no replica took");
    it.delivered().check_epoch(it.now()).unwrap();
    assert!(before.contains(&Phase::Sealing) && it.phases().contains(&Phase::Sealing));
    // From here on nobody has to vouch for anything.
    it.pass(1);
    assert!(it.keeper.turn().await.is_ok());
    it.revoke_session(1).await;
    it.pass(1000);
    it.keeper.turn().await.unwrap();
    assert!(it.phases().contains(&Phase::Staged), "{:?}", it.phases());
    let turn = vouched.turn().await.unwrap();
    assert!(
        turn.steps.is_empty(),
        "there is nothing left: {:?}",
        turn.steps
    );
}

/// A keeper that waits for a replica for 40 days, and is started anew each day. `notes`: whether
/// its store keeps what it records. Returns on how many days it refused its clock.
async fn waits_for_long(notes: bool) -> usize {
    let it = Fixture::begun().await;
    let lags = Replica {
        name: "web.1".into(),
        ..Replica::default()
    };
    let web = ServiceDelivery {
        name: "web".into(),
        epoch: None,
        roll_out: None,
        trouble: None,
        replicas: vec![lags],
        pace: None,
    };
    let fleet = Mutex::new(Fleet {
        services: vec![web],
        ..Fleet::default()
    });
    let mut store = Told {
        store: FileStore::new(it.document()),
        fleet,
        notes: true,
    };
    let mut refused = 0;
    for _ in 0..40 {
        let now = it.now();
        let keeper = Keeper::new(store, PolicySettings::default()).clock(move || Ok(now));
        match keeper.turn().await {
            Ok(turn) => {
                assert!(turn.steps.is_empty(), "{:?}", turn.steps);
                let first = now == Timestamp::from_stored(1_000_000);
                assert!(
                    !notes || turn.published == first,
                    "to note the time is no news"
                );
            }
            Err(KeeperError::Refused(Refused::ClockAhead { .. })) => refused += 1,
            Err(error) => panic!("{error:?}"),
        }
        store = Told {
            notes,
            ..keeper.store
        };
        it.pass(86_401);
    }
    refused
}

#[tokio::test]
async fn a_keeper_that_has_waited_for_long_may_be_started_anew() {
    assert_eq!(waits_for_long(true).await, 0);
    assert!(
        waits_for_long(false).await > 30,
        "the control: nothing tells it the time"
    );
}

/// A store whose replicas say what they hold.
struct Told {
    store: FileStore,
    fleet: Mutex<Fleet>,
    notes: bool,
}

impl RingStore for Told {
    async fn load(&self) -> Result<Stored, StoreError> {
        Ok(match self.store.load().await? {
            Stored::Head(head) => Stored::Head(Box::new(Head {
                delivery: Delivery::Acknowledged(self.fleet.lock().unwrap().clone()),
                ..*head
            })),
            other => other,
        })
    }

    async fn commit(&self, over: &Version, next: &Change) -> Result<(), StoreError> {
        self.store.commit(over, next).await
    }

    async fn publish(&self, head: &Head) -> Result<Published, StoreError> {
        self.store.publish(head).await
    }

    async fn record(&self, _over: &Version, delivery: &Delivery) -> Result<(), StoreError> {
        if let (Delivery::Acknowledged(fleet), true) = (delivery, self.notes) {
            *self.fleet.lock().unwrap() = fleet.clone();
        }
        Ok(())
    }

    async fn prune(
        &self,
        head: &Head,
        may_keep: &(dyn Fn(&[KeyId]) -> bool + Sync),
    ) -> Result<(), StoreError> {
        self.store.prune(head, may_keep).await
    }

    fn publishing(&self) -> Publishing {
        Publishing::Restarts
    }

    fn place(&self, head: &Head) -> Place {
        self.store.place(head)
    }
}

/// 400 days, in seconds.
const AHEAD: u32 = 400 * 86_400;
