//! What does the next epoch of a ring say?

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::error::RingError;
use crate::key::KeyId;
use crate::revocation::Revocations;
use crate::ring::KeyRing;
use crate::ring_id::RingId;
use crate::ring_key::RingKey;

/// What a ring says, open to change. [`build`](Self::build) makes a [`KeyRing`] of it.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a new field is a new format")]
pub struct RingDraft {
    /// Fields of the document that a reader must know to use it at all. Each is one that this build
    /// knows; to make an older build refuse the ring, name a field that it does not.
    pub critical: Vec<String>,
    /// The ring's name, 1 to 24 of `a-z`, `0-9` and `-`.
    pub name: String,
    /// What tells the ring from others of its name, kept through all epochs. `None`: the document names no id,
    /// and [`KeyRing::id`] computes it.
    pub id: Option<RingId>,
    /// The epoch, greater than that of every document before.
    pub epoch: u64,
    /// When this document is issued.
    pub issued_at: Timestamp,
    /// The times that the rotation protocol works with.
    pub timing: Timing,
    /// What the next key is to be, `None` where nobody has said.
    pub next_key: Option<NextKey>,
    /// The applications whose sessions the ring seals, as far as somebody has named them. At most 64.
    pub apps: BTreeSet<String>,
    /// 1 to 64 keys.
    pub keys: Vec<RingKey>,
    /// What is revoked.
    pub revocations: Revocations,
}

impl RingDraft {
    /// Writes the ring's id into the document where it names none. A keeper does this before anything else,
    /// so that the id outlives the pepper that it was computed from.
    pub fn keep_id(&mut self) {
        let pepper = self.revocations.pepper();
        self.id.get_or_insert_with(|| RingId::of_pepper(pepper));
    }

    /// Checks the draft and makes a ring of it.
    ///
    /// # Errors
    /// [`RingError::Document`] with the place and the reason: a bad name, an epoch beyond
    /// [`KeyRing::MAX_EPOCH`], no key or more than 64, two keys with one id, times of a key out of order,
    /// more than 8192 revocations.
    /// [`RingError::TooLarge`] when the document would be longer than 500 000 bytes.
    pub fn build(self) -> Result<KeyRing, RingError> {
        let ring = self.check()?;
        let size = ring.to_json().len();
        if size > KeyRing::MAX_DOCUMENT {
            return Err(RingError::TooLarge { size });
        }
        Ok(ring)
    }

    /// Checks all but the length of the document, which for one that was read is known to be right.
    pub(crate) fn check(self) -> Result<KeyRing, RingError> {
        if !is_ring_name(&self.name) {
            return Err(RingError::document(
                "ring",
                "must be 1 to 24 of a-z, 0-9 and -",
            ));
        }
        if self.keys.is_empty() || self.keys.len() > KeyRing::MAX_KEYS {
            return Err(RingError::document(
                "keys",
                format!("holds {} keys, 1 to 64 are allowed", self.keys.len()),
            ));
        }
        if self.epoch > KeyRing::MAX_EPOCH {
            return Err(RingError::document(
                "epoch",
                format!("must be at most {}", KeyRing::MAX_EPOCH),
            ));
        }
        for (at, key) in self.keys.iter().enumerate() {
            key.check(at)?;
        }
        if self.apps.len() > KeyRing::MAX_APPS {
            return Err(RingError::document(
                "apps",
                format!("holds {} names, at most 64 are allowed", self.apps.len()),
            ));
        }
        let index = self.index();
        if let Some(twins) = index.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(RingError::document(
                format!("keys[{}].id", twins[1].1),
                format!("is also the id of keys[{}]", twins[0].1),
            ));
        }
        if self.revocations.entries() > Revocations::MAX_ENTRIES {
            return Err(RingError::document(
                "revocations",
                format!(
                    "holds {} entries, at most 8192 are allowed: raise the floor on purpose instead",
                    self.revocations.entries()
                ),
            ));
        }
        Ok(KeyRing::indexed(self, index))
    }

    pub(crate) fn index(&self) -> Vec<(KeyId, usize)> {
        let mut index: Vec<_> = self.keys.iter().map(|key| key.id).zip(0..).collect();
        index.sort_unstable();
        index
    }
}

/// What the next key of a ring is to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a new field is a new format")]
pub struct NextKey {
    /// The longest that a token under it may live, in seconds.
    pub lifetime: u32,
    /// Whether it seals as soon as every replica holds it, and does not wait for the rotation to be due.
    pub early: bool,
}

/// The times of the rotation protocol, in seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a new field is a new format")]
pub struct Timing {
    /// How often the sealing key changes.
    pub rotate_every: u32,
    /// Within what time a published document is on every ready replica.
    pub distribution: u32,
    /// How far apart any two clocks may be.
    pub skew: u32,
}

pub(crate) fn is_ring_name(name: &str) -> bool {
    (1..=24).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
