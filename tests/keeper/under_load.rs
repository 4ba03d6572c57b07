//! Rotations every few seconds under load, SIGKILL of keepers and replicas at random.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use sealjar::KeyRing;

use crate::site::{REPLICAS, Site};
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_logged_out_while_keys_rotate_and_keepers_and_replicas_are_killed() {
    let site = Site::start();
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let over = AtomicBool::new(false);
    let visit = async |number: usize| {
        let mut visitor = Visitor::new(&site, number);
        while !over.load(Ordering::Relaxed) {
            if !visitor.logged_in {
                visitor.log_in().await;
            }
            visitor.add().await;
            visitor.look().await;
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
        visitor.look().await;
        visitor
    };
    let mut visitors = Vec::new();
    let mut chaos = Chaos::default();
    std::thread::scope(|scope| {
        let disturb = scope.spawn(|| {
            let chaos = disturb(&site, seed);
            over.store(true, Ordering::Relaxed);
            chaos
        });
        visitors = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(join_all((0..12).map(visit)))
        });
        chaos = disturb.join().unwrap();
    });

    let sum = |count: fn(&Visitor<'_>) -> u32| visitors.iter().map(count).sum::<u32>();
    println!("{} requests, {chaos:?}", sum(|it| it.requests));
    assert_eq!(sum(|it| it.logouts), 0, "logouts");
    assert_eq!(sum(|it| it.items_lost), 0, "items lost");
    assert!(sum(|it| it.requests) > 500, "this was no load");
    assert!(chaos.rotations >= 5, "{chaos:?}");
    assert!(
        chaos.keepers_killed >= 3 && chaos.replicas_killed >= 3,
        "{chaos:?}"
    );
}

/// What was done to the site.
#[derive(Debug, Default)]
struct Chaos {
    rotations: usize,
    keepers_killed: usize,
    replicas_killed: usize,
}

/// Kills a keeper or a replica every now and then. At times there are two keepers.
fn disturb(site: &Site, seed: u64) -> Chaos {
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut keepers = vec![site.keeper(), site.keeper()];
    let mut chaos = Chaos::default();
    let mut begun: Vec<_> = beginnings(&site.ring());
    let end = Instant::now() + Duration::from_secs(22);
    while Instant::now() < end {
        std::thread::sleep(Duration::from_millis(dice.u64(200..1200)));
        for from in beginnings(&site.ring()) {
            if !begun.contains(&from) {
                begun.push(from);
                chaos.rotations += 1;
            }
        }
        if dice.bool() {
            // What it is doing is cut off. The next one finds it half-done.
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

fn beginnings(ring: &KeyRing) -> Vec<sealjar::Timestamp> {
    ring.keys()
        .iter()
        .filter_map(|key| key.seals_from)
        .collect()
}
