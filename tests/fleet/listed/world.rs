//! The replicas, and what goes wrong with them.

use std::collections::HashMap;
use std::time::Duration;

use sealjar::keeper::RingDraft;
use sealjar::{
    __hazmat as hazmat, KeyRing, ListDelta, LiveRing, RevocationList, RingKey, Suite, Timestamp,
};
use sealjar_keeper::policy::RotationPolicy;
use sealjar_session::{Jar, Session};

use super::Broken;
use super::keeper::policy;
use crate::account::{APP, Account};
use crate::clock::{Clock, Time};
use crate::faults::Dice;

pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) time: Time,
    pub(super) broken: Option<Broken>,
    pub(super) skew: u32,
    pub(super) lifetime: u32,
    pub(super) policy: RotationPolicy,
    pub(super) ring: KeyRing,
    pub(super) list: RevocationList,
    pub(super) keeper: Clock,
    pub(super) replicas: Vec<Replica>,
    pub(super) sessions: Vec<Known>,
    /// What was committed for each person: the time, and the number of the list.
    pub(super) subjects: HashMap<String, Vec<(Timestamp, u64)>>,
    /// When a slow request ends, at which replica.
    pub(super) slow: Vec<(u32, usize, Session<Account>)>,
    pub(super) found: Vec<String>,
    pub(super) revoked: u32,
    pub(super) forgotten: u32,
    pub(super) shown: u32,
}

pub(super) struct Replica {
    pub(super) clock: Clock,
    pub(super) live: LiveRing,
    pub(super) jar: Jar<Account>,
    /// Until when it hears nothing.
    pub(super) cut_until: u32,
}

/// A session, and the copy of it that lives longest.
pub(super) struct Known {
    pub(super) id: [u8; 8],
    pub(super) name: String,
    pub(super) born: Timestamp,
    pub(super) text: String,
    pub(super) expires_at: Timestamp,
    /// The number of the list that was the first to refuse it.
    pub(super) revoked: Option<u64>,
}

impl World {
    pub(super) fn begin(seed: u64, broken: Option<Broken>) -> Self {
        let (mut dice, time) = (Dice::new(seed), Time::starting());
        let (skew, lifetime) = (dice.within(0..=3), dice.within(4..=10));
        let horizon = lifetime * 3 + dice.within(5..=20);
        let mut key = RingKey::standby(
            hazmat::known_key(Suite::Xaes256Gcm, 1),
            lifetime,
            1,
            Timestamp::MIN,
        );
        key.seals_from = Some(Timestamp::MIN);
        let mut draft = RingDraft::named("web", 1).unwrap();
        draft.keys = vec![key];
        draft.timing.skew = skew;
        draft.revocations.horizon = horizon;
        let ring = draft.build().unwrap();
        let clock = |dice: &mut Dice| Clock::new(&time, dice.within(0..=skew));
        let mut world = Self {
            policy: policy(skew, lifetime, horizon),
            list: RevocationList::empty(&ring),
            keeper: clock(&mut dice),
            replicas: (0..4)
                .map(|_| Replica::start(clock(&mut dice), &ring))
                .collect(),
            sessions: Vec::new(),
            subjects: HashMap::new(),
            slow: Vec::new(),
            found: Vec::new(),
            revoked: 0,
            forgotten: 0,
            shown: 0,
            ring,
            skew,
            lifetime,
            broken,
            time,
            dice,
        };
        for at in 0..world.replicas.len() {
            world.hear(at);
        }
        world
    }

    pub(super) fn run(mut self) -> Self {
        let begun = self.time.now();
        while self.time.now() < begun + 220 {
            self.time.pass();
            let now = self.time.now();
            for clock in self
                .replicas
                .iter()
                .map(|it| &it.clock)
                .chain([&self.keeper])
            {
                if self.dice.happens(0.1) {
                    clock.set_ahead(self.dice.within(0..=self.skew).into());
                }
            }
            if self.dice.happens(0.15) {
                self.log_in();
            }
            if self.dice.happens(0.15) {
                self.commit();
            }
            if self.dice.happens(0.01) {
                self.raise_horizon();
            }
            for at in 0..self.replicas.len() {
                self.live(at, now);
            }
            self.end_slow_requests(now);
        }
        self
    }

    /// One second of a replica.
    fn live(&mut self, at: usize, now: u32) {
        if self.dice.happens(0.02) {
            let long = 2 * self.ring.revocations().horizon;
            self.replicas[at].cut_until = now + self.dice.within(1..=long);
        }
        if self.dice.happens(0.01) {
            // From the ring that is mounted, without a list, and perhaps without a keeper.
            let ring = self.replicas[at].live.load();
            let clock = self.replicas[at].clock.clone();
            self.replicas[at] = Replica::start(clock, &ring);
            self.replicas[at].cut_until = now + self.dice.within(0..=2 * self.lifetime);
            self.slow.retain(|it| it.1 != at);
        }
        if self.replicas[at].cut_until <= now && self.dice.happens(0.7) {
            self.hear(at);
        }
        for which in 0..self.sessions.len() {
            let is_alive = self.sessions[which].expires_at.stored() + self.skew >= now;
            if is_alive && self.dice.happens(0.25) {
                self.show(at, which, now);
            }
        }
    }

    /// Takes what a head names: the list by its changes, and the ring.
    fn hear(&mut self, at: usize) {
        let replica = &self.replicas[at];
        let (held, now) = (replica.live.list(), Some(replica.clock.now()));
        let whole = self.list.to_bytes();
        let list = match ListDelta::between(&held, &self.list) {
            Some(delta) => held
                .updated(&ListDelta::from_bytes(&delta.to_bytes()).unwrap())
                .unwrap(),
            None => RevocationList::from_bytes(&whole).unwrap(),
        };
        assert!(list.to_bytes() == whole, "a delta led elsewhere");
        replica.live.replace_list_at(list, now).unwrap();
        replica.live.replace_at(copy(&self.ring), now).unwrap();
    }
}

impl Replica {
    fn start(clock: Clock, ring: &KeyRing) -> Self {
        let live = LiveRing::new(copy(ring));
        let jar = Jar::builder(&live, APP)
            // More than any horizon, so that sessions live for as long as the ring allows.
            .lifetime(Duration::from_secs(86_400))
            .clock(clock.reading())
            .build()
            .unwrap();
        Self {
            clock,
            live,
            jar,
            cut_until: 0,
        }
    }
}

fn copy(ring: &KeyRing) -> KeyRing {
    KeyRing::from_json(ring.to_json().as_bytes()).unwrap()
}
