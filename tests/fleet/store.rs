//! Where do simulated keepers keep the ring, and how does that fail them?

use std::future::poll_fn;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use sealjar::{KeyId, KeyRing, RingKey, Timestamp};
use sealjar_keeper::delivery::{Delivery, Fleet, Holder, Publications, Service, Trouble};
use sealjar_keeper::plan::{Change, Publishing};
use sealjar_keeper::store::{Head, Published, RingStore, StoreError, Stored, Version};

use crate::broken::Broken;
use crate::document::{Document, Happened, Place};
use crate::faults::{Dice, Fault, Rates, Tally};

/// A store in memory that many keepers share. Every call takes two polls at least, so that keepers
/// meet, and die, between any two of them. Cloning shares.
#[derive(Clone, Debug)]
pub(crate) struct MemoryStore {
    publishing: Publishing,
    state: Arc<Mutex<State>>,
}

/// What the store holds, and what the fleet has to know of it.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) now: u32,
    pub(crate) acknowledged: bool,
    pub(crate) publishing: Publishing,
    /// What the replicas that run hold, where they say so.
    pub(crate) holders: Vec<Option<u64>>,
    pub(crate) rates: Rates,
    pub(crate) tally: Tally,
    pub(crate) events: Vec<Happened>,
    /// How often something was changed that others at work do not know of.
    pub(crate) changes: u64,
    pub(crate) broken: Option<Broken>,
    /// How long a slow publication takes at most.
    pub(crate) slowest: u32,
    dice: Dice,
    version: u64,
    head: Option<Document>,
    kept: Vec<Document>,
    tidied: u64,
    place: Place,
    /// Whether a roll-out was begun that is looked at again.
    rolls_out: bool,
    publications: Publications,
    /// The same where replicas say what they hold.
    published: Option<(u64, Timestamp)>,
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

    /// Waits until the clock shows a time.
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

impl State {
    pub(crate) fn head(&self) -> Option<&Document> {
        self.head.as_ref()
    }

    /// Everything that a replica may yet start from.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &Document> {
        let place = [&self.place.coming, &self.place.standing];
        self.kept
            .iter()
            .chain(&self.head)
            .chain(place.into_iter().flatten())
    }

    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) const fn publications(&self) -> &Publications {
        &self.publications
    }

    /// Puts the epoch before where replicas look, if it is still kept. A roll-out is rolled back like
    /// this, and a redeployment of an old file does it too.
    pub(crate) fn roll_back(&mut self) -> Option<Document> {
        let head = self.head.as_ref()?;
        let is_up = self.tidied == head.epoch()
            && self.place.standing.as_ref().is_some_and(|it| it.is(head));
        let before = self.kept.last().filter(|_| is_up)?.clone();
        self.place.coming = Some(before.clone());
        self.place.standing = Some(before.clone());
        self.tally.count(Fault::RolledBack);
        Some(before)
    }

    /// Loses all but what replicas have.
    pub(crate) fn lose_everything(&mut self) {
        self.head = None;
        self.version += 1;
        self.kept.clear();
        self.publications = Publications::default();
        self.published = None;
    }

    fn draw_error(&mut self) -> (bool, bool) {
        let rate = self.rates.store_error;
        if !self.dice.happens(rate) {
            return (false, false);
        }
        let succeeds = self.dice.happens(0.5);
        self.tally.count(match succeeds {
            true => Fault::ErrorThatSucceeded,
            false => Fault::ErrorThatFailed,
        });
        (!succeeds, succeeds)
    }

    fn check_version(&mut self, over: &Version) -> Result<(), StoreError> {
        if *over == self.version() {
            return Ok(());
        }
        self.tally.count(Fault::RaceLost);
        Err(StoreError::LostRace)
    }

    fn version(&self) -> Version {
        match &self.head {
            Some(_) => Version::new(self.version.to_string()),
            None => Version::none(),
        }
    }

    fn delivery(&self) -> Delivery {
        if !self.acknowledged {
            return Delivery::Unacknowledged(self.publications.clone());
        }
        let held = self.holders.iter().enumerate();
        let holders = held.filter_map(|(at, epoch)| {
            Some(Holder {
                name: format!("web.{at}"),
                epoch: (*epoch)?,
                ..Holder::default()
            })
        });
        Delivery::Acknowledged(Fleet {
            services: vec![Service {
                name: "web".into(),
                epoch: self.place.standing.as_ref().map(Document::epoch),
                roll_out: None,
                trouble: None,
                replicas: holders.collect(),
            }],
            published: self.published,
        })
    }

    /// Whether whoever publishes goes, and looks again later.
    fn leaves_a_roll_out(&mut self) -> bool {
        self.rolls_out = self.dice.happens(0.1);
        self.rolls_out
    }

    /// Whether an epoch gets to replicas by replacing them.
    fn rolls(&self) -> bool {
        self.acknowledged && self.publishing == Publishing::Restarts
    }

    /// Whether no roll-out has to be waited for.
    fn has_rolled_to(&self, epoch: u64) -> bool {
        !self.rolls() || self.holders.iter().flatten().all(|held| *held >= epoch)
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
                return Ok(Published::Stood);
            }
            if state.broken == Some(Broken::PublishNothing) {
                return Ok(Published::Put);
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
        // A roll-out is finished when the last task runs with the new document. A store may wait for
        // that, or say that it goes on.
        while !self.state().has_rolled_to(document.epoch()) {
            if self.state().now > patience {
                return Err(broken_pipe());
            }
            if self.state().leaves_a_roll_out() {
                return Ok(Published::Underway("web rolls out".into()));
            }
            step().await;
        }
        self.finish(document, &head.version)?;
        step().await;
        Ok(Published::Put)
    }

    async fn record(&self, over: &Version, delivery: &Delivery) -> Result<(), StoreError> {
        step().await;
        let outcome = self.with_errors(|state| {
            state.check_version(over)?;
            match delivery {
                Delivery::Acknowledged(fleet) => state.published = fleet.published,
                Delivery::Unacknowledged(publications) => {
                    // A restore takes back what was known before it commits.
                    state.changes += u64::from(publications.finished().is_empty());
                    state.publications = publications.clone();
                }
            }
            Ok(())
        });
        step().await;
        outcome
    }

    async fn tidy(
        &self,
        head: &Head,
        may_keep: &(dyn Fn(&[KeyId]) -> bool + Sync),
    ) -> Result<(), StoreError> {
        step().await;
        let outcome = self.with_errors(|state| {
            // What is decided over an epoch that is the head no more says nothing.
            if state.check_version(&head.version).is_err() {
                return Ok(());
            }
            if state.broken != Some(Broken::KeepEverything) {
                // What a person or a roll-out could bring back must know every revocation.
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

/// Lets others go first, once.
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
