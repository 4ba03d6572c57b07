//! Replicas: with what they start, how they end, and from whom they are cut off.

use sealjar::{Context, KeyRing, LiveRing, Sealer, Timestamp};
use sealjar_follow::{Instance, Patience, Question, SignedHead};

use super::world::{Asker, Flight, World};
use super::{Broken, RING};
use crate::clock::Clock;

pub(super) struct Member {
    pub(super) clock: Clock,
    pub(super) life: Option<Life>,
    pub(super) back_at: u32,
    /// Until when it neither hears nor reaches each keeper.
    pub(super) cut: Vec<u32>,
    /// Until when it asks and does not take what comes.
    pub(super) stuck_until: u32,
}

/// One start of a replica.
pub(super) struct Life {
    pub(super) start: u64,
    pub(super) began: u32,
    pub(super) instance: Instance,
    pub(super) count: u64,
    pub(super) serving: Option<Serving>,
    pub(super) held: Option<SignedHead>,
    /// What waits for an answer from each keeper.
    pub(super) asks: Vec<Option<Ask>>,
    pub(super) again_at: Vec<u32>,
    /// The only keeper that it asks, where it does not ask all.
    pub(super) only: Option<usize>,
    /// When each keeper has heard of it last.
    pub(super) heard: Vec<Option<u32>>,
    /// It has taken an answer since it started or was last lost.
    pub(super) counts: bool,
    /// Since when it hears each keeper without a break.
    pub(super) hears_since: Vec<u32>,
}

pub(super) struct Serving {
    pub(super) live: LiveRing,
    pub(super) sealer: Sealer,
}

/// A question that waits for its answer.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) number: u64,
    pub(super) nonce: [u8; 16],
    pub(super) time: Timestamp,
    pub(super) held: Option<SignedHead>,
    pub(super) gives_up: u32,
}

impl Member {
    pub(super) fn new(clock: Clock, keepers: usize) -> Self {
        Self {
            clock,
            life: None,
            back_at: 0,
            cut: vec![0; keepers],
            stuck_until: 0,
        }
    }
}

impl Life {
    pub(super) fn asks(&self, post: usize) -> bool {
        self.only.is_none_or(|only| only == post)
    }
}

impl Serving {
    pub(super) fn of(ring: KeyRing) -> Self {
        let live = LiveRing::new(ring);
        let sealer = Sealer::new(&live, Context::new("fleet", "link")).unwrap();
        Self { live, sealer }
    }
}

impl World {
    /// Starts and ends keepers and replicas, and cuts them off from each other.
    pub(super) fn live_and_die(&mut self, now: u32) {
        for at in 0..self.posts.len() {
            if self.posts[at].process.is_none() && self.posts[at].back_at <= now {
                self.start_keeper(at, now);
                for life in self.members.iter_mut().filter_map(|it| it.life.as_mut()) {
                    life.heard[at] = None;
                    life.hears_since[at] = now + RETRY;
                }
            } else if self.posts[at].process.is_some() && self.dice.happens(0.003) {
                self.tried.faults += 1;
                self.posts[at].process = None;
                let longest = 20 * self.dice.within(0..=4) + 1;
                self.posts[at].back_at = now + self.dice.within(1..=longest);
            }
        }
        for at in 0..self.members.len() {
            if self.members[at].life.is_none() && self.members[at].back_at <= now {
                self.start_member(at, now);
            } else if self.members[at].life.is_some() && self.dice.happens(0.003) {
                self.tried.faults += 1;
                if self.dice.happens(0.5) {
                    self.say_farewell(at, now);
                }
                self.members[at].life = None;
                self.members[at].back_at = now + self.dice.within(0..=5);
            }
            for post in 0..self.posts.len() {
                if self.dice.happens(0.0015) {
                    self.tried.faults += 1;
                    self.members[at].cut[post] = now + self.dice.within(1..=3 * self.lease);
                }
            }
            if self.dice.happens(0.0015) {
                self.tried.faults += 1;
                self.members[at].stuck_until = now + self.dice.within(1..=2 * self.lease);
            }
            self.start_without_an_answer(at, now);
        }
    }

    fn start_member(&mut self, at: usize, now: u32) {
        self.last_ask += 1;
        let posts = self.posts.len();
        let only = (self.broken == Some(Broken::OneKeeperAsked)).then(|| self.dice.index(posts));
        self.members[at].stuck_until = 0;
        self.members[at].life = Some(Life {
            start: self.last_ask,
            began: now,
            instance: self.instance(at),
            count: 0,
            serving: None,
            held: None,
            asks: vec![None; posts],
            again_at: vec![now; posts],
            only,
            heard: vec![None; posts],
            counts: false,
            hears_since: vec![now + RETRY; posts],
        });
    }

    /// After two seconds a replica starts with what is mounted.
    fn start_without_an_answer(&mut self, at: usize, now: u32) {
        let Some(life) = &mut self.members[at].life else {
            return;
        };
        if life.serving.is_none() && now >= life.began + 2 {
            life.serving = Some(Serving::of(self.mounted.read()));
            self.tried.starts_alone += 1;
        }
    }

    /// A replica that ends says so.
    fn say_farewell(&mut self, at: usize, now: u32) {
        self.last_ask += 1;
        let member = &self.members[at];
        let Some(life) = &member.life else { return };
        let question = Question {
            nonce: [2; 16],
            instance: life.instance,
            count: self.last_ask,
            time: member.clock.now(),
            patience: Patience::Ends,
            name: format!("web.{at}"),
            held: life.held.clone(),
        };
        let bytes = question.to_bytes(self.speaker.delivery_key(), RING);
        let asker = Asker {
            member: at,
            start: life.start,
            ask: self.last_ask,
        };
        for post in 0..self.posts.len() {
            self.send(Flight {
                arrives: now,
                sent: now,
                post,
                asker,
                bytes: bytes.clone(),
                is_answer: false,
                is_replay: false,
            });
        }
    }
}

/// How long a question may wait for an answer that does not come, and a new one take.
pub(super) const RETRY: u32 = 20;
