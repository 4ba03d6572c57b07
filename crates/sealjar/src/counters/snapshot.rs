//! What the counters showed when they were read: what each key was used for, and what was refused.

use crate::key::KeyId;
use crate::refusal::RefusalKind;

/// What a sealer and its clones have done since they were made, counted for each key.
///
/// Counts only rise, and go on when the ring is swapped. They are of one process: an operator adds up
/// what the replicas say.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Uses {
    /// The keys of the ring in the document's order, and before them the last 64 that have left it. A
    /// key is forgotten once so many others have left after it.
    pub keys: Vec<KeyUses>,
    /// What was refused before a key of the ring was found, or for a reason that is of no one key:
    /// among others `malformed`, `unknown_version` and `unknown_key`. Ids that the ring does not hold
    /// come from whoever made the token, and are not counted apart.
    pub refused: RefusalCounts,
}

impl Uses {
    /// Returns the counts of a key, `None` for one that the ring never held or that is forgotten.
    #[must_use]
    pub fn key(&self, id: KeyId) -> Option<&KeyUses> {
        self.keys.iter().find(|key| key.id == id)
    }
}

/// What was done with one key.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct KeyUses {
    /// The key.
    pub id: KeyId,
    /// How many tokens were sealed with it.
    pub sealed: u64,
    /// How many tokens opened under it. A session that no longer comes no longer adds to it.
    pub opened: u64,
    /// How many tokens that name it were refused.
    pub refused: RefusalCounts,
}

/// How often each kind of refusal happened.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RefusalCounts(pub(crate) [u64; RefusalKind::COUNT]);

impl RefusalCounts {
    /// Returns how often a refusal of this kind happened.
    #[must_use]
    pub const fn of(&self, kind: RefusalKind) -> u64 {
        self.0[kind as usize]
    }

    /// Returns how many refusals there were of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Returns the kinds that happened and how often, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (RefusalKind, u64)> {
        let all = RefusalKind::ALL.iter().copied().zip(self.0);
        all.filter(|(_, count)| *count > 0)
    }
}
