//! Does anybody notice that keys change?
//!
//! Simulated fleets under a virtual clock: the real keeper over a store in memory, replicas with the real
//! follower, rings and sealers, visitors with real jars. Every property that rotation promises is asserted at
//! every second, and whatever is done otherwise must be caught.

mod broken;
mod clock;
mod delivery;
mod document;
mod faults;
mod fleet;
mod keepers;
mod ledger;
mod orders;
mod probe;
mod properties;
mod recipe;
mod replica;
mod store;
mod visitor;
mod watch;

#[test]
fn try_it() {
    let from: u64 = std::env::var("FROM").map_or(1, |it| it.parse().unwrap());
    let count: u64 = std::env::var("COUNT").map_or(1, |it| it.parse().unwrap());
    for seed in from..from + count {
        let mut recipe = recipe::Recipe::drawn(seed);
        if std::env::var("PLAIN").is_ok() {
            recipe.emergencies = false;
            recipe.policies = false;
            recipe.orders = 0.0;
            recipe.rates = faults::Rates::default();
        }
        if std::env::var("NOROLL").is_ok() {
            recipe.rates.rolled_back = 0.0;
        }
        if std::env::var("NOPOL").is_ok() {
            recipe.policies = false;
        }
        if std::env::var("NOEM").is_ok() {
            recipe.emergencies = false;
        }
        let report = fleet::Fleet::begin(recipe).run();
        println!(
            "seed {seed}: {} rotations in {} s, {} keys, {} faults",
            report.rotations,
            report.seconds,
            report.most_keys,
            report.tally.total()
        );
        for v in report.checks.found().iter().take(4) {
            println!("   {v}");
        }
    }
}

fn show(name: &str, mut fleet: fleet::Fleet, act: impl FnOnce(&mut fleet::Fleet)) {
    let begun = fleet.time.now();
    act(&mut fleet);
    let report = fleet.report(begun);
    println!("== {name}: {} s", report.seconds);
    for v in report.checks.found().iter() {
        println!("   {v}");
    }
}

#[test]
fn predictions() {
    use fleet::Fleet;
    use orders::Order;
    use recipe::Recipe;
    let ids = |fleet: &Fleet, phase: &str| -> Vec<sealjar::KeyId> {
        let ring = fleet.watch.head().unwrap().ring();
        let now = sealjar::Timestamp::from_stored(fleet.time.now());
        ring.keys()
            .iter()
            .filter(|k| format!("{:?}", ring.phase(k.id(), now).unwrap()) == phase)
            .map(|k| k.id())
            .collect()
    };
    for seed in 0..8 {
        show(
            "sealing and standby at once, with an opening key",
            Fleet::begin(Recipe::calm(seed)),
            |f| {
                while f.watch.rotations < 3 {
                    f.second();
                }
                f.pass(30); // ended
                let mut keys = ids(f, "Sealing");
                keys.extend(ids(f, "Standby"));
                assert_eq!(keys.len(), 2);
                f.order(Order::RevokeKeys(keys));
                f.pass(60);
            },
        );
        show(
            "sealing then sealing",
            Fleet::begin(Recipe::calm(seed)),
            |f| {
                while f.watch.rotations < 3 {
                    f.second();
                }
                f.pass(30);
                let keys = ids(f, "Sealing");
                f.order(Order::RevokeKeys(keys));
                f.pass(5);
                let keys = ids(f, "Sealing");
                f.order(Order::RevokeKeys(keys));
                f.pass(60);
            },
        );
        show(
            "D and P fall in flight",
            Fleet::begin(Recipe {
                policies: true,
                ..Recipe::calm(seed)
            }),
            |f| {
                let slow = recipe::Times {
                    rotate_every: 320,
                    distribution: 300,
                    skew: 3,
                    lifetime: 500,
                    horizon: 600,
                };
                f.change_policy(slow);
                while f.watch.rotations < 4 {
                    f.second();
                }
                f.pass(20);
                f.change_policy(recipe::Times {
                    rotate_every: 26,
                    distribution: 20,
                    ..slow
                });
                f.pass(5);
                f.order(Order::RevokeSession([1; 8]));
                f.pass(80);
            },
        );
        for x in [5, 10, 30, 60, 120, 300] {
            show(
                &format!("keeper ahead by {x}, for good"),
                Fleet::begin(Recipe::calm(seed)),
                |f| {
                    f.seats[0].clock.set_ahead(x);
                    f.pass(600);
                },
            );
            show(
                &format!("keeper ahead by {x} from now on"),
                Fleet::begin(Recipe::calm(seed)),
                |f| {
                    f.pass(200);
                    f.seats[0].clock.set_ahead(x);
                    f.pass(600);
                },
            );
            show(
                &format!("keeper ahead by {x} for 40 s"),
                Fleet::begin(Recipe::calm(seed)),
                |f| {
                    f.pass(200);
                    f.seats[0].clock.set_ahead(x);
                    f.pass(40);
                    f.seats[0].clock.set_ahead(0);
                },
            );
            show(
                &format!("keeper behind by {x} for good"),
                Fleet::begin(Recipe::calm(seed)),
                |f| {
                    f.seats[0].clock.set_ahead(-x);
                    f.pass(600);
                },
            );
            show(
                &format!("keeper behind by {x} from now on"),
                Fleet::begin(Recipe::calm(seed)),
                |f| {
                    f.pass(250);
                    f.seats[0].clock.set_ahead(-x);
                    f.pass(300);
                },
            );
            show(
                &format!("keeper ahead by {x}, key revoked"),
                Fleet::begin(Recipe::calm(seed)),
                |f| {
                    f.pass(200);
                    f.seats[0].clock.set_ahead(x);
                    let keys = ids(f, "Sealing");
                    f.order(Order::RevokeKeys(keys));
                    f.pass(20);
                },
            );
        }
    }
}
