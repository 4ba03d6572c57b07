//! Does any store whose answers get lost, late or wrong make a keeper forget what it has promised?
//!
//! Two keepers revoke over one store. Each of its answers about the list may be an error before or
//! after the effect, a race that is said to be lost although it was won, or a list of before. The
//! head of the ring is in files.

use std::sync::{Arc, Mutex, MutexGuard};

use sealjar::{KeyId, Revocation, RevocationList};

use crate::delivery::Delivery;
use crate::fixture::Fixture;
use crate::plan::{Change, Publishing};
use crate::policy::PolicySettings;
use crate::store::{
    FileStore, Head, ListLimits, Place, Published, RingStore, StoreError, Stored, StoredList,
    Version,
};
use crate::{Keeper, KeeperError};

/// What a store does wrong, beyond failing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Broken {
    Nothing,
    /// It commits over any version.
    Overwrites,
    /// It takes what cannot be read for an empty list.
    Forgets,
}

struct State {
    broken: Broken,
    /// Every list that was committed, the last is current.
    lists: Vec<RevocationList>,
    dice: u64,
    faults: usize,
}

impl State {
    /// One of so many outcomes, drawn as the seed says.
    fn draw(&mut self, outcomes: u64) -> u64 {
        // Numerical Recipes' generator: any will do.
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33) % outcomes
    }

    fn stored(&self, age: usize) -> StoredList {
        let at = self.lists.len().checked_sub(1 + age);
        let Some(list) = at.map(|at| &self.lists[at]) else {
            return StoredList::none();
        };
        StoredList {
            version: Version::new(list.seq().to_string()),
            bytes: list.to_bytes().into(),
            list: Some(list.clone()),
        }
    }
}

struct Faulty {
    ring: FileStore,
    state: Arc<Mutex<State>>,
}

impl Faulty {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

fn broken_pipe() -> StoreError {
    StoreError::Io {
        doing: "ask",
        path: "the store".into(),
        error: std::io::ErrorKind::BrokenPipe.into(),
    }
}

impl RingStore for Faulty {
    async fn load(&self) -> Result<Stored, StoreError> {
        self.ring.load().await
    }

    async fn commit(&self, over: &Version, next: &Change) -> Result<(), StoreError> {
        self.ring.commit(over, next).await
    }

    async fn publish(&self, head: &Head) -> Result<Published, StoreError> {
        self.ring.publish(head).await
    }

    async fn record(&self, over: &Version, delivery: &Delivery) -> Result<(), StoreError> {
        self.ring.record(over, delivery).await
    }

    async fn prune(
        &self,
        head: &Head,
        may_keep: &(dyn Fn(&[KeyId]) -> bool + Sync),
    ) -> Result<(), StoreError> {
        self.ring.prune(head, may_keep).await
    }

    async fn load_list(&self) -> Result<StoredList, StoreError> {
        // The other keeper may take its turn here.
        tokio::task::yield_now().await;
        let mut state = self.state();
        match state.draw(8) {
            0 => {
                state.faults += 1;
                match state.broken {
                    Broken::Forgets => Ok(StoredList {
                        version: state.stored(0).version,
                        ..StoredList::none()
                    }),
                    _ => Err(broken_pipe()),
                }
            }
            1 => {
                state.faults += 1;
                Ok(state.stored(1))
            }
            _ => Ok(state.stored(0)),
        }
    }

    async fn commit_list(&self, over: &Version, next: &RevocationList) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        let mut state = self.state();
        let drawn = state.draw(8);
        state.faults += usize::from(drawn < 3);
        if drawn == 0 {
            return Err(broken_pipe());
        }
        let standing = state.stored(0);
        if standing.list.as_ref() != Some(next) {
            if standing.version != *over && state.broken != Broken::Overwrites {
                return Err(StoreError::LostRace);
            }
            state.lists.push(next.clone());
        }
        match drawn {
            1 => Err(broken_pipe()),
            2 => Err(StoreError::LostRace),
            _ => Ok(()),
        }
    }

    fn list_limits(&self) -> Option<ListLimits> {
        Some(ListLimits::FULL)
    }

    fn publishing(&self) -> Publishing {
        self.ring.publishing()
    }

    fn place(&self, head: &Head) -> Place {
        self.ring.place(head)
    }
}

/// Lets two keepers revoke in turn, and returns how much went wrong of what must not, and how many
/// faults there were.
async fn try_out(broken: Broken, seed: u64, rounds: u64) -> (usize, usize) {
    let it = Fixture::begun().await;
    let state = Arc::new(Mutex::new(State {
        broken,
        lists: Vec::new(),
        dice: seed,
        faults: 0,
    }));
    let keeper = || {
        let store = Faulty {
            ring: FileStore::new(it.document()),
            state: Arc::clone(&state),
        };
        let now = it.now();
        Keeper::new(store, PolicySettings::default()).clock(move || Ok(now))
    };
    let keepers = [keeper(), keeper()];
    let mut promised: Vec<[u8; 8]> = Vec::new();
    for round in 0..rounds {
        let ids = [2 * round, 2 * round + 1].map(u64::to_be_bytes);
        let asked = ids.map(|id| Revocation::Session { id, born: None });
        let requests = asked.map(|it| [vec![it]]);
        let told = tokio::join!(
            keepers[0].revoke_listed(&requests[0]),
            keepers[1].revoke_listed(&requests[1])
        );
        for (id, told) in ids.into_iter().zip([told.0, told.1]) {
            match told {
                Ok(listed) => {
                    assert!(listed.outcomes[0].is_ok());
                    promised.push(id);
                }
                Err(KeeperError::Store(_)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
    }
    let state = state.lock().unwrap();
    let last = state.lists.last().unwrap();
    let forgotten = promised.iter().filter(|id| !last.covers_session(**id));
    let pairs = state.lists.windows(2);
    let backwards = pairs.filter(|pair| pair[0].seq() >= pair[1].seq());
    assert!(promised.len() as u64 > rounds, "{}", promised.len());
    (forgotten.count() + backwards.count(), state.faults)
}

#[tokio::test]
async fn a_store_that_answers_late_wrong_or_not_at_all_forgets_nothing_that_was_promised() {
    let mut faults = 0;
    for seed in 0..8 {
        let (wrong, met) = try_out(Broken::Nothing, seed, 60).await;
        assert_eq!(wrong, 0, "seed {seed}");
        faults += met;
    }
    assert!(faults > 500, "{faults}");
}

#[tokio::test]
async fn a_store_that_does_not_compare_and_one_that_forgets_are_caught() {
    for broken in [Broken::Overwrites, Broken::Forgets] {
        let mut wrong = 0;
        for seed in 0..4 {
            wrong += try_out(broken, seed, 60).await.0;
        }
        assert!(wrong > 0, "{broken:?}");
    }
}
