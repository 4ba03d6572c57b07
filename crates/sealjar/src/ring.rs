//! Which key seals now, and which keys open?

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::aead::Suite;
use crate::clock::Timestamp;
use crate::document;
use crate::error::RingError;
use crate::key::{Key, KeyId};
use crate::revocation::Revocations;

/// Holds 1 to 64 keys, when each seals and opens, and what is revoked.
///
/// A ring cannot exist in a bad state: it comes from [`from_json`](Self::from_json) or from
/// [`RingDraft::build`], which check it, or from a single [`Key`].
pub struct KeyRing {
    ring: RingDraft,
    /// Sorted, so that opening with 64 keys costs what opening with one does.
    index: Vec<(KeyId, usize)>,
}

impl KeyRing {
    /// The greatest number of keys.
    pub const MAX_KEYS: usize = 64;
    /// The greatest length of a ring document in bytes.
    pub const MAX_DOCUMENT: usize = 500_000;

    /// Reads a ring document, at most 500 000 bytes of JSON.
    ///
    /// Unknown fields are ignored unless the document names them under `critical`.
    ///
    /// # Errors
    /// [`RingError::TooLarge`], [`RingError::Syntax`], [`RingError::UnsupportedFormat`], or
    /// [`RingError::Document`] with the place and the reason. No error repeats a value.
    pub fn from_json(text: &[u8]) -> Result<Self, RingError> {
        document::read(text)?.build()
    }

    /// Writes the ring document, secrets included. It is wiped from memory on drop.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<String> {
        document::write(&self.ring)
    }

    /// Copies the ring's content, to change it and [`build`](RingDraft::build) the next epoch.
    #[must_use]
    pub fn draft(&self) -> RingDraft {
        self.ring.clone()
    }

    /// Returns the ring's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.ring.name
    }

    /// Returns the epoch, which rises with every change.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.ring.epoch
    }

    /// Returns when the document was issued.
    #[must_use]
    pub const fn issued_at(&self) -> Timestamp {
        self.ring.issued_at
    }

    /// Returns the times that the rotation protocol works with.
    #[must_use]
    pub const fn timing(&self) -> Timing {
        self.ring.timing
    }

    /// Returns the keys in the document's order.
    #[must_use]
    pub fn keys(&self) -> &[RingKey] {
        &self.ring.keys
    }

    /// Returns what the ring revokes.
    #[must_use]
    pub const fn revocations(&self) -> &Revocations {
        &self.ring.revocations
    }

    /// Returns the key that seals at `now`: of the unrevoked keys that have begun and not ended, the
    /// one that began last, ties broken by the greatest id.
    ///
    /// It may be a key of a suite that this build does not know, and then nothing can be sealed.
    #[must_use]
    pub fn sealing_key(&self, now: Timestamp) -> Option<&RingKey> {
        self.sealing_position(now).map(|at| &self.ring.keys[at])
    }

    /// Returns the key with this id if it opens at `now`: it is neither revoked nor spent.
    #[must_use]
    pub fn opening_key(&self, id: KeyId, now: Timestamp) -> Option<&RingKey> {
        let key = &self.ring.keys[self.position(id)?];
        (!key.is_revoked() && !key.is_spent(now)).then_some(key)
    }

    /// Returns what the key with this id does at `now`, `None` when the ring has no such key.
    #[must_use]
    pub fn phase(&self, id: KeyId, now: Timestamp) -> Option<Phase> {
        let at = self.position(id)?;
        let key = &self.ring.keys[at];
        Some(if key.is_revoked() {
            Phase::Revoked
        } else if key.is_spent(now) {
            Phase::Spent
        } else if self.sealing_position(now) == Some(at) {
            Phase::Sealing
        } else {
            match key.seals_from {
                None => Phase::Standby,
                Some(from) if now < from => Phase::Staged,
                Some(_) => Phase::Opening,
            }
        })
    }

    pub(crate) fn position(&self, id: KeyId) -> Option<usize> {
        self.index
            .binary_search_by_key(&id, |(id, _)| *id)
            .ok()
            .map(|at| self.index[at].1)
    }

    pub(crate) fn sealing_position(&self, now: Timestamp) -> Option<usize> {
        self.ring
            .keys
            .iter()
            .enumerate()
            .filter(|(_, key)| key.seals_at(now))
            .max_by_key(|(_, key)| (key.seals_from, key.id))
            .map(|(at, _)| at)
    }

    /// Compares what two documents say, not how they are written.
    pub(crate) fn same_content(&self, other: &Self) -> bool {
        let (this, other) = (&self.ring, &other.ring);
        this.name == other.name
            && this.epoch == other.epoch
            && this.issued_at == other.issued_at
            && this.timing == other.timing
            && this.revocations.same_content(&other.revocations)
            && this.keys.len() == other.keys.len()
            && this
                .keys
                .iter()
                .zip(&other.keys)
                .all(|(a, b)| a.same_content(b))
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.ring, f)
    }
}

