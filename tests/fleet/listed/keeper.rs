//! What is committed, and when it is forgotten.

use sealjar::keeper::{ListDraft, ListRecord, Room};
use sealjar::{Revocation, RevocationList};
use sealjar_keeper::HumanDuration;
use sealjar_keeper::plan::ListSituation;
use sealjar_keeper::policy::{PolicySettings, RotationPolicy};

use super::Broken;
use super::world::World;
use crate::account::APP;

impl World {
    /// One commit of the keeper, for somebody who logs out everywhere or ends a session.
    pub(super) fn commit(&mut self) {
        let alive = self.sessions.iter().filter(|known| known.revoked.is_none());
        let alive: Vec<_> = alive.collect();
        if alive.is_empty() {
            return;
        }
        let known = alive[self.dice.index(alive.len())];
        let (id, born, name) = (known.id, known.born, known.name.clone());
        let replica = &self.replicas[self.dice.index(self.replicas.len())];
        let born_before = replica.clock.now().saturating_add(self.skew);
        let revokes_subject = self.dice.happens(0.4);
        let asked = if revokes_subject {
            let revocations = self.ring.revocations();
            let hash = revocations.subject_hash(APP, &name).unwrap();
            Revocation::Subject { hash, born_before }
        } else {
            let born = self.dice.happens(0.5).then_some(born);
            Revocation::Session { id, born }
        };
        let Some(next) = self.next(asked) else {
            return;
        };
        self.revoked += 1;
        let records = |list: &RevocationList| list.session_records() + list.subject_records();
        self.forgotten +=
            u32::try_from((records(&self.list) + 1).saturating_sub(records(&next))).unwrap();
        self.list = next;
        let seq = self.list.seq();
        if revokes_subject {
            let listed = self.subjects.entry(name.clone()).or_default();
            listed.push((born_before, seq));
        }
        for known in &mut self.sessions {
            let is_named = match revokes_subject {
                true => known.name == name && known.born < born_before,
                false => known.id == id,
            };
            if is_named {
                known.revoked = known.revoked.or(Some(seq));
            }
        }
    }

    fn next(&self, asked: Revocation) -> Option<RevocationList> {
        let now = self.keeper.now();
        if self.broken == Some(Broken::ForgetAfterLifetime) {
            let until = now.saturating_add(self.lifetime + 2 * self.skew);
            let record = match asked {
                Revocation::Session { id, .. } => ListRecord::Session { id, until },
                Revocation::Subject { hash, born_before } => ListRecord::Subject {
                    hash,
                    born_before,
                    until,
                },
            };
            let mut draft = ListDraft::new(&self.list, self.list.seq() + 1, now);
            draft.add(&[record], Room::Applications).unwrap();
            return Some(draft.build());
        }
        let mut next = self.situation().next();
        next.revoke(&[asked], Room::Applications).unwrap();
        next.finish()
    }

    fn situation(&self) -> ListSituation<'_> {
        ListSituation {
            list: &self.list,
            ring: &self.ring,
            policy: &self.policy,
            now: self.keeper.now(),
        }
    }

    pub(super) fn raise_horizon(&mut self) {
        let horizon = self.ring.revocations().horizon + self.dice.within(5..=30);
        self.policy = policy(self.skew, self.lifetime, horizon);
        if self.broken != Some(Broken::RaiseRingFirst)
            && let Some(list) = self.situation().before_horizon_rises()
        {
            self.list = list;
        }
        let mut draft = self.ring.draft();
        draft.epoch += 1;
        draft.revocations.horizon = horizon;
        self.ring = draft.build().unwrap();
    }
}

pub(super) fn policy(skew: u32, lifetime: u32, horizon: u32) -> RotationPolicy {
    let seconds = |seconds| Some(HumanDuration::from_secs(seconds));
    let settings = PolicySettings {
        rotate_every: seconds(100),
        distribution: seconds(5),
        skew: seconds(skew),
        token_lifetime: seconds(lifetime),
        revocation_horizon: seconds(horizon),
        suite: None,
    };
    settings.resolve(None).unwrap()
}
