//! What is left when something goes wrong between a keeper and its engine, at any request of any
//! order? What the next turn makes whole.

use std::process::Output;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::api;
use crate::breaking::{self, Fault};
use crate::engine::{Engine, HOME};
use crate::ring::{Ring, TIMES};
use crate::state::State;

/// A ring that begins.
pub(crate) fn of_an_init(engine: &Engine) {
    let ring = Ring::named(engine, "begun");
    let init = [&["init", "--json"], TIMES].concat();
    let requests = breaking::run(ring.prepare(&init), Fault::CutBefore, 0).requests;
    // One more is asked where it makes a KEK.
    for (number, (fault, at)) in samples(requests + 1, 7).into_iter().enumerate() {
        let ring = Ring::named(engine, format!("begun-{number}"));
        let mut init = ring.prepare(&init);
        if number % 2 == 0 {
            // Then it makes its own, which nobody but its containers can read.
            init.env_remove("SEALJAR_KEK");
        }
        let broken = breaking::run(init, fault, at);
        let case = format!("{fault:?} at {at}: {broken:?}");
        let made = ring.state().head().is_some();
        if broken.output.status.success() {
            assert!(made, "{case}");
        }
        if !made {
            assert_ne!(kind(&broken.output), "exists", "{case}");
            ring.done(&[&["init"], TIMES].concat());
        } else if number % 2 == 0 {
            assert_ne!(kind(&broken.output), "lost_race", "{case}");
            let state = ring.state();
            let kek = state.object(&state.label("blob"))["Spec"]["Labels"]["kek"].clone();
            let keks: Vec<_> = state.keks().collect();
            assert_eq!(keks, [kek.as_str().unwrap()], "{case}");
            continue;
        }
        ring.done(&["run", "--once"]);
        assert_eq!(State::objections(&ring), [""; 0], "{case}");
    }
}

/// A ring that rotates, whose keys are revoked, and that is restored.
pub(crate) fn of_a_ring_that_goes_on(engine: &Engine) {
    // Replicas take their time, and what is done to the store does not depend on them.
    for (replicas, share) in [(0, 12), (1, 3)] {
        let name = format!("going-on-{replicas}");
        let ring = Ring::begin(engine, &name, replicas, &[]);
        let requests = breaking::run(ring.prepare(&["rotate"]), Fault::CutBefore, 0).requests;
        // An order that removes what it has revoked asks some more.
        for (number, (fault, at)) in samples(requests * 5 / 4, share).into_iter().enumerate() {
            let order = [Order::Rotate, Order::Revoke, Order::Restore][number % 3];
            go_wrong(&ring, order, fault, at);
        }
        // What one that was cut off has left is gone with the next.
        ring.done(&["rotate"]);
        assert_eq!(State::objections(&ring), [""; 0]);
    }
}

/// The same checks, over states that were made wrong by hand.
pub(crate) fn are_noticed(engine: &Engine) {
    let ring = Ring::begin(engine, "wrong", 0, &[]);
    assert_eq!(State::objections(&ring), [""; 0]);
    let objected = |to: &str| {
        let objections = State::objections(&ring);
        assert!(
            objections.iter().any(|it| it.contains(to)),
            "{to}: {objections:?}"
        );
    };
    let secret = "sealjar.wrong.e1.00000000";
    let stray = json!({ "Name": secret, "Data": "AA==" });
    let id = api::post("/secrets/create", &stray)["ID"].clone();
    objected("nobody needs sealjar.wrong.e1.00000000");
    objected("after a revocation");
    api::delete(&format!("/secrets/{}", id.as_str().unwrap()));
    let id = api::post("/configs/create", &stray)["ID"].clone();
    objected("belongs to nobody");
    api::delete(&format!("/configs/{}", id.as_str().unwrap()));
    assert_eq!(State::objections(&ring), [""; 0]);
    let (index, before) = (api::raft_index(), ring.state());
    ring.done(&["rotate"]);
    assert!(api::raft_index() > index + 2, "nothing was written");
    assert_ne!(ring.state().versions(), before.versions());
    let given = before.label("secret");
    let back = format!("source={given},target=session-ring");
    let now = ring.state().label("secret");
    let put_back = ring.update(&["--secret-rm", &now, "--secret-add", &back]);
    assert!(put_back.status.success(), "{put_back:?}");
    objected("the service has");
    ring.done(&["run", "--once"]);
    assert_eq!(State::objections(&ring), [""; 0]);
}

