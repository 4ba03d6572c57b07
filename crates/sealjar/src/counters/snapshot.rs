//! The counts at the time they were read: what each key was used for, and what was refused.

use std::marker::PhantomData;

use crate::key::KeyId;
use crate::refusal::{CountedKind, RefusalKind, SLOTS};

/// What a sealer and its clones have done since they were made, counted for each key. `K` are the
/// kinds of refusals.
///
/// Counts only rise, and swapping the ring keeps them. They cover one process: add up those of all
/// replicas.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use sealjar::{Context, Key, Sealer, Suite};
///
/// let key = Key::generate(Suite::Xaes256Gcm)?;
/// let id = key.id();
/// let links = Sealer::new(key, Context::new("shop-prod", "link"))?;
/// let link = links.seal(b"account 7", Duration::from_secs(3600))?;
/// links.open(link.to_string())?;
///
/// let uses = links.uses();
/// let of_key = uses.key(id).ok_or("the ring has this key")?;
/// assert_eq!((of_key.sealed, of_key.opened, of_key.refused.total()), (1, 1, 0));
/// assert_eq!(uses.refused.total(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Uses<K: CountedKind = RefusalKind> {
    /// The last 64 keys that have left the ring, and then the keys of the ring in the document's
    /// order. A key is forgotten once 64 others have left after it.
    pub keys: Vec<KeyUses<K>>,
    /// Refusals before a key of the ring was found, or for a reason that belongs to no single key:
    /// among others `malformed`, `unknown_version` and `unknown_key`. Ids that the ring does not
    /// hold come from the client, so they are not counted separately.
    pub refused: RefusalCounts<K>,
}

impl<K: CountedKind> Uses<K> {
    /// Returns the counts of a key, `None` if the ring never held it or it is forgotten.
    #[must_use]
    pub fn key(&self, id: KeyId) -> Option<&KeyUses<K>> {
        self.keys.iter().find(|key| key.id == id)
    }
}

impl<K: CountedKind> Default for Uses<K> {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            refused: RefusalCounts::default(),
        }
    }
}

/// The counts of one key.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct KeyUses<K: CountedKind = RefusalKind> {
    /// The key.
    pub id: KeyId,
    /// How many tokens were sealed with it.
    pub sealed: u64,
    /// How many tokens opened under it. When its sessions stop coming, the number stops rising.
    pub opened: u64,
    /// How many tokens that name it were refused.
    pub refused: RefusalCounts<K>,
}

/// How often each kind of refusal happened.
///
/// # Examples
/// ```
/// use sealjar::{Context, Key, RefusalKind, Sealer, Suite};
///
/// let links = Sealer::new(Key::generate(Suite::Xaes256Gcm)?, Context::new("shop-prod", "link"))?;
/// for text in ["too short", "too short as well"] {
///     assert!(links.open(text).is_err());
/// }
/// let refused = links.uses().refused;
/// assert_eq!(refused.of(RefusalKind::Malformed), 2);
/// assert_eq!(refused.iter().collect::<Vec<_>>(), [(RefusalKind::Malformed, 2)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RefusalCounts<K: CountedKind = RefusalKind> {
    of_slots: [u64; SLOTS],
    kinds: PhantomData<K>,
}

impl<K: CountedKind> RefusalCounts<K> {
    pub(super) const fn new(of_slots: [u64; SLOTS]) -> Self {
        Self {
            of_slots,
            kinds: PhantomData,
        }
    }

    /// Returns how often refusals of this kind happened.
    #[must_use]
    pub fn of(&self, kind: impl Into<K>) -> u64 {
        self.of_slots[kind.into().slot()]
    }

    /// Returns the number of refusals of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.iter().map(|(_, count)| count).sum()
    }

    /// Returns the kinds that happened, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (K, u64)> {
        let all = K::all().map(|kind| (kind, self.of(kind)));
        all.filter(|(_, count)| *count > 0)
    }
}

impl<K: CountedKind> Default for RefusalCounts<K> {
    fn default() -> Self {
        Self::new([0; SLOTS])
    }
}
