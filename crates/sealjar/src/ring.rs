//! A ring that has been checked: which key seals now, and which keys open.

mod lifetime;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;

use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::draft::{self, NextKey, RingDraft, Timing};
use crate::error::RingError;
use crate::key::{Key, KeyId};
use crate::revocation::Revocations;
use crate::ring_id::RingId;
use crate::ring_key::{Phase, RingKey};

/// A checked ring: 1 to 64 keys, when each of them seals and opens, and what is revoked.
///
/// A `KeyRing` is always valid: it comes from [`from_json`](Self::from_json) or from
/// [`RingDraft::build`], which check it, or from a single [`Key`].
///
/// # Examples
/// ```
/// use sealjar::{Key, KeyRing, Phase, Suite, Timestamp};
///
/// let ring = KeyRing::from(Key::generate(Suite::Xaes256Gcm)?);
/// let now = Timestamp::now()?;
///
/// let sealing = ring.sealing_key(now).ok_or("a ring of one key seals")?;
/// assert_eq!(ring.phase(sealing.id(), now), Some(Phase::Sealing));
///
/// // As a keeper delivers it, and a replica reads it: a JSON document that holds the secrets.
/// let document = ring.to_json();
/// let again = KeyRing::from_json(document.as_bytes())?;
/// assert_eq!((again.name(), again.epoch()), (ring.name(), ring.epoch()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KeyRing {
    ring: RingDraft,
    /// Sorted by id, so that opening costs the same with 64 keys as with one.
    index: Vec<(KeyId, usize)>,
    /// The keys that have a time to seal from, the latest first, so that finding the sealing key
    /// does not visit all of them.
    sealing_order: Vec<usize>,
}

impl KeyRing {
    /// The greatest number of keys.
    pub const MAX_KEYS: usize = draft::MAX_KEYS;
    /// The greatest number of applications that a document names.
    pub const MAX_APPS: usize = draft::MAX_APPS;
    /// The greatest length of a ring document in bytes.
    pub const MAX_DOCUMENT: usize = draft::MAX_DOCUMENT;
    /// The greatest epoch: [`latest_epoch`](Self::latest_epoch) of the latest `Timestamp`.
    pub const MAX_EPOCH: u64 = draft::MAX_EPOCH;

    /// Returns the greatest epoch that a ring can have at `now`: the seconds since
    /// 2025-01-01T00:00:00Z, plus a day.
    ///
    /// Epochs follow the keeper's clock, so one that lies further ahead comes from a wrong clock or
    /// from an attacker. A replica that accepted it would refuse every later ring.
    #[must_use]
    pub const fn latest_epoch(now: Timestamp) -> u64 {
        draft::latest_epoch(now)
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

    /// Returns the id that tells the ring from others of the same name. If the document has none,
    /// it is computed from the pepper of the revocations.
    #[must_use]
    pub fn id(&self) -> RingId {
        let pepper = self.ring.revocations.pepper();
        self.ring.id.unwrap_or_else(|| RingId::of_pepper(pepper))
    }

    /// Returns whether both are epochs of one ring: they have the same name, and the same id or a
    /// common key.
    ///
    /// A keeper older than ring ids drops the id when it writes, and a ring that has leaked as a
    /// whole gets a new pepper. Both still list keys of the epoch before.
    #[must_use]
    pub fn is_same_ring(&self, other: &Self) -> bool {
        let mut keys = other.keys().iter();
        self.name() == other.name()
            && (self.id() == other.id() || keys.any(|key| self.position(key.id()).is_some()))
    }

    /// Returns the epoch, which rises with every change.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.ring.epoch
    }

    /// Checks that the epoch does not lie ahead of a clock.
    /// [`LiveRing::replace`](crate::LiveRing::replace) calls this; call it yourself for a first
    /// ring.
    ///
    /// # Errors
    /// [`RingError::Ahead`] for an epoch greater than [`latest_epoch`](Self::latest_epoch).
    pub const fn check_epoch(&self, now: Timestamp) -> Result<(), RingError> {
        let (epoch, latest) = (self.ring.epoch, Self::latest_epoch(now));
        if epoch > latest {
            return Err(RingError::Ahead { epoch, latest });
        }
        Ok(())
    }

