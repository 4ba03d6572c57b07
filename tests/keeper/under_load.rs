//! Is anybody logged out under load, while keys rotate and SIGKILL takes keepers and replicas?

use std::time::{Duration, Instant};

use fastrand::Rng;
use sealjar::{KeyRing, Timestamp};
use sealjar_tests::crowd::Crowd;
use sealjar_tests::rings::with_a_new_key;
use sealjar_tests::visitor::{Losses, Noticed};

use crate::site::{REPLICAS, Site};

#[test]
fn nobody_is_logged_out_while_keys_rotate_and_keepers_and_replicas_are_killed() {
    let site = Site::start();
    visited(&site, || disturb(&site)).assert_no_loss();
}

#[test]
fn nobody_is_logged_out_by_replicas_that_get_the_ring_one_after_the_other() {
    let site = Site::start_apart();
    visited(&site, || disturb(&site)).assert_no_loss();
}

/// The control: with the same replicas and visitors, a key that seals at once logs people out.
#[test]
fn keys_that_seal_before_every_replica_holds_them_log_people_out() {
    let site = Site::start_apart();
    let outcome = visited(&site, || {
        for _ in 0..3 {
            rotate_in_one_phase(&site);
            std::thread::sleep(Duration::from_secs(2));
        }
        Chaos::default()
    });
    assert!(outcome.noticed.losses.logouts > 0, "{outcome:?}");
}

/// What was killed and rotated.
#[derive(Debug, Default)]
struct Chaos {
    rotations: usize,
    keepers_killed: usize,
    replicas_killed: usize,
}

impl Chaos {
    /// Whether there was enough chaos for the absence of losses to mean something.
    const fn is_enough(&self) -> bool {
        self.rotations >= 5 && self.keepers_killed >= 3 && self.replicas_killed >= 3
    }
}

/// What visitors noticed.
#[derive(Debug)]
struct Outcome {
    chaos: Chaos,
    noticed: Noticed,
}

impl Outcome {
    fn assert_no_loss(&self) {
        println!("{self:?}");
        let noticed = &self.noticed;
        assert_eq!(noticed.losses, Losses::default(), "{self:?}");
        assert!(noticed.requests > 500, "this was no load: {self:?}");
        assert!(noticed.crossings > noticed.requests / 4, "{self:?}");
        let patience = PATIENCE.as_secs();
        assert!(self.chaos.is_enough(), "within {patience} s: {self:?}");
    }
}

/// Lets visitors come until the chaos is over.
fn visited(site: &Site, done: impl FnOnce() -> Chaos) -> Outcome {
    let crowd = Crowd::gather(&site.origin(), 12, Duration::from_millis(40));
    Outcome {
        chaos: done(),
        noticed: crowd.leave(),
    }
}

/// Kills a keeper and a replica in turn, now and then, until it is enough. There are two keepers.
fn disturb(site: &Site) -> Chaos {
    let mut dice = dice();
    let mut keepers = vec![site.keeper(), site.keeper()];
    let mut chaos = Chaos::default();
    let mut begun = beginnings(&site.ring());
    let end = Instant::now() + PATIENCE;
    while !chaos.is_enough() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(dice.u64(200..1200)));
        for from in beginnings(&site.ring()) {
            if !begun.contains(&from) {
                begun.push(from);
                chaos.rotations += 1;
            }
        }
        if chaos.keepers_killed <= chaos.replicas_killed {
            // Its work is cut off. The next one finds it half done.
            drop(keepers.swap_remove(dice.usize(..keepers.len())));
            keepers.push(site.keeper());
            chaos.keepers_killed += 1;
        } else {
            site.replace_replica(dice.usize(..REPLICAS));
            chaos.replicas_killed += 1;
        }
    }
    chaos
}

/// Seeded dice, although processes take their own time.
fn dice() -> Rng {
    let seed = match std::env::var("SEALJAR_SEED") {
        Ok(seed) => seed
            .parse()
            .expect("SEALJAR_SEED is a whole number below 2^64"),
        Err(_) => fastrand::u64(..),
    };
    println!("again: SEALJAR_SEED={seed} cargo test -p sealjar-tests --test keeper under_load");
    Rng::with_seed(seed)
}

fn beginnings(ring: &KeyRing) -> Vec<Timestamp> {
    let keys = ring.keys().iter();
    keys.filter_map(|key| key.seals_from).collect()
}

/// Replaces the sealing key in one step, which is wrong.
fn rotate_in_one_phase(site: &Site) {
    let ring = with_a_new_key(&site.ring(), Timestamp::now().unwrap());
    std::fs::write(site.store(), ring.to_json().as_bytes()).unwrap();
}

/// Far longer than five rotations of three seconds take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);
