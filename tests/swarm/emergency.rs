//! How long does a revocation take to reach ten replicas behind Traefik, and what do visitors
//! notice of it?

use std::time::Instant;

use crate::engine::Engine;
use crate::keeper::Keeper;
use crate::stack::{Stack, Way};
use crate::table;

/// Once as `examples/swarm/stack.yml` has the numbers, and once as fast as it can be.
pub(crate) fn reaches_ten_replicas(engine: &Engine) {
    let keeper = Keeper::begin(engine);
    let stack = Stack::prepare(engine, vec![([127, 0, 0, 1], 443).into()]);
    stack.serve(Way::Sealed, &keeper.head().secret);
    stack.scale(10);
    let wait = |_: &Stack<'_>| {};
    let mut crowd = stack.crowd(VISITORS);
    stack
        .phase("ten replicas: healthy".into(), &mut crowd, wait)
        .assert_kept();
    for (name, options) in [("as in the stack file", &[][..]), ("--fast", &["--fast"])] {
        let mut took = 0.0;
        let row = stack.phase(format!("ten replicas: {name}"), &mut crowd, |_| {
            // Nobody has this name, so that nobody is logged out.
            let revoke = ["revoke", "--subject", "nobody", "--app", "shop", "--yes"];
            let begun = Instant::now();
            keeper.order(&[&revoke[..], options].concat());
            took = begun.elapsed().as_secs_f64();
        });
        row.assert_kept();
        table::note(format!(
            "a revocation {name} was on ten replicas after {took:.0} s"
        ));
    }
}

/// Few enough for a machine that runs ten replicas as well.
const VISITORS: usize = 15;