    /// Returns when the document was issued.
    #[must_use]
    pub const fn issued_at(&self) -> Timestamp {
        self.ring.issued_at
    }

    /// Returns the times that the rotation protocol uses.
    #[must_use]
    pub const fn timing(&self) -> Timing {
        self.ring.timing
    }

    /// Returns what the next key will be, `None` if nothing was requested.
    #[must_use]
    pub const fn next_key(&self) -> Option<NextKey> {
        self.ring.next_key
    }

    /// Returns the known applications: those that the document lists, and those in which a subject
    /// is revoked. Each once, in order.
    pub fn apps(&self) -> impl Iterator<Item = &str> {
        let named = self.ring.apps.iter().map(String::as_str);
        let all: BTreeSet<&str> = named.chain(self.ring.revocations.apps()).collect();
        all.into_iter()
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

    /// Returns the key that seals at `now`: of the unrevoked keys that have begun and not ended,
    /// the one that began last; of two that began together, the one with the greater id.
    ///
    /// It may have a suite that this build does not know. Then nothing can be sealed.
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

    /// Returns the last second by which the next rotation should have happened, `None` if no
    /// unrevoked key has a time to seal from. After it, the keeper is not working.
    #[must_use]
    pub fn rotation_expected_by(&self) -> Option<Timestamp> {
        let Timing {
            rotate_every,
            distribution,
            skew,
        } = self.ring.timing;
        Some(
            self.newest_sealing()?
                .seals_from?
                .saturating_add(rotate_every)
                .saturating_add(distribution)
                .saturating_add(skew.saturating_mul(2)),
        )
    }

    /// Returns what the key with this id does at `now`, `None` if the ring has no such key.
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

    /// Makes a ring from a draft, if everything except the length of its document is valid.
    pub(crate) fn checked(ring: RingDraft) -> Result<Self, RingError> {
        let index = ring.check()?;
        let begins = |at: &usize| (ring.keys[*at].seals_from, ring.keys[*at].id);
        let mut sealing_order: Vec<usize> = (0..ring.keys.len())
            .filter(|at| ring.keys[*at].seals_from.is_some())
            .collect();
        sealing_order.sort_unstable_by_key(|at| Reverse(begins(at)));
        Ok(Self {
            ring,
            index,
            sealing_order,
        })
    }

    /// Returns the ring's content, to write it down.
    pub(crate) const fn content(&self) -> &RingDraft {
        &self.ring
    }

    pub(crate) fn position(&self, id: KeyId) -> Option<usize> {
        self.index
            .binary_search_by_key(&id, |(id, _)| *id)
            .ok()
            .map(|at| self.index[at].1)
    }

    pub(crate) fn sealing_position(&self, now: Timestamp) -> Option<usize> {
        self.sealing_order
            .iter()
            .copied()
            .find(|at| self.ring.keys[*at].seals_at(now))
    }

    /// The unrevoked key that begins to seal last.
    fn newest_sealing(&self) -> Option<&RingKey> {
        let mut keys = self.sealing_order.iter().map(|at| &self.ring.keys[*at]);
        keys.find(|key| !key.is_revoked())
    }

    /// Compares the content of two documents, not how they are written.
    pub(crate) fn same_content(&self, other: &Self) -> bool {
        let (this, other) = (&self.ring, &other.ring);
        this.critical == other.critical
            && this.name == other.name
            && this.id == other.id
            && this.epoch == other.epoch
            && this.issued_at == other.issued_at
            && this.timing == other.timing
            && this.next_key == other.next_key
            && this.apps == other.apps
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
    /// Makes a ring named `single` of one key that has always sealed and never stops, with tokens
    /// of at most 24 hours. For first steps and tests: it cannot rotate.
    fn from(key: Key) -> Self {
        let mut only = RingKey::standby(key, 86_400, 0, Timestamp::MIN);
        only.seals_from = Some(Timestamp::MIN);
        // Nobody can revoke anything in this ring, so the pepper need not be secret.
        let revocations = Revocations::new(Zeroizing::new([0; 32]), u32::MAX);
        let mut draft = RingDraft::with_revocations("single", 0, revocations);
        draft.keys.push(only);
        Self::checked(draft).expect("a ring of one key that seals is right")
    }
}
