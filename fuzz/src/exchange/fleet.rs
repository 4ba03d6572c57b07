//! The rings and clocks of two replicas, and what SPEC.md would have them open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use arbitrary::Arbitrary;
use sealjar::keeper::RingDraft;
use sealjar::{
    __hazmat as hazmat, KeyId, LiveRing, Revocations, RingError, RingKey, Suite, Timestamp,
};
use sealjar_session::{Jar, SessionData};

use super::account::Account;
use crate::reference::phase;
use crate::ring::NOW;

/// What the keeper does next.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Change {
    /// The standby seals from now on, after the skew.
    Rotate,
    /// All keys but the newest stop sealing, and stop opening this many seconds later.
    End(u16),
    RevokeKey(u8),
    /// What the person had until this many seconds from now: a keeper's entry lies ahead, so that
    /// it covers what a fast clock has sealed.
    RevokePerson(bool, u8),
    RevokeSession(u8),
    /// Everything that began until this many seconds from now.
    RevokeAll(u8),
}

/// The contents of a document apart from its keys, which the model cannot read back from a ring.
#[derive(Clone, Debug, Default)]
struct Revoked {
    people: BTreeMap<&'static str, u32>,
    sessions: BTreeSet<String>,
}

/// The contents of a token.
#[derive(Clone, Debug)]
pub struct Known {
    pub key: KeyId,
    pub id: String,
    pub id_bytes: [u8; 8],
    pub revision: u32,
    pub born: u32,
    pub sealed_at: u32,
    pub expires_at: u32,
    pub value: Account,
}

pub struct Replica {
    pub jar: Jar<Account>,
    pub live: LiveRing,
    clock: Arc<AtomicU32>,
    ahead: u32,
    revoked: Revoked,
}

/// The keeper's ring and the replicas' rings, which may be older.
pub struct Fleet {
    pub replicas: [Replica; 2],
    now: u32,
    head: RingDraft,
    revoked: Revoked,
    history: Vec<RingDraft>,
    unused: std::slice::Iter<'static, RingKey>,
}

impl Fleet {
    pub fn starting() -> Self {
        let mut unused = POOL.iter();
        let [mut first, standby] = [(); 2].map(|()| unused.next().expect("a key").clone());
        first.seals_from = Some(Timestamp::MIN);
        let head = RingDraft {
            issued_at: NOW,
            keys: vec![first, standby],
            revocations: Revocations::generate(HORIZON).expect("there are random bytes"),
            ..RingDraft::named("fuzz-test", 1).expect("there are random bytes")
        };
        let replica = || {
            let live = LiveRing::new(head.clone().build().expect("the first ring is right"));
            let clock = Arc::new(AtomicU32::new(NOW.stored()));
            let jar = Jar::builder(&live, APP).clock({
                let clock = Arc::clone(&clock);
                move || Ok(Timestamp::from_stored(clock.load(Ordering::Relaxed)))
            });
            let jar = jar.max_size(12_288).lifetime(seconds(LIFETIME));
            Replica {
                jar: jar
                    .idle_timeout(seconds(IDLE))
                    .build()
                    .expect("the jar is right"),
                live,
                clock,
                ahead: 0,
                revoked: Revoked::default(),
            }
        };
        Self {
            replicas: [replica(), replica()],
            now: NOW.stored(),
            history: vec![head.clone()],
            head,
            revoked: Revoked::default(),
            unused,
        }
    }

    pub const fn now(&self) -> u32 {
        self.now
    }

    pub fn pass(&mut self, seconds: u32) {
        self.now += seconds;
        self.replicas
            .iter()
            .for_each(|replica| replica.set(self.now));
    }

    /// Sets a replica's clock this many seconds ahead of the others, or back.
    pub fn put_ahead(&mut self, replica: usize, seconds: u32) {
        let replica = &mut self.replicas[replica];
        replica.ahead = seconds;
        replica.set(self.now);
    }

    /// Makes the next epoch, if the change is possible.
    pub fn change(&mut self, change: Change, sessions: &[Known]) {
        let mut next = self.head.clone();
        let mut revoked = self.revoked.clone();
        let now = Timestamp::from_stored(self.now);
        next.epoch += 1;
        match change {
            Change::Rotate => {
                let standby = next.keys.iter_mut().find(|key| key.seals_from.is_none());
                if let (Some(standby), Some(new)) = (standby, self.unused.next()) {
                    standby.seals_from = Some(now.saturating_add(SKEW));
                    next.keys.push(new.clone());
                }
            }
            Change::End(later) => {
                let newest = next.keys.iter().filter_map(|key| key.seals_from).max();
                for key in &mut next.keys {
                    if key
                        .seals_from
                        .is_some_and(|from| Some(from) < newest && from <= now)
                    {
                        key.seals_until.get_or_insert(now);
                        key.opens_until = Some(now.saturating_add(later.into()));
                    }
                }
            }
            Change::RevokeKey(at) => {
                let at = usize::from(at) % next.keys.len();
                next.keys[at].revoke();
            }
            Change::RevokePerson(ada, ahead) => {
                let (name, until) = (Account::name(ada), now.saturating_add(ahead.into()));
                let result = next.revocations.revoke_subject(APP, name, until);
                result.expect("the names are short");
                let entry = revoked.people.entry(name).or_default();
                *entry = until.stored().max(*entry);
            }
            Change::RevokeSession(at) => {
                if let Some(known) = sessions.get(usize::from(at) % sessions.len().max(1)) {
                    next.revocations.revoke_session(known.id_bytes, now);
                    revoked.sessions.insert(known.id.clone());
                }
            }
            Change::RevokeAll(ahead) => {
                let until = now.saturating_add(ahead.into());
                next.revocations.floor = next.revocations.floor.max(Some(until));
            }
        }
        if next.clone().build().is_ok() {
            self.history.push(next.clone());
            (self.head, self.revoked) = (next, revoked);
        }
    }

