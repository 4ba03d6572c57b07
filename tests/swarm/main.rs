//! Is anybody logged out on a real Docker Swarm?
//!
//! A private engine, three replicas of the app as a service, a proxy without stickiness and forty visitors.
//! Nothing of it is left on the machine, however it ends: see `machine`. The parts follow one another and
//! share the engine, so they are no `#[test]`s; what each of them showed stands in one table at the end.

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

mod controls;
mod engine;
mod fleet;
mod images;
mod keeper;
mod machine;
mod operations;
mod table;
mod wait;

use std::process::ExitCode;
use std::sync::LazyLock;

use libtest_mimic::{Arguments, Trial};

use crate::engine::Engine;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Two parts at once would be a load of their own.
    arguments.test_threads = Some(1);
    if !machine::is_own() && !arguments.list && PARTS.iter().any(|it| is_wanted(it.0, &arguments)) {
        return machine::run_again();
    }
    if machine::is_own() {
        // Without it there is nothing to be said of any part.
        LazyLock::force(&ENGINE);
    }
    let trials = PARTS.map(|(name, part)| {
        Trial::test(name, move || {
            part(&ENGINE);
            Ok(())
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.into());
    table::print();
    conclusion.exit_code()
}

fn is_wanted(name: &str, arguments: &Arguments) -> bool {
    let asked = arguments.filter.as_deref().unwrap_or_default();
    name.contains(asked) && !arguments.skip.iter().any(|it| name.contains(it))
}

/// One for all parts.
static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::start);

/// A name that says what has to hold, and what shows it.
type Part = (&'static str, fn(&Engine));

/// What is done, in this order.
const PARTS: [Part; 5] = [
    (
        "sessions_in_memory_log_people_out",
        controls::sessions_in_memory,
    ),
    (
        "a_standby_that_begins_to_seal_logs_nobody_out",
        controls::a_standby_that_begins_to_seal,
    ),
    (
        "a_delay_shorter_than_the_roll_out_logs_people_out",
        controls::a_delay_shorter_than_the_roll_out,
    ),
    (
        "a_rotation_in_one_phase_logs_people_out",
        controls::a_rotation_in_one_phase,
    ),
    (
        "nobody_is_logged_out_before_their_key_is_revoked",
        operations::of_an_operator,
    ),
];