impl From<Key> for KeyRing {
    /// Makes a ring named `single` of one key that has always sealed and never stops, with tokens of
    /// at most 24 hours. For first steps and tests: it cannot rotate.
    fn from(key: Key) -> Self {
        let mut only = RingKey::standby(key, 86_400, 0, Timestamp::MIN);
        only.seals_from = Some(Timestamp::MIN);
        let draft = RingDraft {
            name: "single".into(),
            epoch: 0,
            issued_at: Timestamp::MIN,
            timing: Timing {
                rotate_every: 604_800,
                distribution: 300,
                skew: 30,
            },
            // Nothing can be revoked in a ring that nobody writes, so the pepper hides nothing.
            revocations: Revocations::new(Zeroizing::new([0; 32]), u32::MAX),
            keys: vec![only],
        };
        Self {
            index: draft.index(),
            ring: draft,
        }
    }
}

/// What a ring says, open to change. [`build`](Self::build) makes a [`KeyRing`] of it.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a new field is a new format")]
pub struct RingDraft {
    /// The ring's name, 1 to 24 of `a-z`, `0-9` and `-`.
    pub name: String,
    /// The epoch, greater than that of every document before.
    pub epoch: u64,
    /// When this document is issued.
    pub issued_at: Timestamp,
    /// The times that the rotation protocol works with.
    pub timing: Timing,
    /// 1 to 64 keys.
    pub keys: Vec<RingKey>,
    /// What is revoked.
    pub revocations: Revocations,
}

