//! How does a ring come back from a document that somebody kept?
//!
//! As a **new epoch**, never as an old document put back: it revives no key and no session that the last
//! known ring had put out of use.

use sealjar::{KeyId, KeyRing, Timestamp};

use crate::delivery::{Delivery, Publications};
use crate::plan::next::{Next, epoch_after};
use crate::plan::{Change, Mint, Publishing, Situation};
use crate::policy::RotationPolicy;
use crate::refusal::Refused;
use crate::step::Step;

/// What a restore does with the sessions of before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "they go or they stay")]
pub enum Sessions {
    /// Ends them all: what was revoked in epochs that are lost is not known.
    End,
    /// Keeps them, because somebody knows that nothing was revoked since.
    Keep,
}

/// Makes the epoch after a document that was kept, and after every other ring that is `known` of the
/// same name: what the store still has, what replicas have mounted.
///
/// The newest of them is the one that goes on. The others only add what they revoked.
///
/// # Errors
/// As [`Situation::turn`]; [`Refused::Foreign`] for rings of another name.
pub fn restore(
    document: &KeyRing,
    known: &[KeyRing],
    policy: &RotationPolicy,
    sessions: Sessions,
    now: Timestamp,
    mint: &Mint,
) -> Result<Change, Refused> {
    if let Some(other) = known.iter().find(|other| other.name() != document.name()) {
        return Err(Refused::Foreign {
            expected: other.name().into(),
            found: document.name().into(),
        });
    }
    let newest = newest(document, known);
    // Whoever had it before, nobody is known to hold this epoch or any key of it.
    let delivery = Delivery::Unacknowledged(Publications::default());
    let situation = Situation {
        ring: newest,
        delivery: &delivery,
        policy,
        publishing: Publishing::Free,
        now,
        mint,
    };
    situation.check()?;
    let mut next = Next::epoch_after(&situation);
    let floor_before = next.draft.revocations.floor;
    for other in known.iter().chain([document]) {
        next.draft.epoch = next.draft.epoch.max(epoch_after(other.epoch(), now));
        next.draft.revocations.merge(other.revocations());
        for key in other.keys().iter().filter(|key| key.is_revoked()) {
            if next.unrevoked().any(|here| here.id() == key.id()) {
                next.revoke(key.id())?;
            }
        }
    }
    for key in document.keys().iter().filter(|key| !key.is_revoked()) {
        let is_kept = next.unrevoked().any(|here| here.id() == key.id());
        let is_told =
            |step: &Step| matches!(step, Step::Revoked { key: told, .. } if *told == key.id());
        if !is_kept && !next.steps.iter().any(is_told) {
            next.steps.push(Step::NotRevived { key: key.id() });
        }
    }
    if sessions == Sessions::End {
        let ended = Some(now.saturating_add(situation.skew()));
        let floor = &mut next.draft.revocations.floor;
        *floor = (*floor).max(ended);
    }
    // The other rings may have raised it too.
    if let Some(born_before) = next.draft.revocations.floor
        && floor_before < Some(born_before)
    {
        next.steps.push(Step::FloorRaised { born_before });
    }
    next.drop_dead();
    next.complete()?;
    next.finish()
}

/// Returns the newest of what is known and a document, and of two with one epoch what is known.
#[must_use]
pub fn newest<'a>(document: &'a KeyRing, known: &'a [KeyRing]) -> &'a KeyRing {
    let rings = std::iter::once(document).chain(known);
    rings.max_by_key(|ring| ring.epoch()).unwrap_or(document)
}

impl Situation<'_> {
    /// Returns whether a document may be kept that holds the secrets of these keys: none of them has
    /// since been dropped, revoked or spent.
    #[must_use]
    pub fn may_keep(&self, keys: &[KeyId]) -> bool {
        let mut keys = keys.iter();
        keys.all(|key| self.ring.opening_key(*key, self.now).is_some())
    }
}
