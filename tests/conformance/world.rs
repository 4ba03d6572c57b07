//! The world of a row: a clock that the test sets, a ring in which everything happens at once, and
//! jars.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use sealjar::keeper::RingDraft;
use sealjar::{ClockError, Key, KeyRing, LiveRing, RingKey, Suite, Timestamp};
use sealjar_session::{Jar, JarBuilder, SessionData};

use crate::people::{Account, account};

/// Each row has a world of its own.
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) ring: LiveRing,
    /// The ring of a replica that gets no updates.
    pub(crate) behind: LiveRing,
    pub(crate) forgers: Forgers,
}

/// Rings of one key each, with which the test seals anything.
pub(crate) struct Forgers {
    pub(crate) good: LiveRing,
    /// Its key has stopped sealing and still opens.
    pub(crate) retired: LiveRing,
    pub(crate) revoked: LiveRing,
    pub(crate) spent: LiveRing,
    /// Its key is in no ring of the app.
    pub(crate) stranger: LiveRing,
}

impl World {
    pub(crate) fn new() -> Self {
        let [good, revoked, spent, retired, stranger] = [(); 5].map(|()| sealing_key());
        let alone = |key: &RingKey| -> LiveRing { ring_of(vec![key.clone()]).into() };
        let forgers = Forgers {
            good: alone(&good),
            retired: alone(&retired),
            revoked: alone(&revoked),
            spent: alone(&spent),
            stranger: alone(&stranger),
        };
        let (mut revoked, mut spent, mut retired) = (revoked, spent, retired);
        revoked.revoke();
        spent.seals_until = Some(at(START - DAY));
        spent.opens_until = Some(at(START));
        retired.seals_until = Some(at(START - 100));
        let mut draft = ring_of(vec![good, revoked, spent, retired]).draft();
        draft.revocations.floor = Some(at(START - 8 * DAY));
        draft
            .revocations
            .revoke_subject(APP, "eve", at(START))
            .unwrap();
        draft.revocations.revoke_session(*b"revoked!", at(START));
        let ring = draft.build().unwrap();
        Self {
            clock: Clock::starting(),
            behind: KeyRing::from_json(ring.to_json().as_bytes())
                .unwrap()
                .into(),
            ring: ring.into(),
            forgers,
        }
    }

    /// Begins the jar of a replica.
    pub(crate) fn jar<T: SessionData>(&self) -> JarBuilder<T> {
        self.jar_over(&self.ring)
    }

    pub(crate) fn jar_over<T: SessionData>(&self, ring: &LiveRing) -> JarBuilder<T> {
        let clock = self.clock.clone();
        Jar::builder(ring, APP).clock(move || clock.read())
    }

    /// The `Cookie` header of a visitor who is logged in.
    pub(crate) fn cookie_of(&self, name: &str) -> String {
        let jar: Jar<Account> = self.jar().max_size(12_288).build().unwrap();
        jar.cookie_for(&account(name)).unwrap()
    }

    /// From now on another key seals, which the lagging replica does not know.
    pub(crate) fn add_newer_key(&self) {
        self.change_ring(|draft| {
            let mut newer = sealing_key();
            newer.seals_from = Some(at(START));
            draft.keys.push(newer);
        });
    }

    /// Logs Ada out everywhere.
    pub(crate) fn revoke_ada(&self) {
        let now = at(START + 1);
        self.change_ring(|draft| draft.revocations.revoke_subject(APP, "ada", now).unwrap());
    }

    /// Stores the next epoch of the ring.
    pub(crate) fn change_ring(&self, change: impl FnOnce(&mut RingDraft)) {
        let mut draft = self.ring.load().draft();
        draft.epoch += 1;
        change(&mut draft);
        self.ring.replace(draft.build().unwrap()).unwrap();
    }
}

/// Stops until the test sets it.
#[derive(Clone)]
pub(crate) struct Clock {
    seconds: Arc<AtomicU32>,
    broken: Arc<AtomicBool>,
}

impl Clock {
    fn starting() -> Self {
        Self {
            seconds: Arc::new(AtomicU32::new(START)),
            broken: Arc::default(),
        }
    }

    pub(crate) fn pass(&self, seconds: u32) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    /// From now on the replicas' clocks fail. Browsers' clocks still work.
    pub(crate) fn fail(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    pub(crate) fn seconds(&self) -> u32 {
        self.seconds.load(Ordering::Relaxed)
    }

    fn read(&self) -> Result<Timestamp, ClockError> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(ClockError);
        }
        Ok(at(self.seconds()))
    }
}

pub(crate) fn at(seconds: u32) -> Timestamp {
    Timestamp::from_stored(seconds)
}

/// A key that has always sealed, without an end.
fn sealing_key() -> RingKey {
    let key = Key::generate(Suite::Xaes256Gcm).unwrap();
    let mut key = RingKey::standby(key, DAY, 0, Timestamp::MIN);
    key.seals_from = Some(Timestamp::MIN);
    key
}

fn ring_of(mut keys: Vec<RingKey>) -> KeyRing {
    // The key that began last seals, and here that is the first.
    keys[0].seals_from = Some(at(1));
    RingDraft {
        issued_at: at(START),
        keys,
        ..RingDraft::named("web", 1).unwrap()
    }
    .build()
    .unwrap()
}

pub(crate) const DAY: u32 = 86_400;
/// The jars' lifetime plus the ring's skew: no response can seal a session for longer.
pub(crate) const MARK_LIVES: u32 = 7 * DAY + 30;
pub(crate) const START: u32 = 100 * DAY;
pub(crate) const APP: &str = "shop-test";
pub(crate) const NAME: &str = "__Host-Http-session";