impl RingDraft {
    /// Checks the draft and makes a ring of it.
    ///
    /// # Errors
    /// [`RingError::Document`] with the place and the reason: a bad name, no key or more than 64, two
    /// keys with one id, times of a key out of order, more than 8192 revocations.
    /// [`RingError::TooLarge`] when the document would be longer than 500 000 bytes.
    pub fn build(self) -> Result<KeyRing, RingError> {
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
        for (at, key) in self.keys.iter().enumerate() {
            key.check(at)?;
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
        let ring = KeyRing { ring: self, index };
        let size = ring.to_json().len();
        if size > KeyRing::MAX_DOCUMENT {
            return Err(RingError::TooLarge { size });
        }
        Ok(ring)
    }

    fn index(&self) -> Vec<(KeyId, usize)> {
        let mut index: Vec<_> = self.keys.iter().map(|key| key.id).zip(0..).collect();
        index.sort_unstable();
        index
    }
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

/// A key and its times in a ring.
#[derive(Clone)]
pub struct RingKey {
    id: KeyId,
    material: Material,
    /// The longest that a token under this key lives, in seconds. Fixed when the key is staged.
    pub lifetime: u32,
    /// The epoch in which the key was first published.
    pub staged_epoch: u64,
    /// When the key was first published.
    pub staged_at: Timestamp,
    /// From when the key seals, `None` for a standby.
    pub seals_from: Option<Timestamp>,
    /// The last second in which the key seals.
    pub seals_until: Option<Timestamp>,
    /// The first second in which the key no longer opens.
    pub opens_until: Option<Timestamp>,
}

impl RingKey {
    /// Makes a standby key: it opens, and seals only once `seals_from` is set in a later epoch.
    #[must_use]
    pub fn standby(key: Key, lifetime: u32, staged_epoch: u64, staged_at: Timestamp) -> Self {
        let id = key.id();
        let material = Material::Usable(Arc::new(key));
        Self::new(id, material, lifetime, staged_epoch, staged_at)
    }

    pub(crate) const fn new(
        id: KeyId,
        material: Material,
        lifetime: u32,
        staged_epoch: u64,
        staged_at: Timestamp,
    ) -> Self {
        Self {
            id,
            material,
            lifetime,
            staged_epoch,
            staged_at,
            seals_from: None,
            seals_until: None,
            opens_until: None,
        }
    }

    /// Returns the key's id.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Returns the name of the key's suite, which this build may not know.
    #[must_use]
    pub fn suite_name(&self) -> &str {
        match &self.material {
            Material::Usable(key) => key.suite().name(),
            Material::Revoked { suite } | Material::Unsupported { suite, .. } => suite,
        }
    }

    /// Returns whether the key is revoked. Its secret is gone then.
    #[must_use]
    pub const fn is_revoked(&self) -> bool {
        matches!(self.material, Material::Revoked { .. })
    }

    /// Returns whether this build can seal and open with the key: it is not revoked and its suite is
    /// known.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        matches!(self.material, Material::Usable(_))
    }

    /// Revokes the key for good and drops its secret.
    pub fn revoke(&mut self) {
        self.material = Material::Revoked {
            suite: self.suite_name().into(),
        };
    }

    pub(crate) fn key(&self) -> Option<&Key> {
        match &self.material {
            Material::Usable(key) => Some(key),
            Material::Revoked { .. } | Material::Unsupported { .. } => None,
        }
    }

    pub(crate) fn suite(&self) -> Option<Suite> {
        Suite::from_name(self.suite_name())
    }

    pub(crate) const fn material(&self) -> &Material {
        &self.material
    }

    pub(crate) fn is_spent(&self, now: Timestamp) -> bool {
        self.opens_until.is_some_and(|until| now >= until)
    }

    fn seals_at(&self, now: Timestamp) -> bool {
        // A key may stop opening in the last second in which it seals, and nothing sealed then would
        // ever open.
        !self.is_revoked()
            && !self.is_spent(now)
            && self.seals_from.is_some_and(|from| from <= now)
            && self.seals_until.is_none_or(|until| now <= until)
    }

    fn check(&self, at: usize) -> Result<(), RingError> {
        let refuse = |field: &str, reason: &str| {
            Err(RingError::document(format!("keys[{at}].{field}"), reason))
        };
        if self.lifetime == 0 {
            return refuse("lifetime", "must be at least 1 second");
        }
        for (field, earlier, later) in [
            ("seals_until", self.seals_from, self.seals_until),
            ("opens_until", self.seals_until, self.opens_until),
        ] {
            match (earlier, later) {
                (None, Some(_)) => return refuse(field, "stands without the time before it"),
                (Some(earlier), Some(later)) if later < earlier => {
                    return refuse(field, "is before the time that comes first");
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn same_content(&self, other: &Self) -> bool {
        self.id == other.id
            && self.material.same_content(&other.material)
            && self.lifetime == other.lifetime
            && self.staged_epoch == other.staged_epoch
            && self.staged_at == other.staged_at
            && self.seals_from == other.seals_from
            && self.seals_until == other.seals_until
            && self.opens_until == other.opens_until
    }
}

impl fmt::Debug for RingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RingKey")
            .field("id", &self.id)
            .field("suite", &self.suite_name())
            .field("revoked", &self.is_revoked())
            .field("lifetime", &self.lifetime)
            .field("staged_epoch", &self.staged_epoch)
            .field("staged_at", &self.staged_at)
            .field("seals_from", &self.seals_from)
            .field("seals_until", &self.seals_until)
            .field("opens_until", &self.opens_until)
            .finish_non_exhaustive()
    }
}

/// What a ring holds of a key's secret.
#[derive(Clone)]
pub(crate) enum Material {
    /// The secret is gone.
    Revoked {
        suite: Box<str>,
    },
    /// A suite that this build does not know. Its secret is kept as text, so that a program that
    /// reads the ring and writes it again loses nothing.
    Unsupported {
        suite: Box<str>,
        secret: Arc<Zeroizing<String>>,
    },
    Usable(Arc<Key>),
}

impl Material {
    fn same_content(&self, other: &Self) -> bool {
        match (self, other) {
            // The ids are equal, and an id commits to the secret.
            (Self::Usable(_), Self::Usable(_)) => true,
            (Self::Revoked { suite: a }, Self::Revoked { suite: b }) => a == b,
            (
                Self::Unsupported {
                    suite: a,
                    secret: x,
                },
                Self::Unsupported {
                    suite: b,
                    secret: y,
                },
            ) => a == b && x == y,
            _ => false,
        }
    }
}

/// What a key does at an instant.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Phase {
    /// It opens and no longer seals.
    Opening,
    /// It opens nothing, and its secret is gone.
    Revoked,
    /// It seals and opens.
    Sealing,
    /// It no longer opens.
    Spent,
    /// It opens, and will seal from a time ahead.
    Staged,
    /// It opens, and waits to be given a time.
    Standby,
}

impl Phase {
    /// Returns the word for the phase, such as `standby`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Revoked => "revoked",
            Self::Sealing => "sealing",
            Self::Spent => "spent",
            Self::Staged => "staged",
            Self::Standby => "standby",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

fn is_ring_name(name: &str) -> bool {
    (1..=24).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
