//! Does every property hold at every commit and at every second?

use std::collections::BTreeMap;

use sealjar::{KeyRing, RingKey, Timestamp};
use sealjar_keeper::Step;

use crate::document::Document;
use crate::ledger::{Ledger, Reason, judge};
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

    /// Examines a commit. `slowest` is the time of the slowest clock.
    pub(crate) fn committed(&mut self, next: &Document, over_head: bool, slowest: Timestamp) {
        let at = slowest.stored();
        let before = self.head.replace(next.clone());
        let before = before.as_ref().map(Document::ring);
        self.one_content_for_each_epoch(before, next, at);
        self.one_decision_for_each_epoch(next, over_head, at);
        self.ledger.meet(next.ring());
        self.nothing_revoked_returns_to_a_ring(next.ring(), at);
        self.most_keys = self.most_keys.max(next.ring().keys().len());
        for key in begun(before, next.ring()) {
            self.rotations += 1;
            self.what_seals_was_staged_before(before, key, next.ring(), at);
        }
        if let Some(before) = before {
            self.what_is_dropped_is_over(before, next.ring(), slowest);
            self.what_is_deleted_is_not_referenced(before, next.ring(), slowest);
        }
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

    fn one_content_for_each_epoch(&mut self, before: Option<&KeyRing>, next: &Document, at: u32) {
        // No replica can hold an epoch that is ahead of every clock.
        let clock = Timestamp::from_stored(at);
        let rises = before.is_none_or(|before| {
            before.epoch() < next.epoch() || before.check_epoch(clock).is_err()
        });
        let is_new = self.documents.insert(next.epoch(), next.clone()).is_none();
        self.checks
            .assert(Property::EpochsNeverFall, rises && is_new, at, || {
                format!(
                    "epoch {} was committed after {:?}",
                    next.epoch(),
                    before.map(KeyRing::epoch)
                )
            });
    }

    fn one_decision_for_each_epoch(&mut self, next: &Document, over_head: bool, at: u32) {
        self.checks
            .assert(Property::KeepersAgree, over_head, at, || {
                format!("{next:?} was decided over an epoch that was not the head any more")
            });
    }

    /// Exceptions are the first ring, and an emergency without a better choice: the keeper has to
    /// say so.
    fn what_seals_was_staged_before(
        &mut self,
        before: Option<&KeyRing>,
        key: &RingKey,
        next: &KeyRing,
        at: u32,
    ) {
        let Some(before) = before else { return };
        let goes_on = |old: &&RingKey| {
            old.seals_from.is_some() && old.seals_until.is_none() && !old.is_revoked()
        };
        let mut going_on = before.keys().iter().filter(goes_on);
        let is_revoked = |id| {
            next.keys()
                .iter()
                .any(|key| key.id() == id && key.is_revoked())
        };
        let orphaned = going_on.all(|old| is_revoked(old.id()));
        if orphaned && let Some(life) = self.ledger.of_mut(key.id()) {
            life.exposed_in = Some(next.epoch());
        }
        let staged_before = key.staged_epoch < next.epoch();
        self.checks.assert(
            Property::StagedBeforeSealing,
            staged_before || orphaned,
            at,
            || {
                format!(
                    "key {} begins to seal in the epoch that publishes it",
                    key.id()
                )
            },
        );
    }

    fn what_is_dropped_is_over(&mut self, before: &KeyRing, next: &KeyRing, slowest: Timestamp) {
        for key in dropped(before, next) {
            let never_sealed = || self.ledger.of(key.id()).last_sealed.is_none();
            let is_over = match key.seals_from {
                // A standby may be replaced by another: no replica was ever told to seal with it.
                None => never_sealed(),
                Some(_) => key.opens_until.is_some_and(|until| until < slowest),
            };
            self.checks.assert(
                Property::DroppedAfterItsEnd,
                is_over,
                slowest.stored(),
                || {
                    format!(
                        "key {} is dropped, which opens until {:?}",
                        key.id(),
                        key.opens_until
                    )
                },
            );
        }
    }

    fn what_is_deleted_is_not_referenced(
        &mut self,
        before: &KeyRing,
        next: &KeyRing,
        slowest: Timestamp,
    ) {
        for key in dropped(before, next).filter(|key| !key.is_revoked()) {
            let last = self.ledger.of(key.id()).last_expiry();
            let is_dead = last.is_none_or(|expiry| expiry <= slowest);
            self.checks.assert(
                Property::ReferencedIsKept,
                is_dead,
                slowest.stored(),
                || {
                    format!(
                        "key {} is deleted while a token under it lives until {last:?}",
                        key.id()
                    )
                },
            );
        }
    }

    fn nothing_revoked_returns_to_a_ring(&mut self, next: &KeyRing, at: u32) {
        for key in next.keys().iter().filter(|key| !key.is_revoked()) {
            let revoked_in = self.ledger.of(key.id()).revoked_in;
            self.checks.assert(
                Property::RevokedStaysRevoked,
                revoked_in.is_none(),
                at,
                || format!("key {}, revoked in epoch {revoked_in:?}, is back", key.id()),
            );
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

/// The keys that get a time to seal from, or lose their end.
fn begun<'a>(before: Option<&'a KeyRing>, next: &'a KeyRing) -> impl Iterator<Item = &'a RingKey> {
    let begins =
        |key: &&RingKey| !key.is_revoked() && key.seals_from.is_some() && key.seals_until.is_none();
    let begun_before = move |id| {
        let mut keys = before.into_iter().flat_map(|ring| ring.keys());
        keys.any(|key| key.id() == id && begins(&key))
    };
    next.keys()
        .iter()
        .filter(begins)
        .filter(move |key| !begun_before(key.id()))
}

fn dropped<'a>(before: &'a KeyRing, next: &'a KeyRing) -> impl Iterator<Item = &'a RingKey> {
    let stays = |id| next.keys().iter().any(|key| key.id() == id);
    before.keys().iter().filter(move |key| !stays(key.id()))
}

/// Names of reasons, to compare them with a real sealer's refusal.
impl Reason {
    pub(crate) const fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::BadTime => &["bad_time"],
            Self::Expired => &["expired"],
            Self::NoSuchKey => &["unknown_key", "spent_key", "revoked_key"],
            Self::OutsideKeyWindow => &["outside_key_window"],
        }
    }
}
