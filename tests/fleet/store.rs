//! Where do simulated keepers keep the ring, and how does that store fail?

mod state;

use std::future::poll_fn;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use sealjar::{KeyId, KeyRing, RingKey};
use sealjar_keeper::delivery::{Delivery, Publications, Trouble};
use sealjar_keeper::plan::{Change, Publishing};
use sealjar_keeper::store::{Head, Published, RingStore, StoreError, Stored, Version};

use crate::broken::Broken;
use crate::document::{Document, Happened, Place};
use crate::faults::{Dice, Fault, Rates, Tally};
pub(crate) use crate::store::state::State;

/// A store in memory that many keepers share. Every call takes at least two polls, so that keepers
/// meet, and die, between any two of them. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct MemoryStore {
    publishing: Publishing,
    state: Arc<Mutex<State>>,
}

impl MemoryStore {
    pub(crate) fn new(
        acknowledged: bool,
        publishing: Publishing,
        rates: Rates,
        slowest: u32,
        dice: Dice,
    ) -> Self {
        let state = State {
            now: 0,
            acknowledged,
            publishing,
            holders: Vec::new(),
            rates,
            tally: Tally::default(),
            events: Vec::new(),
            changes: 0,
            broken: None,
            slowest,
            dice,
            version: 0,
            head: None,
            kept: Vec::new(),
            tidied: 0,
            place: Place::default(),
            rolls_out: false,
            publications: Publications::default(),
            published: None,
        };
        Self {
            publishing,
            state: Arc::new(Mutex::new(state)),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Waits until the clock shows this time.
    async fn wait_until(&self, when: u32) {
        while self.state().now < when {
            step().await;
        }
    }

    fn finish(&self, document: Document, version: &Version) -> Result<(), StoreError> {
        let mut state = self.state();
        state.check_version(version)?;
        if !state
            .place
            .coming
            .as_ref()
            .is_some_and(|it| it.is(&document))
        {
            return Err(broken_pipe());
        }
        state.place.standing = Some(document.clone());
        state.events.push(Happened::Finished(document));
        Ok(())
    }

    /// Fails now and then: before the effect, or after it.
    fn with_errors(
        &self,
        effect: impl FnOnce(&mut State) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        let (fails, succeeds) = state.draw_error();
        if fails {
            return Err(broken_pipe());
        }
        effect(&mut state)?;
        match succeeds {
            true => Err(broken_pipe()),
            false => Ok(()),
        }
    }
}

impl RingStore for MemoryStore {
    async fn load(&self) -> Result<Stored, StoreError> {
        step().await;
        let mut state = self.state();
        if let (false, false) = state.draw_error() {
            return Ok(state.head.as_ref().map_or(Stored::Nothing, |head| {
                let mut delivery = state.delivery();
                if let Some(broken) = state.broken {
                    broken.delivery(&mut delivery, head.ring());
                }
                Stored::Head(Box::new(Head {
                    ring: head.read(),
                    document: head.ring().to_json().as_bytes().to_vec().into(),
                    version: state.version(),
                    delivery,
                }))
            }));
        }
        Err(broken_pipe())
    }

    async fn commit(&self, over: &Version, next: &Change) -> Result<(), StoreError> {
        step().await;
        let next = &next.ring;
        let outcome = self.with_errors(|state| {
            let over_head = *over == state.version();
            if state.broken != Some(Broken::CommitWithoutComparing) {
                state.check_version(over)?;
            }
            let before = state.head.take();
            let next = match (state.broken, &before) {
                (Some(broken), Some(before)) => broken.commit(before.ring(), next),
                _ => Document::of(next),
            };
            state.kept.extend(before);
            state.version += 1;
            state.changes += 1;
            state.head = Some(next.clone());
            state.events.push(Happened::Committed { next, over_head });
            Ok(())
        });
        step().await;
        outcome
    }

    async fn publish(&self, head: &Head) -> Result<Published, StoreError> {
        step().await;
        let (document, until, patience, paused) = {
            let mut state = self.state();
            state.check_version(&head.version)?;
            let document = state.head.clone().ok_or(StoreError::LostRace)?;
            let stands =
                |place: &Option<Document>| place.as_ref().is_some_and(|it| it.is(&document));
            if stands(&state.place.standing) && stands(&state.place.coming) {
                return Ok(Published::Unchanged);
            }
            if state.broken == Some(Broken::PublishNothing) {
                return Ok(Published::Written);
            }
            if state.publications.has(document.epoch()) && state.broken != Some(Broken::KeepRecord)
            {
                state.publications = Publications::default();
                state.changes += 1;
            }
            let goes_on = std::mem::take(&mut state.rolls_out) && stands(&state.place.coming);
            if !goes_on {
                state.place.coming = Some(document.clone());
                state.events.push(Happened::Begun(document.clone()));
            }
            let Rates { paused, slow, .. } = state.rates;
            let (paused, slow) = (state.dice.happens(paused), state.dice.happens(slow));
            if slow {
                state.tally.count(Fault::PublicationSlow);
            }
            let slowest = state.slowest;
            let takes = if slow {
                state.dice.within(0..=slowest)
            } else {
                0
            };
            let until = state.now + takes;
            (document, until, until + slowest, paused)
        };
        self.wait_until(until).await;
        if paused {
            let mut state = self.state();
            state.tally.count(Fault::PublicationPaused);
            return Err(if state.rolls() {
                StoreError::RollOut {
                    service: "web".into(),
                    trouble: Trouble::Paused {
                        message: "update paused".into(),
                    },
                }
            } else {
                broken_pipe()
            });
        }
        // A roll-out is finished when the last task runs with the new document. A store may wait
        // for that, or report that it continues.
        while !self.state().has_rolled_to(document.epoch()) {
            if self.state().now > patience {
                return Err(broken_pipe());
            }
            if self.state().leaves_a_roll_out() {
                return Ok(Published::InProgress("web rolls out".into()));
            }
            step().await;
        }
        self.finish(document, &head.version)?;
        step().await;
        Ok(Published::Written)
    }

    async fn record(&self, over: &Version, delivery: &Delivery) -> Result<(), StoreError> {
        step().await;
        let outcome = self.with_errors(|state| {
            state.check_version(over)?;
            match delivery {
                Delivery::Acknowledged(fleet) => state.published = fleet.published,
                Delivery::Unacknowledged(publications) => {
                    // A restore drops what was known before it commits.
                    state.changes += u64::from(publications.finished().is_empty());
                    state.publications = publications.clone();
                }
            }
            Ok(())
        });
        step().await;
        outcome
    }

    async fn prune(
        &self,
        head: &Head,
        may_keep: &(dyn Fn(&[KeyId]) -> bool + Sync),
    ) -> Result<(), StoreError> {
        step().await;
        let outcome = self.with_errors(|state| {
            // A decision based on an epoch that is no longer the head proves nothing.
            if state.check_version(&head.version).is_err() {
                return Ok(());
            }
            if state.broken != Some(Broken::KeepEverything) {
                // Everything that a person or a roll-out could bring back must include every
                // revocation.
                let entries =
                    |ring: &KeyRing| (ring.revocations().entries(), ring.revocations().floor);
                let known = entries(&head.ring);
                state.kept.retain(|kept| {
                    entries(kept.ring()) == known && may_keep(&secrets_of(kept.ring()))
                });
            }
            state.tidied = state.tidied.max(head.ring.epoch());
            Ok(())
        });
        step().await;
        outcome
    }

    fn publishing(&self) -> Publishing {
        self.publishing
    }

    fn place(&self, _head: &Head) -> sealjar_keeper::store::Place {
        sealjar_keeper::store::Place::File("the store".into())
    }
}

/// Lets others run first, once.
async fn step() {
    let mut waited = false;
    poll_fn(|_| match std::mem::replace(&mut waited, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

fn secrets_of(ring: &KeyRing) -> Vec<KeyId> {
    let usable = ring.keys().iter().filter(|key| !key.is_revoked());
    usable.map(RingKey::id).collect()
}

fn broken_pipe() -> StoreError {
    StoreError::Io {
        doing: "reach",
        path: PathBuf::from("the store"),
        error: std::io::ErrorKind::BrokenPipe.into(),
    }
}
