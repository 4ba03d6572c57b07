//! What will become of each key, and when? What an operator wants to see.

use sealjar::{KeyId, Phase, Timestamp};

use crate::plan::Situation;

/// What comes next for a ring.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "made here only")]
pub struct Outlook {
    /// When the next rotation is due.
    pub rotation_due: Timestamp,
    /// From when on every replica is known to hold the ring's epoch, `None` when only replicas can tell.
    pub held_from: Option<Timestamp>,
    /// The keys, in the document's order.
    pub keys: Vec<KeyOutlook>,
}

/// What comes next for a key.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "made here only")]
pub struct KeyOutlook {
    /// Which.
    pub id: KeyId,
    /// What it does now.
    pub phase: Phase,
    /// Since when it is in this phase.
    pub since: Timestamp,
    /// Until when it is in this phase, as far as that is known.
    pub until: Option<Timestamp>,
    /// From when on it can be dropped, as far as that is known.
    pub gone_from: Option<Timestamp>,
}

impl Situation<'_> {
    /// Tells what comes next.
    #[must_use]
    pub fn outlook(&self) -> Outlook {
        let keys = self.ring.keys().iter();
        Outlook {
            rotation_due: self.rotation_due(),
            held_from: self.held_from(self.ring.epoch()),
            keys: keys
                .filter_map(|key| {
                    let phase = self.phase(key)?;
                    let skew = self.skew();
                    let next_begins = self.rotation_due().max(self.now).saturating_add(skew);
                    let (since, until) = match phase {
                        Phase::Standby => (key.staged_at, Some(next_begins)),
                        Phase::Staged => (key.staged_at, key.seals_from),
                        Phase::Sealing => (
                            key.seals_from.unwrap_or(key.staged_at),
                            Some(self.successor(key).unwrap_or(next_begins)),
                        ),
                        Phase::Opening => (
                            self.successor(key)
                                .or(key.seals_until)
                                .unwrap_or(key.staged_at),
                            key.opens_until,
                        ),
                        Phase::Revoked | Phase::Spent => (
                            match phase {
                                Phase::Revoked => key.seals_until,
                                _ => key.opens_until,
                            }
                            .unwrap_or(key.staged_at),
                            None,
                        ),
                        _ => (key.staged_at, None),
                    };
                    Some(KeyOutlook {
                        id: key.id(),
                        phase,
                        since,
                        until,
                        gone_from: key
                            .opens_until
                            .map(|until| until.saturating_add(skew).saturating_add(1)),
                    })
                })
                .collect(),
        }
    }
}
