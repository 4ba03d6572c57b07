//! A ring, what is known of it, and the time: all that a decision depends on.

use sealjar::keeper::RingDraft;
use sealjar::{Key, KeyId, KeyRing, Phase, RandomError, RingKey, Suite, Timestamp};

use super::replicas::Replicas;
use crate::delivery::{self, Delivery, Publications, Replica, ServiceDelivery};
use crate::plan::{self, Change, ClockTrust, Followers, Plan, Publishing, Situation, Wait};
use crate::policy::{PolicySettings, RotationPolicy};
use crate::{HumanDuration, Refused, Step};

pub(super) struct World {
    pub(super) ring: KeyRing,
    pub(super) delivery: Delivery,
    pub(super) policy: RotationPolicy,
    pub(super) publishing: Publishing,
    pub(super) now: Timestamp,
    /// When the clock was found to fit last.
    pub(super) checked: Option<Timestamp>,
    /// What replicas say that ask.
    pub(super) followers: Option<Followers>,
    /// What replicas may hold.
    pub(super) fleet: Replicas,
}

impl World {
    /// A ring that was begun, and published, when the clock showed [`BEGUN`].
    pub(super) fn begun() -> Self {
        Self::under(policy(PERIOD, DISTRIBUTION, SKEW, LIFETIME))
    }

    pub(super) fn under(policy: RotationPolicy) -> Self {
        let now = at(BEGUN);
        let change = plan::first("web", &policy, now, &mint).unwrap();
        let mut world = Self {
            ring: read(&change.ring),
            delivery: Delivery::Unacknowledged(Publications::default()),
            policy,
            publishing: Publishing::Free,
            now,
            checked: None,
            followers: None,
            fleet: Replicas::new(policy.timing()),
        };
        world.adopt(change);
        world
    }

    /// One whose first rotation was a moment ago.
    pub(super) fn rotated() -> Self {
        let mut world = Self::begun();
        world.pass_to_rotation();
        world.turn();
        world
    }

    /// One whose old key has its end.
    pub(super) fn ended() -> Self {
        let mut world = Self::rotated();
        world.pass(DISTRIBUTION + SKEW);
        assert!(matches!(world.turn()[..], [Step::Ended { .. }]));
        world
    }

