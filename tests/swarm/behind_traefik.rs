//! Who is logged out behind a real Traefik? Three replicas keep their sessions in one way after the
//! other, while replicas die, are updated, and keys rotate.

use std::process::Command;
use std::time::Duration;

use fastrand::Rng;
use sealjar_tests::traefik;
use serde_json::Value;

use crate::engine::Engine;
use crate::images::IN_MEMORY;
use crate::keeper::Keeper;
use crate::stack::{REDIS, Stack, WEB, Way};

/// What happens to the site.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Event {
    Nothing,
    ReplicaKilled,
    RollingUpdate,
    RedisKilled,
    Rotation,
    /// Two replicas more come while keys rotate.
    RotationScaled,
    /// Somebody deploys the stack while keys rotate.
    RotationDeployed,
}

pub(crate) fn sessions(engine: &Engine) {
    let keeper = Keeper::begin(engine);
    let stack = Stack::prepare(engine, vec![([127, 0, 0, 1], 443).into()]);
    for (way, events) in chosen() {
        stack.serve(way, &keeper.head().secret);
        let mut crowd = stack.crowd(VISITORS);
        for event in events {
            let name = format!("Traefik, {}: {}", way.name(), event.name());
            let row = stack.phase(name, &mut crowd, |stack| event.happen(stack, &keeper));
            match expected(way, event) {
                Expected::Kept => row.assert_kept(),
                Expected::Lost => row.assert_logouts(),
            }
        }
    }
}

/// `replicas --traefik` leads its visitors through it, and comes to the same end as with its own
/// proxy.
pub(crate) fn demonstration(_: &Engine) {
    let mut run = Command::new(IN_MEMORY.place());
    run.args([
        "--once",
        "--json",
        "--visitors",
        "4",
        "--requests",
        "110",
        "--traefik",
    ]);
    let ran = run.arg(traefik::program()).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let report: Value = serde_json::from_slice(&ran.stdout).unwrap();
    for row in report["ways"].as_array().unwrap() {
        assert_eq!(row["requests"], 4 * 110, "{report}");
        assert!(row["replicas"].as_u64().unwrap() >= 3, "{report}");
    }
    // The control: what is no Traefik is named.
    let mut run = Command::new(IN_MEMORY.place());
    let ran = run
        .args(["--once", "--traefik", "/bin/true"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(said.contains("/bin/true is no Traefik"), "{said}");
}

impl Event {
    const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "healthy",
            Self::ReplicaKilled => "a replica is killed",
            Self::RollingUpdate => "a rolling update",
            Self::RedisKilled => "Redis is killed",
            Self::Rotation => "a rotation",
            Self::RotationScaled => "scaling in a rotation",
            Self::RotationDeployed => "deploying in a rotation",
        }
    }

    const ROTATIONS: [Self; 3] = [Self::Rotation, Self::RotationScaled, Self::RotationDeployed];

    /// Which can happen there.
    fn of(way: Way) -> Vec<Self> {
        let everywhere = [Self::Nothing, Self::ReplicaKilled, Self::RollingUpdate];
        let more: &[Self] = match way {
            Way::Memory | Way::Sticky => &[],
            Way::Redis | Way::RedisAppending => &[Self::RedisKilled],
            Way::Sealed => &Self::ROTATIONS,
        };
        [&everywhere, more].concat()
    }

    fn happen(self, stack: &Stack<'_>, keeper: &Keeper<'_>) {
        match self {
            Self::Nothing => std::thread::sleep(A_WHILE),
            Self::ReplicaKilled => stack.kill_one(WEB),
            Self::RollingUpdate => stack.update(),
            Self::RedisKilled => {
                stack.kill_one(REDIS);
                // It answers again, and everybody comes by.
                std::thread::sleep(A_WHILE);
            }
            Self::Rotation => rotate(keeper, || {}),
            Self::RotationScaled => {
                rotate(keeper, || {
                    stack.await_state("updating");
                    stack.scale(5);
                });
                stack.await_calm();
                stack.scale(3);
            }
            Self::RotationDeployed => rotate(keeper, || {
                stack.await_state("updating");
                stack.deploy(Way::Sealed, &keeper.head().secret);
            }),
        }
    }
}

/// Rotates, does something meanwhile, and waits until every replica has the next ring.
fn rotate(keeper: &Keeper<'_>, meanwhile: impl FnOnce()) {
    let before = keeper.head();
    let mut rotating = keeper.begin_order(0, &["rotate"]);
    meanwhile();
    // If somebody else updates the service meanwhile, the order may end before its epoch is
    // everywhere. The keeper finishes it.
    _ = rotating.wait().unwrap();
    keeper.await_published(before.epoch);
}

#[derive(Clone, Copy, Debug)]
enum Expected {
    /// Nobody is logged out, and nothing gets lost.
    Kept,
    /// The control: somebody is logged out.
    Lost,
}

const fn expected(way: Way, event: Event) -> Expected {
    match (way, event) {
        (Way::Memory, _)
        | (Way::Sticky, Event::ReplicaKilled | Event::RollingUpdate)
        | (Way::Redis, Event::RedisKilled) => Expected::Lost,
        _ => Expected::Kept,
    }
}

/// Returns what is tried: what is asked for, or the way in memory, one of the others with something
/// that happens to it, and the sealed way with a death and a rotation.
fn chosen() -> Vec<(Way, Vec<Event>)> {
    const OTHERS: [Way; 3] = [Way::Sticky, Way::Redis, Way::RedisAppending];
    if let Ok(asked) = std::env::var(WAY) {
        let mut ways = Way::ALL.to_vec();
        ways.retain(|way| asked == "all" || asked == way.word());
        assert!(!ways.is_empty(), "{WAY}={asked} is no way to keep sessions");
        return ways.into_iter().map(|way| (way, Event::of(way))).collect();
    }
    let seed = std::env::var(SEED).map_or_else(|_| fastrand::u64(..), |it| it.parse().unwrap());
    println!("{SEED}={seed}");
    let mut draw = Rng::with_seed(seed);
    let other = *draw.choice(&OTHERS).unwrap();
    let happens = *draw.choice(&Event::of(other)[1..]).unwrap();
    // A rotation replaces all replicas, as a rolling update does.
    let rotation = *draw.choice(&Event::ROTATIONS).unwrap();
    vec![
        (Way::Memory, vec![Event::Nothing]),
        (other, vec![Event::Nothing, happens]),
        (
            Way::Sealed,
            vec![Event::Nothing, Event::ReplicaKilled, rotation],
        ),
    ]
}

/// Few enough for a machine that runs everything else as well.
const VISITORS: usize = 20;
/// How long people are watched where nothing happens.
const A_WHILE: Duration = Duration::from_secs(8);

/// Set to a way, or to `all`, where everything is tried that happens to it: `just traefik-long`.
const WAY: &str = "SEALJAR_TRAEFIK_WAY";
/// What is drawn by.
const SEED: &str = "SEALJAR_TRAEFIK_SEED";
