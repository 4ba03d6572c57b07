//! Keepers, replicas and what is on its way between them.

use std::collections::HashMap;
use std::sync::Arc;

use sealjar::{Timestamp, Token};
use sealjar_follow::{Instance, SpeakerKey};
use sealjar_keeper::Keeper;
use sealjar_keeper::plan::Publishing;

use super::keeper::Post;
use super::member::Member;
use super::{Broken, Found};
use crate::clock::{Clock, Time};
use crate::document::{Document, Happened};
use crate::faults::{Dice, Rates};
use crate::ledger::Ledger;
use crate::orders::{Done, Order};
use crate::recipe::{Recipe, Times};
use crate::store::MemoryStore;

pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) time: Time,
    pub(super) broken: Option<Broken>,
    pub(super) times: Times,
    pub(super) lease: u32,
    pub(super) store: MemoryStore,
    pub(super) speaker: SpeakerKey,
    /// Of somebody who has the delivery key and no key to sign with.
    pub(super) mallory: SpeakerKey,
    pub(super) posts: Vec<Post>,
    pub(super) members: Vec<Member>,
    pub(super) flights: Vec<Flight>,
    /// What somebody between them has recorded.
    pub(super) recorded: Vec<Flight>,
    /// What was committed, and when.
    pub(super) documents: HashMap<u64, Document>,
    pub(super) commits: Vec<(u32, u64)>,
    /// What a replica starts with if no keeper answers. It is put there now and then.
    pub(super) mounted: Document,
    pub(super) ledger: Ledger,
    /// Real tokens, and when they expire.
    pub(super) tokens: Vec<(Token, Timestamp)>,
    pub(super) last_ask: u64,
    pub(super) found: Vec<(Found, String)>,
    pub(super) rotations: u32,
    pub(super) rotated_at: u32,
    pub(super) tried: Tried,
}

/// How often something was tried.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tried {
    pub(super) faults: u64,
    pub(super) taken: u64,
    pub(super) replayed: u64,
    pub(super) tampered: u64,
    pub(super) starts_alone: u64,
}

/// A message on its way.
#[derive(Clone)]
pub(super) struct Flight {
    pub(super) arrives: u32,
    pub(super) sent: u32,
    pub(super) post: usize,
    pub(super) asker: Asker,
    pub(super) bytes: Vec<u8>,
    pub(super) is_answer: bool,
    pub(super) is_replay: bool,
}

/// Whose question it is, and which.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Asker {
    pub(super) member: usize,
    /// Which start of the replica, whatever it calls itself.
    pub(super) start: u64,
    pub(super) ask: u64,
}

impl World {
    pub(super) fn begin(seed: u64, size: (usize, usize), broken: Option<Broken>) -> Self {
        let (mut dice, time) = (Dice::new(seed), Time::starting());
        let skew = dice.within(1..=3);
        let distribution = dice.within(8..=12);
        let times = Times {
            skew,
            distribution,
            rotate_every: distribution + 2 * skew + dice.within(1..=8),
            lifetime: dice.within(30..=60),
            ..Recipe::calm(seed).times
        };
        let store = MemoryStore::new(
            false,
            Publishing::Free,
            Rates::default(),
            2 * distribution,
            dice.fork(),
        );
        let first = init(&store, &times, &time);
        let (keepers, replicas) = size;
        let clock = |dice: &mut Dice| Clock::new(&time, dice.within(0..=skew));
        let mut world = Self {
            posts: (0..keepers).map(|_| Post::new(clock(&mut dice))).collect(),
            members: (0..replicas)
                .map(|_| Member::new(clock(&mut dice), keepers))
                .collect(),
            lease: dice.within(45..=70),
            speaker: SpeakerKey::generate().unwrap(),
            mallory: SpeakerKey::generate().unwrap(),
            flights: Vec::new(),
            recorded: Vec::new(),
            documents: HashMap::new(),
            commits: Vec::new(),
            mounted: first,
            ledger: Ledger::default(),
            tokens: Vec::new(),
            last_ask: 0,
            found: Vec::new(),
            rotations: 0,
            rotated_at: time.now(),
            tried: Tried::default(),
            store,
            broken,
            times,
            dice,
            time,
        };
        world.hear_of_commits();
        world.store.state().rates = Rates {
            store_error: 0.01,
            slow: 0.1,
            ..Rates::default()
        };
        if broken == Some(Broken::CommitWithoutComparing) {
            world.store.state().broken = Some(crate::broken::Broken::CommitWithoutComparing);
        }
        world
    }

    pub(super) fn run(mut self, seconds: u32) -> Self {
        for _ in 0..seconds {
            self.second();
        }
        self
    }

