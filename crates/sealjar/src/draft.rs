//! A ring as data that can change, with its limits and rules.

use std::collections::BTreeSet;

use crate::aead::{RandomError, Suite};
use crate::clock::Timestamp;
use crate::error::RingError;
use crate::key::KeyId;
use crate::revocation::Revocations;
use crate::ring_id::RingId;
use crate::ring_key::RingKey;

/// A ring as data that can change. [`build`](Self::build) makes a [`KeyRing`](crate::KeyRing) from
/// it.
///
/// # Examples
/// ```
/// use sealjar::keeper::RingDraft;
/// use sealjar::{Key, KeyRing, RingKey, Suite, Timestamp};
///
/// let now = Timestamp::now()?;
/// let mut draft = RingDraft::named("web", KeyRing::latest_epoch(now) - 86_400)?;
/// let mut key = RingKey::standby(Key::generate(Suite::Xaes256Gcm)?, 86_400, draft.epoch, now);
/// key.seals_from = Some(now);
/// draft.keys.push(key);
/// let ring = draft.build()?;
/// assert!(ring.sealing_key(now).is_some());
///
/// // The next epoch is made of the one before.
/// let mut draft = ring.draft();
/// draft.epoch += 1;
/// draft.revocations.revoke_session([7; 8], now);
/// let next = draft.build()?;
/// assert!(next.revocations().covers_session([7; 8]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RingDraft {
    /// Fields of the document that a reader must know to use the ring at all. Each must be one that
    /// this build knows. To make an older build refuse the ring, name a field that it does not
    /// know.
    pub critical: Vec<String>,
    /// The ring's name, 1 to 24 of `a-z`, `0-9` and `-`.
    pub name: String,
    /// Tells the ring from others of the same name, and stays the same through all epochs. `None`:
    /// the document has no id, and [`KeyRing::id`](crate::KeyRing::id) computes it.
    pub id: Option<RingId>,
    /// The epoch, greater than that of every document before.
    pub epoch: u64,
    /// When this document is issued.
    pub issued_at: Timestamp,
    /// The times that the rotation protocol uses.
    pub timing: Timing,
    /// What the next key will be, `None` if nothing was requested.
    pub next_key: Option<NextKey>,
    /// The applications whose sessions the ring seals, as far as they were listed. At most 64.
    pub apps: BTreeSet<String>,
    /// 1 to 64 keys.
    pub keys: Vec<RingKey>,
    /// What is revoked.
    pub revocations: Revocations,
}

impl RingDraft {
    /// Makes a ring of this name without keys and without an id: with the default [`Timing`], and
    /// an empty list that remembers revocations for 7 days. Its issue time is the time of its
    /// epoch.
    ///
    /// # Errors
    /// [`RandomError`] when the operating system gives no random bytes.
    pub fn named(name: impl Into<String>, epoch: u64) -> Result<Self, RandomError> {
        let revocations = Revocations::generate(604_800)?;
        Ok(Self::with_revocations(name, epoch, revocations))
    }

    pub(crate) fn with_revocations(
        name: impl Into<String>,
        epoch: u64,
        revocations: Revocations,
    ) -> Self {
        Self {
            critical: Vec::new(),
            name: name.into(),
            id: None,
            epoch,
            issued_at: u32::try_from(epoch).map_or(Timestamp::MAX, Timestamp::from_stored),
            timing: Timing::default(),
            next_key: None,
            apps: BTreeSet::new(),
            keys: Vec::new(),
            revocations,
        }
    }

    /// Writes the ring's id into the document if it has none. A keeper does this before anything
    /// else, so that the id outlives the pepper from which it was computed.
    pub fn keep_id(&mut self) {
        let pepper = self.revocations.pepper();
        self.id.get_or_insert_with(|| RingId::of_pepper(pepper));
    }

    /// Checks everything except the length of the document, and returns the position of each key,
    /// in the order of their ids.
    pub(crate) fn check(&self) -> Result<Vec<(KeyId, usize)>, RingError> {
        if !is_ring_name(&self.name) {
            return Err(RingError::document(
                "ring",
                "must be 1 to 24 of a-z, 0-9 and -",
            ));
        }
        if self.keys.is_empty() || self.keys.len() > MAX_KEYS {
            return Err(RingError::document(
                "keys",
                format!("holds {} keys, 1 to 64 are allowed", self.keys.len()),
            ));
        }
        if self.epoch > MAX_EPOCH {
            return Err(RingError::document(
                "epoch",
                format!("must be at most {MAX_EPOCH}"),
            ));
        }
        for (at, key) in self.keys.iter().enumerate() {
            key.check(at)?;
        }
        if self.apps.len() > MAX_APPS {
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
        Ok(index)
    }

    fn index(&self) -> Vec<(KeyId, usize)> {
        let mut index: Vec<_> = self.keys.iter().map(|key| key.id).zip(0..).collect();
        index.sort_unstable();
        index
    }
}

/// What the next key of a ring will be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NextKey {
    /// The longest that a token under it may live, in seconds.
    pub lifetime: u32,
    /// Whether it seals as soon as every replica holds it, without waiting until the rotation is
    /// due.
    pub early: bool,
    /// The suite of the key. Documents that name none, or one that this build does not know, mean
    /// [`Suite::Xaes256Gcm`].
    pub suite: Suite,
}

/// The times of the rotation protocol, in seconds.
///
/// # Examples
/// ```
/// use sealjar::Timing;
///
/// // A new key every week, on every replica within 5 minutes, with clocks at most 30 s apart.
/// let usual = Timing::default();
/// assert_eq!((usual.rotate_every, usual.distribution, usual.skew), (604_800, 300, 30));
/// // A key may seal once all replicas have it, by any clock, so periods cannot be short.
/// let daily = Timing { rotate_every: 86_400, ..usual };
/// assert!(daily.rotate_every >= daily.distribution + 2 * daily.skew);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timing {
    /// How often the sealing key changes.
    pub rotate_every: u32,
    /// Within what time a published document reaches every ready replica.
    pub distribution: u32,
    /// The greatest difference between any two clocks.
    pub skew: u32,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            rotate_every: 604_800,
            distribution: 300,
            skew: 30,
        }
    }
}

/// Returns whether a ring can have this name: 1 to 24 characters of `a-z`, `0-9` and `-`.
#[must_use]
pub fn is_ring_name(name: &str) -> bool {
    (1..=24).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Returns the greatest epoch that a ring can have at `now`.
pub(crate) const fn latest_epoch(now: Timestamp) -> u64 {
    now.stored() as u64 + EPOCH_LEEWAY
}

/// The greatest number of keys.
pub(crate) const MAX_KEYS: usize = 64;
/// The greatest number of applications that a document names.
pub(crate) const MAX_APPS: usize = 64;
/// The greatest length of a document in bytes.
pub(crate) const MAX_DOCUMENT: usize = 500_000;
/// The greatest epoch.
pub(crate) const MAX_EPOCH: u64 = latest_epoch(Timestamp::MAX);
/// How far an epoch may lie ahead of the clock, in seconds: more than a clock can be wrong
/// unnoticed, and more than many revocations within one second add.
const EPOCH_LEEWAY: u64 = 86_400;
