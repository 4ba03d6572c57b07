//! Does a commit keep what the ring before it has promised?

use sealjar::{KeyRing, RingKey, Timestamp};

use super::Watch;
use crate::document::Document;
use crate::properties::Property;

impl Watch {
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
