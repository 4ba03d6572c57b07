//! Until when is a record of the list of revocations kept, and what is not taken into it?

use proptest::prelude::*;
use sealjar::keeper::{ListDraft, ListRecord, Room};
use sealjar::{KeyRing, Revocation, RevocationList};

use super::world::{BEGUN, SKEW, World, at};
use crate::plan::ListSituation;
use crate::policy::{PolicySettings, RotationPolicy};
use crate::{HumanDuration, Refused};

const HORIZON: u32 = 1000;

struct Scene {
    ring: KeyRing,
    policy: RotationPolicy,
    list: RevocationList,
}

impl Scene {
    fn new() -> Self {
        let policy = with_horizon(HORIZON);
        let ring = World::under(policy).ring;
        let list = RevocationList::empty(&ring);
        Self { ring, policy, list }
    }

    fn at(&self, now: u32) -> ListSituation<'_> {
        ListSituation {
            list: &self.list,
            ring: &self.ring,
            policy: &self.policy,
            now: at(now),
        }
    }

    fn commit(&mut self, now: u32, asked: &[Revocation]) {
        let mut next = self.at(now).next();
        next.revoke(asked, Room::Applications).unwrap();
        if let Some(list) = next.finish() {
            self.list = list;
        }
    }

    /// The next epoch takes the policy.
    fn adopt(&mut self) {
        let mut draft = self.ring.draft();
        draft.epoch += 1;
        draft.revocations.horizon = self.policy.revocation_horizon();
        self.ring = draft.build().unwrap();
    }

    fn kept_until(&self) -> Vec<u32> {
        let until = |record| match record {
            ListRecord::Session { until, .. } | ListRecord::Subject { until, .. } => until.stored(),
        };
        self.list.records().map(until).collect()
    }
}

#[test]
fn a_record_is_kept_until_the_last_session_that_it_refuses_is_dead_by_every_clock() {
    let mut scene = Scene::new();
    scene.commit(
        BEGUN,
        &[
            session(1, Some(BEGUN - 400)),
            session(2, None),
            subject(3, BEGUN + SKEW),
        ],
    );
    let expected = [
        BEGUN - 400 + HORIZON + SKEW,
        BEGUN + HORIZON + 3 * SKEW,
        BEGUN + SKEW + HORIZON + SKEW,
    ];
    assert_eq!(scene.kept_until(), expected);
    assert_eq!(scene.list.seq(), u64::from(BEGUN));
    assert_eq!(scene.list.forgotten_before(), at(BEGUN));
    // Twice in one second.
    scene.commit(BEGUN, &[session(4, None)]);
    assert_eq!(scene.list.seq(), u64::from(BEGUN) + 1);
}

#[test]
fn what_is_said_already_is_no_commit_and_what_is_over_goes_with_the_next() {
    let mut scene = Scene::new();
    assert!(scene.at(BEGUN).next().finish().is_none());
    scene.commit(BEGUN, &[session(1, Some(BEGUN)), subject(3, BEGUN)]);
    let seq = scene.list.seq();
    // A replay, an earlier time, and a session that is over.
    scene.commit(BEGUN + 5, &[session(1, Some(BEGUN)), subject(3, BEGUN - 7)]);
    scene.commit(BEGUN + 5, &[session(2, Some(BEGUN - HORIZON - SKEW))]);
    assert_eq!(scene.list.seq(), seq);
    let over = BEGUN + HORIZON + SKEW + 1;
    scene.commit(over, &[]);
    assert_eq!((scene.list.seq(), scene.kept_until().len()), (seq, 2));
    scene.commit(over, &[session(2, None)]);
    assert_eq!(scene.kept_until(), [over + HORIZON + 3 * SKEW]);
}