    fn second(&mut self) {
        self.time.pass();
        let now = self.time.now();
        self.store.state().now = now;
        if self.dice.happens(0.01) {
            self.mounted = self.store.state().head().unwrap().clone();
        }
        self.jump_clocks();
        self.live_and_die(now);
        self.deliver(now);
        self.keep(now);
        self.ask(now);
        self.interfere(now);
        self.check(now);
    }

    fn jump_clocks(&mut self) {
        let posts = self.posts.iter().map(|it| &it.clock);
        for clock in posts.chain(self.members.iter().map(|it| &it.clock)) {
            if self.dice.happens(0.005) {
                self.tried.faults += 1;
                clock.set_ahead(self.dice.within(0..=self.times.skew).into());
            }
        }
    }

    fn deliver(&mut self, now: u32) {
        let mut due: Vec<_> = self
            .flights
            .extract_if(.., |it| it.arrives <= now)
            .collect();
        self.dice.shuffle(&mut due);
        for flight in due {
            let is_linked = self.members[flight.asker.member].cut[flight.post] <= now;
            // Somebody who sends a question again has a line of their own.
            if !is_linked && (flight.is_answer || !flight.is_replay) {
                continue;
            }
            if flight.is_answer {
                self.answered(&flight, now);
            } else {
                self.asked(&flight, now);
            }
        }
    }

    /// Sends something, which may be lost, late or doubled.
    pub(super) fn send(&mut self, mut flight: Flight) {
        if self.dice.happens(0.02) {
            self.recorded.push(flight.clone());
            if self.recorded.len() > 40 {
                let at = self.dice.index(40);
                self.recorded.swap_remove(at);
            }
        }
        let dice = &mut self.dice;
        let (lost, late, doubled) = (dice.happens(0.02), dice.happens(0.02), dice.happens(0.02));
        self.tried.faults += u64::from(lost) + u64::from(late) + u64::from(doubled);
        if doubled {
            let arrives = flight.arrives + dice.within(1..=40);
            self.flights.push(Flight {
                arrives,
                is_replay: true,
                ..flight.clone()
            });
        }
        if late {
            flight.arrives += dice.within(3..=40);
        } else {
            flight.arrives += dice.within(0..=1);
        }
        if lost || late {
            self.cannot_hear(flight.asker.member, flight.post);
        }
        if !lost {
            self.flights.push(flight);
        }
    }

    pub(super) fn hear_of_commits(&mut self) {
        let now = self.time.now();
        let events = std::mem::take(&mut self.store.state().events);
        for event in events {
            let Happened::Committed { next, over_head } = event else {
                continue;
            };
            let epoch = next.epoch();
            let promoted =
                |ring: &sealjar::KeyRing| ring.keys().iter().filter_map(|key| key.seals_from).max();
            let before = self.commits.last().map(|(_, epoch)| &self.documents[epoch]);
            if before.is_some_and(|it| promoted(it.ring()) < promoted(next.ring())) {
                self.rotations += 1;
                self.rotated_at = now;
            }
            self.ledger.meet(next.ring());
            self.commits.push((now, epoch));
            let other = self.documents.insert(epoch, next);
            if !over_head || other.is_some() {
                self.note(Found::TwoDecisions, || {
                    format!("epoch {epoch} was decided twice, or over another than the head")
                });
            }
        }
    }

    pub(super) fn note(&mut self, found: Found, what: impl FnOnce() -> String) {
        if self.found.iter().filter(|it| it.0 == found).count() < 2 {
            let what = format!("at {}: {}", self.time.now(), what());
            self.found.push((found, what));
        }
    }

    pub(super) fn instance(&mut self, member: usize) -> Instance {
        if self.broken == Some(Broken::InstancesReused) {
            return Instance::from_bytes([u8::try_from(member % 2).unwrap(); 16]);
        }
        let mut bytes = [0; 16];
        for part in bytes.chunks_mut(4) {
            part.copy_from_slice(&self.dice.within(0..=u32::MAX).to_be_bytes());
        }
        Instance::from_bytes(bytes)
    }

    /// The time on the slowest clock.
    pub(super) fn slowest(&self) -> Timestamp {
        Timestamp::from_stored(self.time.now())
    }
}

fn init(store: &MemoryStore, times: &Times, time: &Time) -> Document {
    let clock = Clock::new(time, 0);
    let keeper = Keeper::new(store.clone(), times.settings()).clock(clock.reading());
    let mut init = Order::Init.begin(&Arc::new(keeper));
    let done = loop {
        if let Some(done) = init.poll() {
            break done;
        }
    };
    assert!(matches!(done, Done::Changed(Ok(_))), "{done:?}");
    store.state().head().unwrap().clone()
}
