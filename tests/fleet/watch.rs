//! Does every property hold at every commit and at every second?

mod commits;

use std::collections::BTreeMap;

use sealjar::{RingKey, Timestamp};
use sealjar_keeper::Step;

use crate::document::Document;
use crate::ledger::{Ledger, judge};
use crate::properties::{Checks, Property};

/// Watches a fleet.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    pub(crate) checks: Checks,
    pub(crate) ledger: Ledger,
    /// The highest epoch that every replica must hold, or has shown that it holds.
    pub(crate) distributed: u64,
    documents: BTreeMap<u64, Document>,
    head: Option<Document>,
    /// How often a key began to seal.
    pub(crate) rotations: u32,
    pub(crate) most_keys: usize,
}

/// Replicas with the same epoch and the same clock. They cannot behave differently.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Class {
    pub(crate) epoch: u64,
    pub(crate) clock: Timestamp,
    /// One of them.
    pub(crate) member: usize,
}

impl Watch {
    pub(crate) fn document(&self, epoch: u64) -> &Document {
        &self.documents[&epoch]
    }

    pub(crate) fn head(&self) -> Option<&Document> {
        self.head.as_ref()
    }

    /// Examines a second: every time of sealing against every time of opening.
    pub(crate) fn second(&mut self, classes: &[Class], slowest: Timestamp) {
        let at = slowest.stored();
        self.ledger.bury(slowest);
        for class in classes {
            let document = self.documents[&class.epoch].clone();
            let key = document.ring().sealing_key(class.clock);
            self.every_replica_can_seal(key, class, at);
            if let Some(key) = key {
                self.ledger.sealed(key, class.clock);
                self.what_seals_can_be_opened(key, classes, at);
            }
        }
        self.what_opens_anywhere_opens_everywhere(classes, at);
        self.what_is_revoked_opens_nowhere(classes, at);
    }

    /// Records what a keeper says that an epoch changed: only a step that says so may break a
    /// promise.
    pub(crate) fn announced(&mut self, steps: &[Step], epoch: u64, at: u32) {
        let said = |id| {
            let is_said =
                |step: &Step| matches!(step, Step::SealsBeforeHeld { key, .. } if *key == id);
            steps.iter().any(is_said)
        };
        let exposed = self
            .ledger
            .all()
            .filter(|(_, life)| life.exposed_in == Some(epoch));
        let unsaid: Vec<_> = exposed.map(|(id, _)| id).filter(|id| !said(*id)).collect();
        for id in unsaid {
            let Some(life) = self.ledger.of_mut(id) else {
                continue;
            };
            life.exposed_in = None;
            let needed = life.needed_excuse;
            self.checks.assert(Property::StagedBeforeSealing, !needed, at, || {
                format!("key {id} sealed before every replica could open what it sealed, and no step said so")
            });
        }
    }

    fn every_replica_can_seal(&mut self, key: Option<&RingKey>, class: &Class, at: u32) {
        self.checks
            .assert(Property::EveryReplicaCanSeal, key.is_some(), at, || {
                format!("no key seals with epoch {} at {}", class.epoch, class.clock)
            });
    }

    fn what_seals_can_be_opened(&mut self, key: &RingKey, classes: &[Class], at: u32) {
        let Some(life) = self.ledger.of_mut(key.id()) else {
            return;
        };
        if life.revoked_in.is_some() {
            return;
        }
        for other in classes {
            let opens = self.documents[&other.epoch]
                .ring()
                .opening_key(key.id(), other.clock)
                .is_some();
            let excused = life.exposed_in.is_some_and(|epoch| other.epoch < epoch);
            life.needed_excuse |= excused && !opens;
            self.checks.assert(
                Property::EveryReplicaHasTheSealingKey,
                opens || excused,
                at,
                || {
                    let (id, epoch) = (key.id(), other.epoch);
                    format!(
                        "key {id} seals, and a replica with epoch {epoch} cannot open it at {}",
                        other.clock
                    )
                },
            );
        }
    }

    fn what_opens_anywhere_opens_everywhere(&mut self, classes: &[Class], at: u32) {
        for id in &self.ledger.alive.clone() {
            let Some(life) = self.ledger.of_mut(*id) else {
                continue;
            };
            let (Some(last), Some(expiry), None) =
                (life.last_sealed, life.last_expiry(), life.revoked_in)
            else {
                continue;
            };
            for class in classes.iter().filter(|class| class.clock < expiry) {
                let ring = self.documents[&class.epoch].ring();
                let refused = judge(ring, *id, last, expiry, class.clock).err();
                let excused = life.exposed_in.is_some_and(|epoch| class.epoch < epoch);
                life.needed_excuse |= excused && refused.is_some();
                self.checks.assert(Property::AcceptedEverywhere, refused.is_none() || excused, at, || {
                    let (epoch, clock) = (class.epoch, class.clock);
                    format!(
                        "a token under key {id} sealed at {last} is refused ({refused:?}) with epoch \
                         {epoch} at {clock}"
                    )
                });
            }
        }
    }

    fn what_is_revoked_opens_nowhere(&mut self, classes: &[Class], at: u32) {
        for id in &self.ledger.alive {
            let life = self.ledger.of(*id);
            let Some(revoked_in) = life.revoked_in.filter(|epoch| *epoch <= self.distributed)
            else {
                continue;
            };
            for class in classes {
                let ring = self.documents[&class.epoch].ring();
                let refused = ring.opening_key(*id, class.clock).is_none();
                self.checks
                    .assert(Property::RevokedStaysRevoked, refused, at, || {
                        let epoch = class.epoch;
                        format!("key {id}, revoked in epoch {revoked_in}, opens with epoch {epoch}")
                    });
            }
        }
    }
}
