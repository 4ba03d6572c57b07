//! A keeper's clock was far ahead for one turn. Does everything that a person asks for work again
//! once it is right?

mod faults;

use sealjar::KeyRing;

use self::faults::{assert_right, faults};
use super::world::*;
use crate::plan::{Change, ClockTrust, Plan, Restore, Sessions, Situation, pull_back};
use crate::{Refused, Step, Witness};

/// What a person vouches for.
fn vouched<T>(world: &World, decide: impl FnOnce(&Situation<'_>) -> T) -> T {
    let pulled = pull_back(&world.ring, &world.delivery, SKEW, world.now).unwrap();
    let clock = ClockTrust::Vouched {
        pulled_back: pulled.is_some(),
    };
    let (ring, delivery) = match &pulled {
        Some((ring, delivery)) => (ring, delivery),
        None => (&world.ring, &world.delivery),
    };
    decide(&Situation {
        ring,
        delivery,
        clock,
        ..world.situation()
    })
}

/// A ring that was changed under a clock 400 days ahead, which is right again. Each is another way
/// to it.
fn wrong_once() -> Vec<(&'static str, World)> {
    type Decide = fn(&Situation<'_>) -> Result<Change, Refused>;
    let ways: [(&str, Decide); 6] = [
        ("a turn", |it| match it.turn()? {
            Plan::Commit(change) => Ok(*change),
            Plan::Wait(wait) => panic!("{wait:?}"),
        }),
        ("a rotation", |it| it.rotate(true)),
        ("everyone", |it| it.raise_floor(None)),
        ("a person", |it| it.revoke_subject("shop", "ada", None)),
        ("a key", |it| it.revoke_keys(&[it.ring.keys()[0].id()])),
        ("all keys", |it| it.revoke_all()),
    ];
    let world = |(way, decide): &(&'static str, Decide)| {
        let mut world = World::ended();
        let right = world.now;
        world.pass(AHEAD);
        let change = vouched(&world, decide).unwrap();
        world.adopt(change);
        world.now = right.saturating_add(5);
        (*way, world)
    };
    ways.iter().map(world).collect()
}

#[test]
fn a_clock_further_ahead_than_a_pause_can_be_decides_nothing_and_says_how_to_tell() {
    let mut world = World::begun();
    let latest = world.now;
    let longest = PERIOD + DISTRIBUTION + SKEW + SKEW + 86_400;
    world.pass(longest);
    assert!(
        world.situation().turn().is_ok(),
        "it was not running for a day"
    );
    world.pass(1);
    let now = world.now;
    let ahead = Refused::ClockAhead {
        now,
        latest,
        witness: Witness::Record,
    };
    for (name, made) in super::clocks::decisions(&world) {
        assert_eq!(made, Err(ahead.clone()), "{name}");
    }
    assert!(ahead.to_string().starts_with("clock_ahead: "), "{ahead}");
    assert!(ahead.hint().contains("--clock-is-right"));
    // The control: one who says that it is right is believed.
    assert!(vouched(&world, |it| it.turn().map(drop)).is_ok());
}

#[test]
fn a_keeper_that_has_run_all_the_time_may_have_waited_for_long_and_still_notices_a_jump() {
    let mut world = World::begun();
    world.acknowledged(&[("web.1", 0)]);
    world.pass(40 * 86_400);
    world.checked = Some(world.now);
    world.pass(86_400);
    assert!(world.situation().turn().is_ok());
    world.checked = None;
    let refused =
        |world: &World| matches!(world.situation().turn(), Err(Refused::ClockAhead { .. }));
    assert!(refused(&world), "the control: it has just started");
    world.checked = Some(world.now);
    world.pass(AHEAD);
    assert!(refused(&world));
}

#[test]
fn the_clock_of_the_engine_tells_of_one_that_is_ahead_too() {
    let mut world = World::begun();
    world.acknowledged(&[]);
    let engine = world.now;
    world.pass(PERIOD);
    let crate::delivery::Delivery::Acknowledged(fleet) = &mut world.delivery else {
        panic!("a swarm tells")
    };
    fleet.clock = Some(engine);
    assert!(world.situation().turn().is_ok());
    // Here the ring was changed a moment ago, and so only the engine can tell.
    world.alter(|draft| draft.issued_at = at(BEGUN + 200_000));
    world.now = at(BEGUN + 200_000);
    assert_eq!(
        world.situation().turn().unwrap_err(),
        Refused::ClockAhead {
            now: world.now,
            latest: engine,
            witness: Witness::Engine
        }
    );
}

#[test]
fn the_hint_for_a_clock_that_is_behind_tells_both_cases_apart() {
    for (way, world) in wrong_once() {
        let refused = world.situation().turn().unwrap_err();
        assert!(
            matches!(refused, Refused::ClockBehind { .. }),
            "{way}: {refused}"
        );
        let hint = refused.hint();
        assert!(
            hint.contains("clock is behind") && hint.contains("was ahead"),
            "{hint}"
        );
        assert!(hint.contains("--clock-is-right"), "{hint}");
    }
}

#[test]
fn a_turn_that_is_vouched_for_puts_the_ring_right_and_logs_nobody_out() {
    for (way, world) in wrong_once() {
        let Plan::Commit(change) = vouched(&world, |it| it.turn()).unwrap() else {
            panic!("{way}: there is something to put right")
        };
        assert_eq!(change.steps[0], Step::PulledBack { to: world.now }, "{way}");
        if way == "a turn" || way == "a rotation" {
            assert!(!change.steps.iter().any(Step::revokes), "{way}: {change:?}");
            let before = World::ended();
            let sealing = |ring: &KeyRing, now| ring.sealing_key(now).unwrap().staged_at;
            assert_eq!(
                sealing(&change.ring, world.now),
                sealing(&before.ring, before.now),
                "{way}: the key that sealed before seals on"
            );
        }
        assert_right(way, &world, &change);
    }
}

#[test]
fn whatever_puts_something_out_of_use_works_once_a_person_vouches_for_the_clock() {
    type Decide = fn(&Situation<'_>) -> Result<Change, Refused>;
    let emergencies: [(&str, Decide); 6] = [
        ("revoke --all", |it| it.revoke_all()),
        ("revoke --subject", |it| {
            it.revoke_subject("shop", "bob", None)
        }),
        ("revoke --session", |it| it.revoke_session([7; 8])),
        ("revoke --before now", |it| it.raise_floor(None)),
        ("rotate --force", |it| it.rotate(true)),
        ("revoke KEY", |it| {
            let mut keys = it.ring.keys().iter().filter(|key| !key.is_revoked());
            it.revoke_keys(&[keys.next().unwrap().id()])
        }),
    ];
    for (way, world) in wrong_once() {
        for (emergency, decide) in emergencies {
            let what = format!("{emergency} after {way}");
            let refused = decide(&world.situation());
            assert!(
                matches!(refused, Err(Refused::ClockBehind { .. })),
                "{what}"
            );
            let change = vouched(&world, decide).unwrap_or_else(|it| panic!("{what}: {it}"));
            assert_right(&what, &world, &change);
            let list = change.ring.revocations();
            match emergency {
                "revoke --all" => assert!(world.ring.keys().iter().all(|key| {
                    let phase = change.ring.phase(key.id(), world.now);
                    phase.is_none_or(|phase| phase == sealjar::Phase::Revoked)
                })),
                "revoke --subject" => assert!(
                    list.covers_subject("shop", "bob", world.now) || list.floor > Some(world.now)
                ),
                "revoke --session" => {
                    assert!(list.covers_session([7; 8]) || list.floor > Some(world.now));
                }
                "revoke --before now" => assert!(list.floor > Some(world.now), "{what}"),
                _ => {}
            }
        }
        for sessions in [Sessions::End, Sessions::Keep] {
            let document = World::ended().ring;
            let mut restore = Restore {
                document: &document,
                known: &[read(&world.ring)],
                delivered: &[],
                strangers: &[],
                replaces: false,
                sessions,
                policy: &world.policy,
                now: world.now,
                clock_is_right: false,
                mint: &mint,
            };
            let refused = restore.decide();
            assert!(
                matches!(refused, Err(Refused::ClockBehind { .. })),
                "restore after {way}"
            );
            restore.clock_is_right = true;
            let change = restore.decide().unwrap();
            assert_right(&format!("restore after {way}"), &world, &change);
        }
    }
}

#[test]
fn the_control_a_change_that_pulls_nothing_back_reaches_no_replica_or_refuses_logins() {
    let mut seen = 0;
    for (way, world) in wrong_once() {
        let situation = Situation {
            clock: ClockTrust::Vouched { pulled_back: false },
            ..world.situation()
        };
        let change = situation.revoke_session([7; 8]).unwrap();
        let wrong = faults(&world, &change);
        seen += usize::from(!wrong.is_empty());
        assert_eq!(wrong.is_empty(), way == "a key", "{way}: {wrong:?}");
    }
    assert!(seen > 3);
}

#[test]
fn an_epoch_beyond_what_replicas_take_is_no_epoch_to_go_on_from() {
    let mut world = World::begun();
    let latest = KeyRing::latest_epoch(world.now);
    for (epoch, made) in [
        (latest, Ok(latest + 1)),
        (latest + u64::from(SKEW) - 1, Ok(latest + u64::from(SKEW))),
        (latest + u64::from(SKEW), Err(latest + u64::from(SKEW))),
        (KeyRing::MAX_EPOCH, Err(KeyRing::MAX_EPOCH)),
    ] {
        world.alter(|draft| draft.epoch = epoch);
        let refused = |epoch| Refused::EpochAhead { epoch, latest };
        let change = world.situation().revoke_session([1; 8]);
        let found = change.map(|change| change.ring.epoch());
        assert_eq!(found, made.map_err(refused), "{epoch}");
    }
    // Nobody has taken the last of them, so that what comes after it may be lower.
    let change = vouched(&world, |it| it.revoke_session([1; 8])).unwrap();
    assert_right("a far epoch", &world, &change);
    let shown = Refused::EpochAhead {
        epoch: 9,
        latest: 7,
    };
    assert!(shown.to_string().starts_with("epoch_ahead: "), "{shown}");
    assert!(shown.hint().contains("--clock-is-right"));
}

/// 400 days.
const AHEAD: u32 = 400 * 86_400;
