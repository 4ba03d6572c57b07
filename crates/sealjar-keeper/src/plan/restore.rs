//! How does a ring come back from a document that somebody kept?
//!
//! As a **new epoch**, never as an old document put back: it revives no key and no session that the
//! last known ring had put out of use.
//!
//! Keys come from the document, which a person names, and from what is private to the keeper.
//! Anybody may have written the document that replicas read: it adds revocations and the number of
//! its epoch, as far as that can be true, and never a key.

use sealjar::{KeyId, KeyRing, Timestamp, keeper};

use crate::delivery::{Delivery, Publications};
use crate::plan::next::Next;
use crate::plan::{Change, ClockTrust, Mint, Publishing, Situation, pull_back};
use crate::policy::RotationPolicy;
use crate::refusal::Refused;
use crate::step::Step;

/// What a restore does with the sessions of before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sessions {
    /// Ends them all: what was revoked in epochs that are lost is not known.
    End,
    /// Keeps them, because somebody knows that nothing was revoked since.
    Keep,
}

/// All that a restore depends on.
#[derive(Clone, Copy)]
pub(crate) struct Restore<'a> {
    /// The document that a person names.
    pub(crate) document: &'a KeyRing,
    /// The rings that are private to the keeper: what its store still has.
    pub(crate) known: &'a [KeyRing],
    /// What replicas find where they look. Anybody may have put it there.
    pub(crate) delivered: &'a [KeyRing],
    /// Rings of the same name that are there and have neither the document's id nor one of its
    /// keys. Only their epochs count.
    pub(crate) strangers: &'a [KeyRing],
    /// Whether a person says that the document takes their place.
    pub(crate) replaces: bool,
    /// What becomes of the sessions of before.
    pub(crate) sessions: Sessions,
    /// The times to rotate by.
    pub(crate) policy: &'a RotationPolicy,
    /// The keeper's clock.
    pub(crate) now: Timestamp,
    /// Whether a person says that it is right.
    pub(crate) clock_is_right: bool,
    /// Where new keys come from.
    pub(crate) mint: &'a Mint,
}