#[test]
fn a_time_that_no_honest_clock_gives_is_refused_and_the_others_of_its_request_with_it() {
    let scene = Scene::new();
    let latest = BEGUN + 2 * SKEW;
    for late in [subject(3, latest + 1), session(2, Some(latest + 1))] {
        let mut next = scene.at(BEGUN).next();
        let refused = next.revoke(&[session(1, None), late], Room::Applications);
        let expected = Refused::InFuture {
            born_before: at(latest + 1),
            latest: at(latest),
        };
        assert_eq!(refused, Err(expected));
        assert!(next.finish().is_none());
    }
    let mut next = scene.at(BEGUN).next();
    let asked = [subject(3, latest), session(2, Some(latest))];
    next.revoke(&asked, Room::Applications).unwrap();
    assert_eq!(next.finish().unwrap().records().count(), 2);
}

#[test]
fn a_full_list_is_an_error_with_a_hint_and_takes_what_others_asked_for() {
    let mut scene = Scene::new();
    let share = RevocationList::MAX_SUBJECTS / 8 * 7;
    let mut draft = ListDraft::new(&scene.list, 1, at(0));
    let records: Vec<_> = (1..share)
        .map(|number| ListRecord::Subject {
            hash: (number as u64).to_be_bytes(),
            born_before: at(BEGUN),
            until: at(BEGUN + 500),
        })
        .collect();
    draft.add(&records, Room::Applications).unwrap();
    scene.list = draft.build();
    let mut next = scene.at(BEGUN).next();
    let two = [subject(0xFE, BEGUN), subject(0xFF, BEGUN)];
    let refused = next.revoke(&two, Room::Applications).unwrap_err();
    assert!(matches!(refused, Refused::ListFull(_)), "{refused}");
    assert!(format!("{refused:?}").contains("hint: "));
    next.revoke(&two[..1], Room::Applications).unwrap();
    next.revoke(&two, Room::Operators).unwrap();
    assert_eq!(next.finish().unwrap().subject_records(), share + 1);
}

#[test]
fn before_the_horizon_rises_every_record_is_kept_longer_and_never_without_end() {
    let mut scene = Scene::new();
    scene.commit(BEGUN, &[session(1, Some(BEGUN - 400)), subject(3, BEGUN)]);
    assert!(scene.at(BEGUN).before_horizon_rises().is_none());
    let before = scene.kept_until();
    scene.policy = with_horizon(HORIZON + 300);
    scene.list = scene.at(BEGUN + 50).before_horizon_rises().unwrap();
    let raised: Vec<_> = before.iter().map(|until| until + 300).collect();
    assert_eq!(scene.kept_until(), raised);
    // The keeper is killed before it raises the ring's horizon, again and again.
    for _ in 0..5 {
        if let Some(list) = scene.at(BEGUN + 50).before_horizon_rises() {
            scene.list = list;
        }
    }
    let longest = BEGUN + 50 + HORIZON + 300 + 3 * SKEW;
    assert_eq!(scene.kept_until(), [longest, longest]);
    scene.adopt();
    assert!(scene.at(BEGUN + 60).before_horizon_rises().is_none());
    // A record that is longer already, as after a clock that was ahead, does not get shorter.
    let far = ListRecord::Session {
        id: [9; 8],
        until: at(BEGUN + 90_000),
    };
    let mut draft = ListDraft::new(&scene.list, scene.list.seq() + 1, at(0));
    draft.add(&[far], Room::Operators).unwrap();
    scene.list = draft.build();
    scene.policy = with_horizon(HORIZON + 600);
    scene.list = scene.at(BEGUN + 70).before_horizon_rises().unwrap();
    assert!(scene.list.records().any(|it| it == far));
}

