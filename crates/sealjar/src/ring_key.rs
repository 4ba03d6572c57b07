//! When a key of a ring seals and opens.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::aead::Suite;
use crate::clock::Timestamp;
use crate::error::RingError;
use crate::key::{Key, KeyId};

/// A key and its times in a ring.
///
/// # Examples
/// ```
/// use sealjar::{Key, KeyRing, Suite, Timestamp};
///
/// let ring = KeyRing::from(Key::generate(Suite::Xaes256Gcm)?);
/// let now = Timestamp::now()?;
/// for key in ring.keys() {
///     let phase = ring.phase(key.id(), now).ok_or("the ring has this key")?;
///     println!("{} is {phase} and seals for at most {} s", key.id(), key.lifetime);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RingKey {
    pub(crate) id: KeyId,
    material: Material,
    /// The longest that a token under this key lives, in seconds. It is fixed when the key is
    /// staged.
    pub lifetime: u32,
    /// The epoch in which the key was first published.
    pub staged_epoch: u64,
    /// When the key was first published.
    pub staged_at: Timestamp,
    /// The first second in which the key seals, `None` for a standby.
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
            Material::Usable(key) => key.suite().as_str(),
            Material::Revoked { suite } | Material::Unsupported { suite, .. } => suite,
        }
    }

    /// Returns whether the key is revoked, which also removes its secret.
    #[must_use]
    pub const fn is_revoked(&self) -> bool {
        matches!(self.material, Material::Revoked { .. })
    }

    /// Returns whether this build can seal and open with the key: it is not revoked and its suite
    /// is known.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        matches!(self.material, Material::Usable(_))
    }

    /// Revokes the key for good and removes its secret.
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

    /// Returns the key's suite, `None` for one that this build does not know.
    #[must_use]
    pub fn suite(&self) -> Option<Suite> {
        match &self.material {
            Material::Usable(key) => Some(key.suite()),
            Material::Revoked { suite } | Material::Unsupported { suite, .. } => {
                Suite::from_name(suite)
            }
        }
    }

    pub(crate) const fn material(&self) -> &Material {
        &self.material
    }

    pub(crate) fn is_spent(&self, now: Timestamp) -> bool {
        self.opens_until.is_some_and(|until| now >= until)
    }

    pub(crate) fn seals_at(&self, now: Timestamp) -> bool {
        // A key may stop opening in the last second in which it seals. A token sealed then would
        // never open.
        !self.is_revoked()
            && !self.is_spent(now)
            && self.seals_from.is_some_and(|from| from <= now)
            && self.seals_until.is_none_or(|until| now <= until)
    }

    pub(crate) fn check(&self, at: usize) -> Result<(), RingError> {
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
                (None, Some(_)) => return refuse(field, "needs the time before it"),
                (Some(earlier), Some(later)) if later < earlier => {
                    return refuse(field, "is before the time that comes first");
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(crate) fn same_content(&self, other: &Self) -> bool {
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
            // Shows no unknown suite's name, which may be any text.
            .field("suite", &self.suite())
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
    /// A suite that this build does not know. Its secret is kept as text, so that reading and
    /// writing the ring loses nothing.
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

/// What a key does at a given time.
///
/// # Examples
/// ```
/// use sealjar::{Key, KeyRing, Phase, Suite, Timestamp};
///
/// let key = Key::generate(Suite::Xaes256Gcm)?;
/// let id = key.id();
/// let ring = KeyRing::from(key);
/// assert_eq!(ring.phase(id, Timestamp::now()?), Some(Phase::Sealing));
/// assert_eq!(Phase::Standby.as_str(), "standby");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Phase {
    /// It opens, and no longer seals.
    Opening,
    /// It opens nothing, and its secret has been removed.
    Revoked,
    /// It seals and opens.
    Sealing,
    /// It no longer opens.
    Spent,
    /// It opens, and will seal from a later time.
    Staged,
    /// It opens, and has no time to seal from yet.
    Standby,
}

impl Phase {
    /// Returns the phase's name, such as `standby`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
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
        f.pad(self.as_str())
    }
}
