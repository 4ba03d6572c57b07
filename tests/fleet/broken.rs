//! Broken variants of the protocol: which property fails with each?
//!
//! Each negative control changes one thing: the content of a commit, the knowledge of a delivery, a
//! replica's judgement. The simulation must catch a fleet that runs with one.

use sealjar::keeper::{RingDraft, prune};
use sealjar::{KeyRing, Timestamp};
use sealjar_keeper::delivery::{Delivery, Finished, Publications};

use crate::document::Document;

/// One fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Broken {
    /// A standby counts as held from its commit on, whatever happened to the publication.
    ActivateBeforeHeld,
    /// A session gets its begin as its birth, whatever the ring lists.
    BornNow,
    /// A replica clears a cookie whose key it does not know.
    ClearOnUnknownKey,
    /// The store accepts any commit, without comparing versions.
    CommitWithoutComparing,
    /// Revocations are compared with the time of sealing.
    CompareSealedAt,
    /// The ring keeps only sealing keys with an end.
    EndTheLast,
    /// The old key gets its end in the epoch that promotes its successor.
    EndWithPromotion,
    /// A logout mark expires after two seconds, less than a response may take, and a cookie that
    /// comes back is left in place.
    ForgetLogouts,
    /// Revocations are forgotten in the next epoch.
    ForgetRevocations,
    /// Clocks jump further than the skew.
    JumpBeyondSkew,
    /// Earlier epochs stay where a roll-out can bring them back.
    KeepEverything,
    /// The record of a publication stays when something else is found in its place.
    KeepRecord,
    /// The sealing key gets another lifetime, instead of a new key with that lifetime.
    LengthenKeys,
    /// A publication is reported but not made.
    PublishNothing,
    /// A key is removed when it no longer seals.
    RemoveTooEarly,
    /// A key comes back into use after its revocation.
    Revive,
    /// A new key seals in the epoch that publishes it.
    SealAtOnce,
    /// A replica accepts any document.
    TakeAnyEpoch,
    /// A replica accepts an epoch however far ahead of its clock it is.
    TakeEpochAhead,
}

impl Broken {
    /// What is committed in place of `next`.
    pub(crate) fn commit(self, before: &KeyRing, next: &KeyRing) -> Document {
        let mut draft = next.draft();
        match self {
            Self::SealAtOnce => seal_at_once(before, &mut draft),
            Self::EndWithPromotion => end_with_promotion(before, &mut draft),
            Self::EndTheLast => {
                for key in &mut draft.keys {
                    let ends = key.seals_from.map(|from| from.max(next.issued_at()));
                    key.seals_until = key.seals_until.or(ends);
                }
            }
            Self::RemoveTooEarly => draft.keys.retain(|key| {
                let end = key
                    .seals_until
                    .map(|until| until.saturating_add(next.timing().skew));
                end.is_none_or(|end| end >= next.issued_at())
            }),
            Self::LengthenKeys => {
                let lifetime = draft.next_key.map(|next_key| next_key.lifetime);
                for key in draft
                    .keys
                    .iter_mut()
                    .filter(|key| key.seals_until.is_none())
                {
                    key.lifetime = lifetime.unwrap_or(key.lifetime);
                }
            }
            Self::ForgetRevocations
                if next.revocations().entries() <= before.revocations().entries() =>
            {
                prune(&mut draft.revocations, Timestamp::MAX, 0);
            }
            Self::Revive => {
                for key in &mut draft.keys {
                    let usable = before.keys().iter().find(|old| old.id() == key.id());
                    if let (true, Some(old)) = (key.is_revoked(), usable) {
                        *key = old.clone();
                    }
                }
            }
            _ => {}
        }
        Document::of(&draft.build().unwrap())
    }

    /// What a keeper knows about where the ring has arrived.
    pub(crate) fn delivery(self, delivery: &mut Delivery, ring: &KeyRing) {
        if self != Self::ActivateBeforeHeld {
            return;
        }
        match delivery {
            Delivery::Acknowledged(fleet) => {
                for service in &mut fleet.services {
                    for holder in &mut service.replicas {
                        holder.epoch = ring.epoch();
                    }
                }
            }
            Delivery::Unacknowledged(publications) => {
                let timing = ring.timing();
                *publications = Publications::recorded(vec![Finished {
                    epoch: ring.epoch(),
                    at: ring
                        .issued_at()
                        .saturating_sub(timing.distribution + timing.skew),
                    wait: 0,
                }]);
            }
        }
    }
}

/// The new key replaces the standby that was next.
fn seal_at_once(before: &KeyRing, draft: &mut RingDraft) {
    let from = draft.issued_at.saturating_sub(draft.timing.skew);
    let was_standby = |id| {
        let mut keys = before.keys().iter();
        keys.any(|key| key.id() == id && key.seals_from.is_none())
    };
    let begins = draft
        .keys
        .iter()
        .position(|key| key.seals_from.is_some() && was_standby(key.id()));
    let is_new = |id| !before.keys().iter().any(|key| key.id() == id);
    let new = draft.keys.iter().position(|key| is_new(key.id()));
    if let (Some(begins), Some(new)) = (begins, new) {
        draft.keys[begins].seals_from = None;
        draft.keys[new].seals_from = Some(from);
    }
}

fn end_with_promotion(before: &KeyRing, draft: &mut RingDraft) {
    let skew = draft.timing.skew;
    let standing = before.keys().iter().filter_map(|key| key.seals_from).max();
    let begins = draft.keys.iter().filter_map(|key| key.seals_from).max();
    let Some(begins) = begins.filter(|begins| Some(*begins) > standing) else {
        return;
    };
    for key in &mut draft.keys {
        if key.seals_from.is_some_and(|from| from < begins) && key.seals_until.is_none() {
            let until = begins.saturating_add(skew);
            key.seals_until = Some(until);
            key.opens_until = Some(until.saturating_add(key.lifetime));
        }
    }
}