#[test]
fn after_a_whole_ring_has_leaked_the_next_list_is_of_its_new_pepper() {
    let mut scene = Scene::new();
    scene.commit(BEGUN, &[session(1, None), subject(3, BEGUN)]);
    let mut draft = scene.ring.draft();
    draft.epoch += 1;
    draft.keep_id();
    draft.revocations = sealjar::Revocations::generate(HORIZON).unwrap();
    scene.ring = draft.build().unwrap();
    scene.list = scene.at(BEGUN + 5).next().finish().unwrap();
    assert!(scene.list.is_of(&scene.ring));
    let counts = (scene.list.session_records(), scene.list.subject_records());
    assert_eq!(counts, (1, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// The greediest adversary keeps the session alive up to the last second, on the slowest clock.
    #[test]
    fn no_session_outlives_its_record(case in cases()) {
        prop_assert_eq!(revived(&case, 0), None);
    }
}

/// The controls: the same sessions outlive records that are kept for less.
#[test]
fn a_session_outlives_a_record_that_is_kept_a_little_less() {
    let case = Case {
        fast: SKEW,
        listed: true,
        slow: SKEW,
        knows_born: false,
        rises: 0,
    };
    assert_eq!(revived(&case, 0), None);
    // A birth that is not known, taken for no later than now.
    assert!(revived(&case, 2 * SKEW).is_some());
    assert!(revived(&case, 2).is_some());
    let knows_born = Case {
        knows_born: true,
        ..case
    };
    assert_eq!(revived(&knows_born, 0), None);
    assert!(revived(&knows_born, 2).is_some());
}

#[test]
fn a_session_outlives_its_record_if_the_ring_takes_a_longer_horizon_first() {
    let case = Case {
        fast: 0,
        listed: false,
        slow: SKEW,
        knows_born: true,
        rises: 300,
    };
    assert_eq!(revived(&case, 0), None);
    assert!(revived(&case, 300).is_some());
}

#[derive(Clone, Debug)]
struct Case {
    /// How far ahead of the keeper's the clock was on which the session began.
    fast: u32,
    /// Whether its person was listed, so that it was born a skew later.
    listed: bool,
    /// How far behind the keeper's the clock is that judges it.
    slow: u32,
    /// Whether the request named its birth.
    knows_born: bool,
    /// By how much the horizon rises later.
    rises: u32,
}

fn cases() -> impl Strategy<Value = Case> {
    let parts = (0..=SKEW, any::<bool>(), 0..=SKEW, any::<bool>(), 0_u32..400);
    parts.prop_map(|(fast, listed, slow, knows_born, rises)| Case {
        fast,
        listed,
        slow,
        knows_born,
        rises,
    })
}

/// Returns the second in which a session that was revoked is alive and its record is not kept any
/// more, if its record is kept for so many seconds `less`.
fn revived(case: &Case, less: u32) -> Option<u32> {
    let mut scene = Scene::new();
    let born = BEGUN + case.fast + if case.listed { SKEW } else { 0 };
    scene.commit(BEGUN, &[session(1, case.knows_born.then_some(born))]);
    if case.rises > 0 {
        scene.policy = with_horizon(HORIZON + case.rises);
        scene.list = scene.at(BEGUN + 20).before_horizon_rises().unwrap();
        scene.adopt();
    }
    let horizon = scene.ring.revocations().horizon;
    (BEGUN + 20..BEGUN + 3 * HORIZON).find(|now| {
        let is_alive = now - case.slow < born + horizon;
        let kept = ListDraft::new(&scene.list, scene.list.seq() + 1, at(now + less)).build();
        is_alive && !kept.covers_session([1; 8])
    })
}

fn with_horizon(horizon: u32) -> RotationPolicy {
    let seconds = |seconds| Some(HumanDuration::from_secs(seconds));
    let settings = PolicySettings {
        rotate_every: seconds(1000),
        distribution: seconds(60),
        skew: seconds(SKEW),
        token_lifetime: seconds(500),
        revocation_horizon: seconds(horizon),
        suite: None,
    };
    settings.resolve(None).unwrap()
}

fn session(id: u8, born: Option<u32>) -> Revocation {
    Revocation::Session {
        id: [id; 8],
        born: born.map(at),
    }
}

fn subject(hash: u8, born_before: u32) -> Revocation {
    Revocation::Subject {
        hash: [hash; 8],
        born_before: at(born_before),
    }
}