impl Restore<'_> {
    /// Makes the epoch after the document, and after every other ring of the same name.
    ///
    /// The newest of the document and what is known is taken. The others only add what they
    /// revoked.
    ///
    /// # Errors
    /// As [`Situation::turn`]; [`Refused::Foreign`] for rings of another name, [`Refused::Another`]
    /// where nothing that is there has an id or a key in common with the document.
    pub(crate) fn decide(&self) -> Result<Change, Refused> {
        let known = self.known.iter().chain(self.delivered);
        let mut others = known.chain(self.strangers);
        if let Some(other) = others.find(|other| other.name() != self.document.name()) {
            return Err(Refused::Foreign {
                expected: other.name().into(),
                found: self.document.name().into(),
            });
        }
        if let Some(stranger) = self.strangers.iter().max_by_key(|it| it.epoch())
            && self.known.is_empty()
            && !self.replaces
        {
            return Err(Refused::Another {
                name: stranger.name().into(),
                there: stranger.id(),
                found: self.document.id(),
            });
        }
        // No replica is known to hold this epoch or any key of it, whatever it held before.
        let nobody = Delivery::Unacknowledged(Publications::default());
        let newest = newest(self.document, self.known);
        let skew = self.policy.timing().skew.max(newest.timing().skew);
        let pulled = if self.clock_is_right {
            pull_back(newest, &nobody, skew, self.now)?
        } else {
            None
        };
        let situation = Situation {
            ring: pulled.as_ref().map_or(newest, |(ring, _)| ring),
            delivery: &nobody,
            followers: None,
            policy: self.policy,
            publishing: Publishing::Free,
            now: self.now,
            clock: if self.clock_is_right {
                ClockTrust::Vouched {
                    pulled_back: pulled.is_some(),
                }
            } else {
                ClockTrust::Checked { last: None }
            },
            mint: self.mint,
        };
        self.check(&situation)?;
        self.go_on(&situation)
    }

    /// Documents may be old, so that they do not tell whether the clock is ahead.
    fn check(&self, situation: &Situation<'_>) -> Result<(), Refused> {
        let known = self.known.iter().map(KeyRing::issued_at);
        let latest = known.fold(self.document.issued_at(), Ord::max);
        situation.check_not_behind(latest)?;
        situation.check_suites()
    }

    fn go_on(&self, situation: &Situation<'_>) -> Result<Change, Refused> {
        let trusted = || self.known.iter().chain([self.document]);
        let latest = KeyRing::latest_epoch(self.now);
        let delivered = self.delivered.iter().chain(self.strangers);
        let delivered = delivered.map(KeyRing::epoch);
        let before = trusted()
            .map(KeyRing::epoch)
            .chain(delivered.filter(|epoch| *epoch < latest));
        let mut next = Next::epoch(situation, situation.epoch_of_restore(before)?);
        let floor_before = next.draft.revocations.floor;
        for other in trusted() {
            next.merge(other)?;
        }
        // What another ring has revoked says nothing of this one.
        let delivered = self.delivered.iter();
        for other in delivered.filter(|it| it.is_same_ring(self.document)) {
            next.merge_delivered(other)?;
        }
        if self.clock_is_right {
            let begun = next.begun();
            keeper::pull_back(&mut next.draft.revocations, begun);
        }
        self.tell_what_stays_away(&mut next);
        if let Some(stranger) = self.strangers.iter().max_by_key(|it| it.epoch()) {
            next.steps.push(Step::Replaced {
                there: stranger.id().to_string(),
            });
        }
        if self.sessions == Sessions::End {
            let ended = Some(next.begun());
            let floor = &mut next.draft.revocations.floor;
            *floor = (*floor).max(ended);
        }
        // The other rings may have raised it too.
        if let Some(born_before) = next.draft.revocations.floor
            && floor_before < Some(born_before)
        {
            next.steps.push(Step::FloorRaised { born_before });
        }
        next.drop_expired();
        next.complete()?;
        next.finish()
    }

    fn tell_what_stays_away(&self, next: &mut Next<'_>) {
        let newest = newest(self.document, self.known).epoch();
        let later = self.delivered.iter().filter(|it| it.epoch() > newest);
        let left_out = |key| Step::LeftOut { key };
        let not_revived = |key| Step::NotRevived { key };
        let document = std::iter::once((self.document, not_revived as fn(KeyId) -> Step));
        for (ring, step) in document.chain(later.map(|it| (it, left_out as fn(KeyId) -> Step))) {
            for key in ring.keys().iter().filter(|key| !key.is_revoked()) {
                let is_kept = next.unrevoked().any(|here| here.id() == key.id());
                let is_told = |told: &Step| {
                    matches!(told, Step::Revoked { key: told, .. } if *told == key.id())
                        || *told == not_revived(key.id())
                };
                if !is_kept && !next.steps.iter().any(is_told) {
                    next.steps.push(step(key.id()));
                }
            }
        }
    }
}

impl Next<'_> {
    /// Adds what a ring of the same history revoked.
    fn merge(&mut self, other: &KeyRing) -> Result<(), Refused> {
        keeper::merge(&mut self.draft.revocations, other.revocations());
        self.revoke_as(other)
    }

    /// Adds what a ring revoked that may be anybody's: whatever it says refuses no session that
    /// begins later, and is remembered no longer than the rest.
    fn merge_delivered(&mut self, other: &KeyRing) -> Result<(), Refused> {
        let mut revocations = other.revocations().clone();
        keeper::pull_back(&mut revocations, self.begun());
        revocations.horizon = self.draft.revocations.horizon;
        keeper::merge(&mut self.draft.revocations, &revocations);
        self.revoke_as(other)
    }

    fn revoke_as(&mut self, other: &KeyRing) -> Result<(), Refused> {
        for key in other.keys().iter().filter(|key| key.is_revoked()) {
            if self.unrevoked().any(|here| here.id() == key.id()) {
                self.revoke(key.id())?;
            }
        }
        Ok(())
    }
}

/// Returns the newest of what is known and a document, and of two with one epoch what is known.
#[must_use]
pub(crate) fn newest<'a>(document: &'a KeyRing, known: &'a [KeyRing]) -> &'a KeyRing {
    let rings = std::iter::once(document).chain(known);
    rings.max_by_key(|ring| ring.epoch()).unwrap_or(document)
}

/// Returns whether a document may be kept that holds the secrets of these keys: none of them has
/// since been dropped from the ring, revoked or spent.
#[must_use]
pub(crate) fn may_keep(ring: &KeyRing, keys: &[KeyId], now: Timestamp) -> bool {
    let mut keys = keys.iter();
    keys.all(|key| ring.opening_key(*key, now).is_some())
}