    /// Gives a replica the newest document.
    pub fn deliver(&mut self, replica: usize) {
        let replica = &mut self.replicas[replica];
        let ring = self.head.clone().build().expect("it was built before");
        assert_eq!(replica.live.replace(ring), Ok(()));
        replica.revoked = self.revoked.clone();
    }

    /// Offers a replica a document that is not newer than its own, which must change nothing.
    pub fn offer_older(&self, replica: usize, which: u8) {
        let live = &self.replicas[replica].live;
        let before = live.load();
        let mut offered = self.history[usize::from(which) % self.history.len()].clone();
        if offered.epoch > before.epoch() {
            return;
        }
        offered.timing.distribution += 1;
        let answer = live.replace(offered.build().expect("it was built before"));
        let refused = matches!(
            answer,
            Err(RingError::Older { .. } | RingError::Conflict { .. })
        );
        assert!(refused && Arc::ptr_eq(&live.load(), &before), "{answer:?}");
    }
}

impl Replica {
    pub fn now(&self) -> u32 {
        self.clock.load(Ordering::Relaxed)
    }

    fn set(&self, now: u32) {
        self.clock.store(now + self.ahead, Ordering::Relaxed);
    }

    /// Returns id and lifetime of the key that seals at an instant.
    pub fn sealing_key(&self, now: u32) -> Option<(KeyId, u32)> {
        let (ring, now) = (self.live.load(), Timestamp::from_stored(now));
        let mut keys = ring.keys().iter();
        let key = keys.find(|key| phase(&ring, key, now) == "sealing")?;
        Some((key.id(), key.lifetime))
    }

    /// Returns the birth of a session that begins at an instant: the first that no entry covers, at
    /// most the skew ahead.
    pub fn first_birth(&self, value: &Account, now: u32) -> u32 {
        let ring = self.live.load();
        let floor = ring.revocations().floor.map(Timestamp::stored);
        let subject = value.subject();
        let listed = subject.and_then(|name| self.revoked.people.get(&*name).copied());
        let not_before = floor.max(listed).unwrap_or(0);
        not_before.clamp(now, now + SKEW)
    }

    /// Predicts whether a sealed token opens here as a session: SPEC.md, sections 1 and 2.
    pub fn judge(&self, known: &Known, logged_out: &[String]) -> Result<(), &'static str> {
        self.judge_at(known, logged_out, self.now())
    }

    /// Predicts whether a session that was opened at an instant has ended since: SPEC.md, section
    /// 3, a second look. A write outlives the end of the idle time.
    pub fn has_ended(&self, known: &Known, opened_at: u32, is_read: bool) -> bool {
        let now = self.now().max(opened_at);
        let judged_at = match is_read {
            true => now,
            false => now.min(known.expires_at - 1),
        };
        now >= known.born + LIFETIME || self.judge_at(known, &[], judged_at).is_err()
    }

    fn judge_at(&self, known: &Known, logged_out: &[String], now: u32) -> Result<(), &'static str> {
        let ring = self.live.load();
        let mut keys = ring.keys().iter();
        let Some(key) = keys.find(|key| key.id() == known.key) else {
            return Err("unknown_key");
        };
        let until = |time: Option<Timestamp>| time.map_or(u32::MAX, Timestamp::stored);
        let subject = known.value.subject();
        let revoked_at = subject.and_then(|name| self.revoked.people.get(&*name));
        let refusals = [
            (key.is_revoked(), "revoked_key"),
            (now >= until(key.opens_until), "spent_key"),
            (known.expires_at < known.sealed_at, "bad_time"),
            (known.born > known.sealed_at + SKEW, "bad_time"),
            (known.sealed_at > now + SKEW, "bad_time"),
            (now >= known.expires_at, "expired"),
            (
                known.sealed_at > until(key.seals_until).saturating_add(SKEW),
                "outside_key_window",
            ),
            (
                ring.revocations()
                    .floor
                    .is_some_and(|it| known.born < it.stored()),
                "revoked_all",
            ),
            (now >= known.born + LIFETIME, "too_old"),
            (self.revoked.sessions.contains(&known.id), "revoked_session"),
            (
                revoked_at.is_some_and(|it| known.born < *it),
                "revoked_subject",
            ),
            (logged_out.contains(&known.id), "logged_out"),
        ];
        let refusal = refusals.into_iter().find(|(refused, _)| *refused);
        refusal.map_or(Ok(()), |(_, word)| Err(word))
    }
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}

/// Keys to rotate through, the same in each process: of two that seal from the same second, their
/// ids decide. The second one allows less than the idle time.
static POOL: LazyLock<Vec<RingKey>> = LazyLock::new(|| {
    let suites = [Suite::Xaes256Gcm, Suite::XChaCha20Poly1305];
    let keys = (0..8)
        .zip(suites.iter().cycle())
        .zip([21_600, 7_200, 21_600].iter().cycle());
    keys.map(|((seed, suite), lifetime)| {
        let key = hazmat::known_key(*suite, seed);
        RingKey::standby(key, *lifetime, 0, Timestamp::MIN)
    })
    .collect()
});

/// How long a session lives without use, and at most, in seconds.
pub const IDLE: u32 = 14_400;
pub const LIFETIME: u32 = 86_400;
pub const APP: &str = "fuzz-exchange";
const HORIZON: u32 = 172_800;
pub const SKEW: u32 = 30;