/// Gives an order that goes wrong, lets the next turn make it whole, and sees that it is.
fn go_wrong(ring: &Ring<'_>, order: Order, fault: Fault, at: usize) {
    let before = ring.state();
    let broken = breaking::run(ring.prepare(&order.arguments(ring)), fault, at);
    let turn = ring.done(&["run", "--once"]);
    let case = format!("{order:?}, {fault:?} at {at}: {broken:?}, then {turn}");
    let after = ring.state();
    let made: Vec<_> = after
        .chain()
        .into_iter()
        .filter(|(epoch, _)| *epoch > before.epoch())
        .collect();
    let told = kind(&broken.output);
    match broken.output.status.code() {
        Some(0) => assert_eq!(made.len(), 1, "{case}"),
        _ if told == "lost_race" => assert_eq!(made.len(), 0, "{case}"),
        _ if told == "unfinished" => assert_eq!(made.len(), 1, "{case}"),
        _ => assert!(made.len() <= 1, "{case}"),
    }
    // Nobody but the order decides anything here.
    assert_eq!(turn["steps"], json!([]), "{case}");
    assert_eq!(State::objections(ring), [""; 0], "{case}");
    assert!(idles(ring), "{case}");
}

/// Whether Swarm writes nothing down while a keeper takes its turn. What else is under way ends
/// soon, so this tries more than once.
fn idles(ring: &Ring<'_>) -> bool {
    (0..5).any(|_| {
        let index = api::raft_index();
        ring.done(&["run", "--once"]);
        // One for the removal of what was counted with, one for counting again.
        api::raft_index() == index + 2
    })
}

/// Returns which request is to go wrong, and how: all, or some at random.
pub(crate) fn samples(requests: usize, share: usize) -> Vec<(Fault, usize)> {
    let each = Fault::ALL.into_iter();
    let mut all: Vec<_> = each
        .flat_map(|fault| (1..=requests).map(move |at| (fault, at)))
        .collect();
    if std::env::var_os(ALL).is_none() {
        let seed = std::env::var(SEED).map_or_else(|_| fastrand::u64(..), |it| it.parse().unwrap());
        println!("{SEED}={seed}");
        Rng::with_seed(seed).shuffle(&mut all);
        all.truncate(share);
    }
    all
}

#[derive(Clone, Copy, Debug)]
enum Order {
    Restore,
    Revoke,
    Rotate,
}

impl Order {
    const fn name(self) -> &'static str {
        match self {
            Self::Restore => "restore",
            Self::Revoke => "revoke",
            Self::Rotate => "rotate",
        }
    }

    fn arguments(self, ring: &Ring<'_>) -> Vec<String> {
        let mut line = vec![self.name().to_owned(), "--json".into()];
        match self {
            Self::Rotate => {}
            Self::Revoke => line.extend([sealing_key(ring), "--yes".into()]),
            Self::Restore => {
                let file = format!("{HOME}/{}.json", ring.name);
                std::fs::write(&file, ring.document().unwrap().to_json().as_bytes()).unwrap();
                line.extend([file, "--yes".into()]);
            }
        }
        line
    }
}

/// Returns the id of the key that seals.
pub(crate) fn sealing_key(ring: &Ring<'_>) -> String {
    let document = ring.document().unwrap();
    let key = document.sealing_key(sealjar::Timestamp::now().unwrap());
    key.unwrap().id().to_string()
}

/// Returns what the command says has gone wrong, in the form for machines.
fn kind(output: &Output) -> String {
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    said["kind"].as_str().unwrap_or_default().to_owned()
}

/// Set where each request is to go wrong in each way. Takes an hour.
const ALL: &str = "SEALJAR_SWARM_ALL";
/// What the requests are drawn by that go wrong.
const SEED: &str = "SEALJAR_SWARM_SEED";
