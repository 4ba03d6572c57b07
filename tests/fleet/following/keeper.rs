//! Keepers: the real one takes turns, and what a replica asks is answered as `sealjar run --serve`
//! does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sealjar_follow::{
    Head, Hearing, Patience, Question, SignedHead, UncheckedQuestion, seal_ring, sign_answer,
};
use sealjar_keeper::followed::Followed;
use sealjar_keeper::{Keeper, KeeperError, Refused};

use super::world::{Asker, Flight, World};
use super::{Broken, Found, RING};
use crate::clock::{Clock, Time};
use crate::document::Document;
use crate::orders::{Done, Order, Work};
use crate::store::MemoryStore;

/// Where a keeper runs, and runs again after its death.
pub(super) struct Post {
    pub(super) clock: Clock,
    pub(super) process: Option<Process>,
    pub(super) back_at: u32,
}

pub(super) struct Process {
    pub(super) since: u32,
    keeper: Arc<Keeper<MemoryStore>>,
    followed: Followed,
    work: Option<Work>,
    wakes: u32,
    waiting: Vec<(Asker, Question, u32)>,
    /// What it read at its last turn.
    read: Document,
}

impl Post {
    pub(super) const fn new(clock: Clock) -> Self {
        Self {
            clock,
            process: None,
            back_at: 0,
        }
    }
}

impl World {
    pub(super) fn start_keeper(&mut self, at: usize, now: u32) {
        let clock = &self.posts[at].clock;
        let lease = Duration::from_secs(self.lease.into());
        let has_listened = match self.broken {
            Some(Broken::NoLeaseOfListening) => self.lease,
            _ => 0,
        };
        let elapsed = elapsed(&self.time, has_listened);
        let followed = Followed::clocked(lease, clock.now(), elapsed);
        let mut keeper =
            Keeper::new(self.store.clone(), self.times.settings()).clock(clock.reading());
        keeper.set_followed(followed.clone());
        let read = self.store.state().head().unwrap().clone();
        self.posts[at].process = Some(Process {
            since: now,
            keeper: Arc::new(keeper),
            followed,
            work: None,
            wakes: now,
            waiting: Vec::new(),
            read,
        });
    }

    /// A question has come.
    pub(super) fn asked(&mut self, flight: &Flight, now: u32) {
        let post = &mut self.posts[flight.post];
        let clock = post.clock.now();
        let Some(process) = &mut post.process else {
            return;
        };
        let question = UncheckedQuestion::new(&flight.bytes)
            .and_then(|it| it.check(self.speaker.delivery_key(), RING));
        let Ok(mut question) = question else {
            return;
        };
        if self.broken == Some(Broken::QuestionsWithoutCountAndTime) {
            self.last_ask += 1;
            (question.count, question.time) = (self.last_ask, clock);
        }
        let hearing = process.followed.hear(&question, self.times.skew, clock);
        if hearing == Hearing::Acknowledged {
            if flight.is_replay && now > flight.sent + 2 * self.times.skew + 30 {
                self.found.push((
                    Found::OldAcknowledged,
                    format!("at {now}: a question of {} acknowledges", flight.sent),
                ));
            }
            let member = &mut self.members[flight.asker.member];
            if let Some(life) = &mut member.life
                && life.start == flight.asker.start
            {
                life.heard[flight.post] = Some(now);
            }
        }
        let waits = match (hearing, question.patience) {
            (Hearing::Acknowledged, Patience::Waits(seconds)) => u32::from(seconds),
            _ => 0,
        };
        process.waiting.push((flight.asker, question, now + waits));
    }

    /// The keepers take steps in any order, and answer.
    pub(super) fn keep(&mut self, now: u32) {
        let mut turns: Vec<usize> = (0..self.posts.len())
            .flat_map(|at| std::iter::repeat_n(at, 1 + self.dice.index(12)))
            .collect();
        self.dice.shuffle(&mut turns);
        for at in turns {
            self.step(at, now);
            self.hear_of_commits();
        }
        for at in 0..self.posts.len() {
            self.answer_those_who_wait(at, now);
        }
    }

    fn step(&mut self, at: usize, now: u32) {
        let Some(process) = &mut self.posts[at].process else {
            return;
        };
        if process.work.is_none() && process.wakes <= now {
            process.work = Some(Order::Turn.begin(&process.keeper));
        }
        let Some(done) = process.work.as_mut().and_then(Work::poll) else {
            return;
        };
        process.work = None;
        process.read = self.store.state().head().unwrap().clone();
        process.wakes = now + self.dice.within(1..=4);
        if let Done::Turned(Err(KeeperError::Refused(refused))) = done {
            let is_stop = matches!(refused, Refused::HeadBehind { .. });
            let found = if is_stop {
                Found::Stopped
            } else {
                Found::GaveUp
            };
            self.note(found, || refused.to_string());
        }
    }

    fn answer_those_who_wait(&mut self, at: usize, now: u32) {
        let Some(process) = &mut self.posts[at].process else {
            return;
        };
        let current = match self.broken {
            Some(Broken::AnswersFromWhatWasRead) => process.read.clone(),
            _ => self.store.state().head().unwrap().clone(),
        };
        let head = head_of(&current);
        let ready = process.waiting.extract_if(.., |(_, question, until)| {
            *until <= now || question.held.as_ref().map(SignedHead::head) != Some(&head)
        });
        let ready: Vec<_> = ready.collect();
        if ready.is_empty() {
            return;
        }
        let key = self.speaker.delivery_key();
        let text = current.ring().to_json();
        let part = seal_ring(key, RING, current.epoch(), text.as_bytes()).unwrap();
        let signed = SignedHead::sign(&self.speaker, RING, head);
        let as_of = self.posts[at].clock.now();
        for (asker, question, _) in ready {
            let mut bytes =
                sign_answer(&self.speaker, RING, &question.nonce, as_of, &signed).to_vec();
            let held = question.held.as_ref().map(SignedHead::head);
            if held.is_none_or(|held| held.epoch != head.epoch) {
                bytes.extend_from_slice(&part);
            }
            self.send(Flight {
                arrives: now + 1,
                sent: now,
                post: at,
                asker,
                bytes,
                is_answer: true,
                is_replay: false,
            });
        }
    }
}

/// What a keeper says is current.
pub(super) fn head_of(document: &Document) -> Head {
    let ring = document.ring();
    Head::of(ring.epoch(), ring.to_json().as_bytes(), None)
}

/// A monotonic clock. After its first look it goes ahead by so many seconds: a keeper that believes
/// that it has listened for so long.
fn elapsed(time: &Time, has_listened: u32) -> impl Fn() -> Duration + Send + Sync + use<> {
    let (time, began, looks) = (time.clone(), time.now(), AtomicU32::new(0));
    move || {
        let is_first = looks.fetch_add(1, Ordering::Relaxed) == 0;
        let ahead = if is_first { 0 } else { has_listened };
        Duration::from_secs((time.now() - began + ahead).into())
    }
}