    pub(super) fn situation(&self) -> Situation<'_> {
        Situation {
            ring: &self.ring,
            delivery: &self.delivery,
            followers: self.followers.as_ref(),
            policy: &self.policy,
            publishing: self.publishing,
            now: self.now,
            clock: ClockTrust::Checked { last: self.checked },
            mint: &mint,
        }
    }

    pub(super) fn pass(&mut self, seconds: u32) {
        self.now = self.now.saturating_add(seconds);
    }

    pub(super) fn pass_to_rotation(&mut self) {
        self.now = self.now.max(self.situation().rotation_due());
    }

    /// Takes a turn, and publishes what it commits.
    pub(super) fn turn(&mut self) -> Vec<Step> {
        match self.situation().turn().unwrap() {
            Plan::Commit(change) => self.adopt(*change),
            Plan::Wait(_) => Vec::new(),
        }
    }

    pub(super) fn wait(&self) -> Wait {
        match self.situation().turn().unwrap() {
            Plan::Wait(wait) => wait,
            Plan::Commit(change) => panic!("{:?}", change.steps),
        }
    }

    /// Makes a change the ring, and publishes it at once.
    pub(super) fn adopt(&mut self, change: Change) -> Vec<Step> {
        let steps = self.commit(change);
        self.publish();
        steps
    }

    /// Makes a change the ring. It goes through its document, as every ring does.
    pub(super) fn commit(&mut self, change: Change) -> Vec<Step> {
        self.ring = read(&change.ring);
        change.steps
    }

    pub(super) fn publish(&mut self) {
        let (epoch, now, wait) = (self.ring.epoch(), self.now, self.situation().wait());
        if let Delivery::Unacknowledged(publications) = &mut self.delivery {
            publications.add(epoch, now, wait);
        }
        self.fleet.publish(&self.ring, now);
    }

    pub(super) fn change(
        &mut self,
        decide: impl Fn(&Situation<'_>) -> Result<Change, Refused>,
    ) -> Vec<Step> {
        let change = decide(&self.situation()).unwrap();
        self.adopt(change)
    }

    /// Alters the ring as no decision would, or not now.
    pub(super) fn alter(&mut self, alter: impl FnOnce(&mut RingDraft)) {
        let mut draft = self.ring.draft();
        alter(&mut draft);
        self.ring = draft.build().unwrap();
    }

    pub(super) fn phases(&self) -> Vec<Phase> {
        let keys = self.ring.keys().iter();
        keys.filter_map(|key| self.ring.phase(key.id(), self.now))
            .collect()
    }

    pub(super) fn key(&self, at: usize) -> &RingKey {
        &self.ring.keys()[at]
    }

    pub(super) fn id(&self, at: usize) -> KeyId {
        self.key(at).id()
    }

    pub(super) fn acknowledged(&mut self, replicas: &[(&str, u64)]) {
        let replica = |(name, epoch): &(&str, u64)| Replica {
            name: (*name).into(),
            epoch: *epoch,
            ..Replica::default()
        };
        self.delivery = Delivery::Acknowledged(delivery::Fleet {
            services: vec![ServiceDelivery {
                name: "web".into(),
                epoch: Some(self.ring.epoch()),
                roll_out: None,
                trouble: None,
                replicas: replicas.iter().map(replica).collect(),
                pace: None,
            }],
            ..delivery::Fleet::default()
        });
    }

    /// What holds after every epoch: one standby, and a key that seals and has no end.
    pub(super) fn assert_sound(&self) {
        let unrevoked = || self.ring.keys().iter().filter(|key| !key.is_revoked());
        let standbys = unrevoked().filter(|key| key.seals_from.is_none()).count();
        assert_eq!(standbys, 1, "{:#?}", self.ring);
        let endless = |key: &&RingKey| key.seals_from.is_some() && key.seals_until.is_none();
        assert!(unrevoked().any(|key| endless(&key)), "{:#?}", self.ring);
        assert!(
            self.ring.sealing_key(self.now).is_some(),
            "{:#?}",
            self.ring
        );
    }
}

pub(super) fn policy(period: u32, distribution: u32, skew: u32, lifetime: u32) -> RotationPolicy {
    let seconds = |seconds| Some(HumanDuration::from_secs(seconds));
    let settings = PolicySettings {
        rotate_every: seconds(period),
        distribution: seconds(distribution),
        skew: seconds(skew),
        token_lifetime: seconds(lifetime),
        revocation_horizon: seconds(HORIZON),
        suite: None,
    };
    settings.resolve(None).unwrap()
}

pub(super) fn mint(suite: Suite) -> Result<Key, RandomError> {
    Key::generate(suite)
}

pub(super) fn any_key() -> Key {
    Key::generate(Suite::Xaes256Gcm).unwrap()
}

pub(super) fn at(seconds: u32) -> Timestamp {
    Timestamp::from_stored(seconds)
}

pub(super) fn read(ring: &KeyRing) -> KeyRing {
    KeyRing::from_json(ring.to_json().as_bytes()).unwrap()
}

/// The names of steps, such as `["Promoted", "Staged"]`.
pub(super) fn names(steps: &[Step]) -> Vec<String> {
    let name = |step: &Step| {
        let shown = format!("{step:?}");
        shown.split(' ').next().unwrap_or_default().to_owned()
    };
    steps.iter().map(name).collect()
}

pub(super) const BEGUN: u32 = 50_000_000;
pub(super) const PERIOD: u32 = 1000;
pub(super) const DISTRIBUTION: u32 = 60;
pub(super) const SKEW: u32 = 10;
pub(super) const LIFETIME: u32 = 500;
pub(super) const HORIZON: u32 = 7000;
