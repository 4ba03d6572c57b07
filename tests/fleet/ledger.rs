//! Records every key that ever sealed, so that each time of sealing can be compared with each time
//! of opening.

use std::collections::HashMap;

use sealjar::{KeyId, KeyRing, RingKey, Timestamp};

/// Every key of every epoch.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    keys: HashMap<KeyId, KeyLife>,
    /// The keys under which a token may still be valid.
    pub(crate) alive: Vec<KeyId>,
}

/// What happened to a key.
#[derive(Clone, Debug)]
pub(crate) struct KeyLife {
    /// The first second after the expiry of all tokens under the key. Each lives as long as its
    /// replica's document allows.
    expires: Option<Timestamp>,
    /// When the last token was sealed with it, by the sealing replica's clock.
    ///
    /// Of all unexpired tokens under a key, this one is refused first: an unknown or spent key
    /// refuses all of them, and the other reasons apply to later tokens before earlier ones. So
    /// this one token is enough to compare every time of sealing with every time of opening.
    pub(crate) last_sealed: Option<Timestamp>,
    /// The epoch that revoked it.
    pub(crate) revoked_in: Option<u64>,
    /// The epoch in which it began before every replica held it, if the protocol allowed that.
    pub(crate) exposed_in: Option<u64>,
    /// Whether a promise was broken that only such an exception allows.
    pub(crate) needed_excuse: bool,
}

/// Why a replica refuses a token that is otherwise sound.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reason {
    BadTime,
    Expired,
    NoSuchKey,
    OutsideKeyWindow,
}

impl KeyLife {
    /// The first second after the expiry of all tokens under the key.
    pub(crate) fn last_expiry(&self) -> Option<Timestamp> {
        self.expires
    }
}

impl Ledger {
    pub(crate) fn meet(&mut self, ring: &KeyRing) {
        for key in ring.keys() {
            let life = self.keys.entry(key.id()).or_insert_with(|| KeyLife {
                expires: None,
                last_sealed: None,
                revoked_in: None,
                exposed_in: None,
                needed_excuse: false,
            });
            if key.is_revoked() && life.revoked_in.is_none() {
                life.revoked_in = Some(ring.epoch());
            }
        }
    }

    pub(crate) fn of(&self, id: KeyId) -> &KeyLife {
        &self.keys[&id]
    }

    pub(crate) fn of_mut(&mut self, id: KeyId) -> Option<&mut KeyLife> {
        self.keys.get_mut(&id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (KeyId, &KeyLife)> {
        self.keys.iter().map(|(id, life)| (*id, life))
    }

    pub(crate) fn sealed(&mut self, key: &RingKey, clock: Timestamp) {
        let Some(life) = self.keys.get_mut(&key.id()) else {
            return;
        };
        if life.last_sealed.is_none() {
            self.alive.push(key.id());
        }
        life.last_sealed = life.last_sealed.max(Some(clock));
        let expiry = clock.saturating_add(key.lifetime);
        life.expires = life.expires.max(Some(expiry));
    }

    /// Drops the keys whose last token has expired on the slowest clock.
    pub(crate) fn bury(&mut self, slowest: Timestamp) {
        let keys = &self.keys;
        self.alive.retain(|id| {
            keys[id]
                .last_expiry()
                .is_some_and(|expiry| slowest < expiry)
        });
    }
}

/// Judges, as SPEC section 1 does, an authentic token that lives as long as its key allows and that
/// no floor refuses. The fleets compare this with real sealers all the time.
pub(crate) fn judge(
    ring: &KeyRing,
    id: KeyId,
    sealed_at: Timestamp,
    expires_at: Timestamp,
    clock: Timestamp,
) -> Result<(), Reason> {
    let key = ring.opening_key(id, clock).ok_or(Reason::NoSuchKey)?;
    let skew = ring.timing().skew;
    let lives = expires_at.seconds_since(sealed_at);
    if lives > key.lifetime || sealed_at > clock.saturating_add(skew) {
        return Err(Reason::BadTime);
    }
    if clock >= expires_at {
        return Err(Reason::Expired);
    }
    if key
        .seals_until
        .is_some_and(|until| sealed_at > until.saturating_add(skew))
    {
        return Err(Reason::OutsideKeyWindow);
    }
    Ok(())
}

/// Names of reasons, to compare them with a real sealer's refusal.
impl Reason {
    pub(crate) const fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::BadTime => &["bad_time"],
            Self::Expired => &["expired"],
            Self::NoSuchKey => &["unknown_key", "spent_key", "revoked_key"],
            Self::OutsideKeyWindow => &["outside_key_window"],
        }
    }
}
