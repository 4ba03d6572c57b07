//! What must hold, at each second.

use std::time::Duration;

use super::member::Serving;
use super::world::World;
use super::{Broken, Found};
use crate::ledger::judge;

impl World {
    pub(super) fn check(&mut self, now: u32) {
        self.ledger.bury(self.slowest());
        self.who_counts(now);
        self.who_can_seal();
        self.what_is_sealed_opens();
        self.tokens_open_as_the_ledger_says(now);
        self.nobody_is_behind(now);
        if now > self.rotated_at + STANDSTILL {
            self.note(Found::Standstill, || {
                format!("no key has begun for {STANDSTILL} s")
            });
        }
    }

    /// A replica counts that has taken an answer since it started or was last lost, while each
    /// keeper that may decide has heard of it within the lease.
    fn who_counts(&mut self, now: u32) {
        for member in &mut self.members {
            let Some(life) = &mut member.life else {
                continue;
            };
            for (at, post) in self.posts.iter().enumerate() {
                let Some(process) = &post.process else {
                    continue;
                };
                let asks = match self.broken {
                    Some(Broken::OneKeeperAsked) => life.only == Some(at),
                    _ => true,
                };
                let decides = now - process.since >= self.lease;
                let is_heard = life.heard[at].is_some_and(|heard| now - heard <= self.lease);
                life.counts &= !asks || !decides || is_heard;
            }
        }
    }

    fn who_can_seal(&mut self) {
        let mut without = Vec::new();
        for (at, member) in self.members.iter().enumerate() {
            let Some(life) = &member.life else { continue };
            let Some(serving) = &life.serving else {
                continue;
            };
            let clock = member.clock.now();
            let ring = serving.live.load();
            match ring.sealing_key(clock) {
                None => without.push(format!("web.{at} with epoch {}", ring.epoch())),
                Some(key) if life.counts => self.ledger.sealed(key, clock),
                Some(_) => {}
            }
        }
        for what in without {
            self.note(Found::NoKey, || what);
        }
    }

    /// What a replica that counts has sealed, each that counts opens until it expires.
    fn what_is_sealed_opens(&mut self) {
        let mut refused = Vec::new();
        for (at, member) in self.members.iter().enumerate() {
            let Some(life) = member.life.as_ref().filter(|it| it.counts) else {
                continue;
            };
            let Some(serving) = &life.serving else {
                continue;
            };
            let (ring, clock) = (serving.live.load(), member.clock.now());
            for id in &self.ledger.alive {
                let known = self.ledger.of(*id);
                let (Some(last), Some(expiry)) = (known.last_sealed, known.last_expiry()) else {
                    continue;
                };
                if clock >= expiry {
                    continue;
                }
                if let Err(reason) = judge(&ring, *id, last, expiry, clock) {
                    refused.push(format!(
                        "web.{at} with epoch {} refuses what was sealed at {last} under {id}: \
                         {reason:?}",
                        ring.epoch()
                    ));
                }
            }
        }
        for what in refused {
            self.note(Found::Refused, || what);
        }
    }

    /// The same with real tokens, of some replicas at a time.
    fn tokens_open_as_the_ledger_says(&mut self, now: u32) {
        let counted = |(at, member): (usize, &super::member::Member)| {
            let life = member.life.as_ref()?;
            (life.counts && life.serving.is_some()).then_some(at)
        };
        let counted: Vec<usize> = self
            .members
            .iter()
            .enumerate()
            .filter_map(counted)
            .collect();
        if counted.is_empty() {
            return;
        }
        let [seals, opens] = [(); 2].map(|()| counted[self.dice.index(counted.len())]);
        let clock = self.members[seals].clock.now();
        if let Some(serving) = self.serving(seals)
            && let Some(lifetime) = serving.live.load().sealing_key(clock).map(|it| it.lifetime)
        {
            let ttl = Duration::from_secs(lifetime.into());
            let token = serving.sealer.seal_at(b"probe", ttl, clock).unwrap();
            self.tokens.push((token, clock.saturating_add(lifetime)));
        }
        self.tokens.retain(|(_, expiry)| expiry.stored() > now);
        let clock = self.members[opens].clock.now();
        let Some((token, expiry)) = self.tokens.get(self.dice.index(self.tokens.len().max(1)))
        else {
            return;
        };
        let opened = self
            .serving(opens)
            .map(|it| it.sealer.open_token_at(token, clock));
        if let Some(Err(error)) = opened
            && clock < *expiry
        {
            let what = format!("web.{opens} refuses a token: {error}");
            self.note(Found::Refused, || what);
        }
    }

    fn serving(&self, at: usize) -> Option<&Serving> {
        self.members[at].life.as_ref()?.serving.as_ref()
    }

    /// No replica that hears a keeper uses something that is older than the newest by more than D.
    fn nobody_is_behind(&mut self, now: u32) {
        let distribution = self.times.distribution;
        let since = now - distribution;
        let newest = self.commits.iter().rev().find(|(at, _)| *at < since);
        let Some((_, newest)) = newest.copied() else {
            return;
        };
        let mut behind = Vec::new();
        for (at, member) in self.members.iter().enumerate() {
            let Some(life) = &member.life else { continue };
            let hears = life.hears_since.iter().any(|from| *from < since);
            let epoch = life.serving.as_ref().map(|it| it.live.load().epoch());
            if hears && epoch.is_none_or(|epoch| epoch < newest) {
                behind.push(format!("web.{at} has {epoch:?} where {newest} is old"));
            }
        }
        for what in behind {
            self.note(Found::Behind, || what);
        }
    }
}

/// After how many seconds without a new key rotation counts as held up.
const STANDSTILL: u32 = 500;
