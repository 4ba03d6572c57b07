//! A thousand replicas, a thousand rotations, a million faults.

use std::thread;

use sealjar::Suite;
use sealjar_keeper::plan::Publishing;

use crate::faults::{Rates, Tally};
use crate::fleet::Report;
use crate::properties::{Checks, Property};
use crate::recipe::{Recipe, Times};
use crate::verdict::{assert_sound, seeds};

/// A fleet of the promised size.
fn great(seed: u64) -> Recipe {
    Recipe {
        replicas: 1000,
        jars: 16,
        visitors: 16,
        keepers: 3,
        rotations: 1000,
        acknowledged: seed.is_multiple_of(2),
        publishing: match seed / 2 % 2 {
            0 => Publishing::Free,
            _ => Publishing::Restarts,
        },
        times: Times {
            rotate_every: 60,
            distribution: 20,
            skew: 3,
            lifetime: 100,
            horizon: 600,
            suite: Suite::Xaes256Gcm,
        },
        rates: Rates {
            crash: 0.001,
            ..Rates::ALL
        },
        poll_every: 6,
        orders: 0.3,
        probes: 1.0,
        ..Recipe::drawn(seed)
    }
}

#[test]
#[ignore = "takes minutes: `just fleet-long`"]
fn a_thousand_replicas_notice_none_of_a_thousand_rotations_under_a_million_faults() {
    let test = "a_thousand_replicas --ignored";
    // Two cores, two fleets. Seeds 3 and 4 are the other ways to publish and to acknowledge.
    let fleets = seeds(1..3).into_iter().map(|seed| {
        let run = move || assert_sound(test, &great(seed));
        (seed, thread::spawn(run))
    });
    let fleets: Vec<_> = fleets.collect();
    let (mut tally, mut checks) = (Tally::default(), Checks::default());
    for (seed, fleet) in fleets {
        let Report {
            checks: made,
            tally: faults,
            rotations,
            seconds,
            most_keys,
        } = fleet.join().unwrap();
        println!(
            "seed {seed}: 1000 replicas, {rotations} rotations in {seconds} s of their time, at most \
             {most_keys} keys, {} faults",
            faults.total()
        );
        assert!(rotations >= 1000 && faults.total() >= 1_000_000);
        tally.add(&faults);
        checks.add(made);
    }
    println!("faults:\n{tally}checks:");
    for property in Property::ALL {
        println!("  {:>12}  {property:?}", checks.made(property));
    }
}
