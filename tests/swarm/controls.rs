//! Would this notice if people were logged out?
//!
//! Three mistakes that do it, and the same thing done right.

use std::process::Command;
use std::time::Duration;

use sealjar::{KeyRing, Timestamp};
use sealjar_tests::rings::{with_a_new_key, with_the_standby_sealing};

use crate::engine::{Engine, HOME};
use crate::fleet::Fleet;
use crate::images::{APP, IN_MEMORY, KEEPER};
use crate::table::Row;

/// A session that one replica keeps, and the others have never heard of.
pub(crate) fn sessions_in_memory(engine: &Engine) {
    let ring = begin_ring("in-memory");
    engine.keep_secret("in-memory", ring.to_json().as_bytes());
    let fleet = Fleet::deploy(engine, &IN_MEMORY, "in-memory");
    let mut crowd = fleet.crowd();
    let wait = || std::thread::sleep(Duration::from_secs(2));
    fleet
        .phase("control: sessions in memory", &mut crowd, wait)
        .assert_logouts();
}

/// The ring that every replica holds says which key comes next, and then it comes.
pub(crate) fn a_standby_that_begins_to_seal(engine: &Engine) {
    rotated_by_hand(
        engine,
        "by hand: the standby seals",
        "standby",
        |ring, now| with_the_standby_sealing(ring, now.saturating_add(1)),
    )
    .assert_no_loss();
}

/// Replicas that are swapped first seal with a key that the others get some seconds later.
pub(crate) fn a_delay_shorter_than_the_roll_out(engine: &Engine) {
    rotated_by_hand(
        engine,
        "control: a delay of one second",
        "short-delay",
        |ring, now| with_a_new_key(ring, now.saturating_add(1)),
    )
    .assert_logouts();
}

/// What most frameworks do.
pub(crate) fn a_rotation_in_one_phase(engine: &Engine) {
    rotated_by_hand(
        engine,
        "control: a rotation in one phase",
        "one-phase",
        with_a_new_key,
    )
    .assert_logouts();
}

/// Deploys a fleet, and swaps its ring for the next one while visitors are there.
fn rotated_by_hand(
    engine: &Engine,
    name: &'static str,
    secret: &str,
    rotate: impl FnOnce(&KeyRing, Timestamp) -> KeyRing,
) -> Row {
    let ring = begin_ring(secret);
    let [old, new] = ["1", "2"].map(|epoch| format!("{secret}.{epoch}"));
    engine.keep_secret(&old, ring.to_json().as_bytes());
    let fleet = Fleet::deploy(engine, &APP, &old);
    let mut crowd = fleet.crowd();
    fleet.phase(name, &mut crowd, || {
        let next = rotate(&ring, Timestamp::now().unwrap());
        engine.keep_secret(&new, next.to_json().as_bytes());
        fleet.swap_secret(&old, &new);
        fleet.await_completed();
    })
}

/// Begins a ring in a file, as the keeper does.
pub(crate) fn begin_ring(name: &str) -> KeyRing {
    let store = format!("{HOME}/{name}.json");
    let begun = Command::new(KEEPER.place())
        .args(["--store", &format!("file:{store}"), "init"])
        .output()
        .unwrap();
    assert!(begun.status.success(), "{begun:?}");
    KeyRing::from_json(&std::fs::read(store).unwrap()).unwrap()
}
