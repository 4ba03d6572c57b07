//! Which secrets do programs get that seal by themselves?
//!
//! ```text
//! secret = Expand(PRK, "export" ‖ 00 ‖ lp16(app) ‖ lp16(target), length)
//! ```

use std::cmp::Reverse;
use std::fmt;

use zeroize::Zeroizing;

use crate::error::ContextError;
use crate::key::KeyId;
use crate::revocation::MAX_NAME;
use crate::ring::KeyRing;
use crate::ring_key::RingKey;

/// A secret that was derived of one key, for a program that seals by itself.
///
/// # Security
/// The secret is wiped from memory on drop, and `Debug` shows the key's id alone.
pub struct ExportedSecret {
    key: KeyId,
    secret: Zeroizing<Vec<u8>>,
}

impl ExportedSecret {
    /// Returns the id of the key that it was derived of.
    #[must_use]
    pub const fn key(&self) -> KeyId {
        self.key
    }

    /// Returns a number that names the secret, where a program wants one: the first 6 bytes of the
    /// key's id, so that it is the same in every export, and exact in every language.
    #[must_use]
    pub const fn number(&self) -> u64 {
        let [a, b, c, d, e, f, ..] = *self.key.bytes();
        u64::from_be_bytes([0, 0, a, b, c, d, e, f])
    }

    /// Returns the secret.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.secret
    }
}

impl fmt::Debug for ExportedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportedSecret")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Derives a secret of `length` bytes, at most 64, of each key that may be used, for an application
/// that seals by its own means, named by `target`. Nobody can compute a key of the ring from one.
///
/// The first is of the key that seals, or is about to: it is for sealing. All others are for
/// opening only: the standby, which every program has to hold before it seals, then the keys that
/// still open, the latest first. This depends on the ring alone, and not on the time.
///
/// # Errors
/// [`ContextError::TooLong`] for a name of more than 65 535 bytes.
///
/// # Panics
/// If `length` is more than 64.
///
/// # Examples
/// ```
/// use sealjar::keeper::export;
/// use sealjar::{Key, KeyRing, Suite};
///
/// let ring = KeyRing::from(Key::generate(Suite::Xaes256Gcm)?);
/// let secrets = export(&ring, "shop-prod", "django", 32)?;
/// assert_eq!(secrets[0].key(), ring.keys()[0].id());
/// assert_eq!(secrets[0].bytes().len(), 32);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn export(
    ring: &KeyRing,
    app: &str,
    target: &str,
    length: usize,
) -> Result<Vec<ExportedSecret>, ContextError> {
    assert!(length <= 64, "no program takes a longer secret");
    for (part, name) in [("app", app), ("target", target)] {
        if name.len() > MAX_NAME {
            return Err(ContextError::TooLong {
                part,
                length: name.len(),
            });
        }
    }
    let mut keys: Vec<&RingKey> = ring.keys().iter().filter(|key| key.is_usable()).collect();
    keys.sort_by_key(|key| match key.seals_from {
        Some(from) => (1, Reverse(from), key.staged_epoch),
        None => (0, Reverse(key.staged_at), key.staged_epoch),
    });
    // Of several that have no end the one that begins last seals, as in the ring.
    let begun = keys.iter().position(|key| key.seals_from.is_some());
    let endless = keys
        .iter()
        .position(|key| key.seals_from.is_some() && key.seals_until.is_none());
    if let Some(at) = endless.or(begun) {
        keys[..=at].rotate_right(1);
    }
    let derived = keys.into_iter().filter_map(|key| {
        let secret = key.key()?.export(app, target, length);
        Some(ExportedSecret {
            key: key.id(),
            secret,
        })
    });
    Ok(derived.collect())
}
