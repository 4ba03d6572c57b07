//! What is known of every key that ever sealed, so that each instant of sealing can be held against
//! each instant of opening?

use std::collections::HashMap;

use sealjar::{KeyId, KeyRing, RingKey, Timestamp};

/// Every key of every epoch.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    keys: HashMap<KeyId, KeyLife>,
    /// Those under which a token may live.
    pub(crate) alive: Vec<KeyId>,
}

/// What happened to a key.
#[derive(Clone, Debug)]
pub(crate) struct KeyLife {
    /// The first second in which no token under the key lives. Each lives as long as the document
    /// allows that its replica has.
    expires: Option<Timestamp>,
    /// When the last token was sealed with it, by the clock of who sealed it.
    ///
    /// Of all unexpired tokens under a key this one is refused first: an unknown or a spent key
    /// refuses all, and the other reasons strike what was sealed later before what was sealed
    /// earlier. So every instant of sealing is held against every instant of opening by this one
    /// alone.
    pub(crate) last_sealed: Option<Timestamp>,
    /// The epoch that revoked it.
    pub(crate) revoked_in: Option<u64>,
    /// The epoch in which it began before every replica held it, where the protocol allows that.
    pub(crate) exposed_in: Option<u64>,
    /// Whether a promise was broken that only such an exception excuses.
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
    /// The first second in which no token under the key lives.
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

    /// Forgets the keys whose last token is over on the slowest clock.
    pub(crate) fn bury(&mut self, slowest: Timestamp) {
        let keys = &self.keys;
        self.alive.retain(|id| {
            keys[id]
                .last_expiry()
                .is_some_and(|expiry| slowest < expiry)
        });
    }
}

/// Judges as SPEC section 1 does a token that authenticates, that lives as long as its key allows,
/// and that no floor refuses. The fleets hold this against real sealers all the time.
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
