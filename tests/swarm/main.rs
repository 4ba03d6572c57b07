//! Is anybody logged out on a real Docker Swarm?
//!
//! A private engine, three replicas of the app as a service, a proxy without stickiness and forty
//! visitors. Nothing of it is left on the machine, however it ends: see `machine`. The parts follow
//! one another and share the engine, so they are no `#[test]`s. One table at the end has what each
//! of them showed.

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

mod api;
mod bad_stacks;
mod behind_traefik;
mod breaking;
mod cluster;
mod controls;
mod damaged;
mod door;
mod emergency;
mod engine;
mod exported;
mod fast;
mod faults;
mod fleet;
mod https;
mod images;
mod keeper;
mod machine;
mod managers;
mod operations;
mod order;
mod planted;
mod read_only;
mod refusals;
mod ring;
mod rivals;
mod stack;
mod state;
mod table;
mod urgent;
mod wait;
mod ways_back;

use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::Instant;

use libtest_mimic::{Arguments, Trial};

use crate::engine::Engine;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Two parts at once would be a load of their own.
    arguments.test_threads = Some(1);
    if !machine::is_own() && !arguments.list {
        let often = PARTS.iter().filter(|_| !arguments.ignored);
        let asked = arguments.ignored || arguments.include_ignored;
        let long = LONG.iter().filter(|_| asked);
        let wanted = often.chain(long).map(|it| it.0);
        let wanted: Vec<_> = wanted.filter(|it| is_wanted(it, &arguments)).collect();
        if !wanted.is_empty() {
            return machine::run_again(wanted.iter().any(|it| it.contains("traefik")));
        }
    }
    if machine::is_own() {
        // No part can run without it.
        LazyLock::force(&ENGINE);
    }
    let trial = |&(name, part): &Part| {
        Trial::test(format!("{PLACE}{name}"), move || {
            let begun = Instant::now();
            part(&ENGINE);
            table::note(format!("{:4.0} s: {name}", begun.elapsed().as_secs_f64()));
            Ok(())
        })
    };
    let long = LONG.iter().map(|it| trial(it).with_ignored_flag(true));
    let trials = PARTS.iter().map(trial).chain(long).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    table::print();
    conclusion.exit_code()
}

fn is_wanted(name: &str, arguments: &Arguments) -> bool {
    let asked = arguments.filter.as_deref().unwrap_or_default();
    let name = format!("{PLACE}{name}");
    name.contains(asked) && !arguments.skip.iter().any(|it| name.contains(it))
}

/// What all names begin with, so that one word leaves them all out.
const PLACE: &str = "on_a_swarm::";

/// One for all parts.
static ENGINE: LazyLock<Engine> = LazyLock::new(Engine::start);

/// A name that says what has to hold, and what shows it.
type Part = (&'static str, fn(&Engine));

/// What is done when somebody asks, with `--ignored`.
const LONG: [Part; 2] = [
    (
        "behind_traefik_nobody_is_logged_out_when_managers_are_lost",
        managers::are_lost,
    ),
    (
        "behind_traefik_a_revocation_reaches_ten_replicas",
        emergency::reaches_ten_replicas,
    ),
];

/// What is done, in this order.
const PARTS: [Part; 24] = [
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
    (
        "the_door_that_traefik_asks_through_only_lets_read",
        door::lets_nobody_write,
    ),
    (
        "the_doctor_tells_stacks_that_hurt_from_those_that_do_not",
        bad_stacks::are_told_by_the_doctor,
    ),
    (
        "the_demonstration_runs_behind_traefik_as_well",
        behind_traefik::demonstration,
    ),
    (
        "behind_traefik_only_sealed_sessions_survive_everything",
        behind_traefik::sessions,
    ),
    ("states_that_are_wrong_are_noticed", faults::are_noticed),
    (
        "an_init_that_goes_wrong_at_any_request_can_be_repeated",
        faults::of_an_init,
    ),
    (
        "the_next_turn_finishes_what_goes_wrong_at_any_request",
        faults::of_a_ring_that_goes_on,
    ),
    (
        "programs_that_seal_by_themselves_get_their_secrets_with_the_ring",
        exported::with_the_ring,
    ),
    ("of_several_keepers_at_once_one_decides", rivals::turns),
    (
        "an_old_ring_that_is_put_back_is_put_right",
        ways_back::are_put_right,
    ),
    (
        "nothing_brings_a_revoked_key_back",
        ways_back::are_closed_by_a_revocation,
    ),
    (
        "a_revocation_reaches_services_beside_one_that_is_stuck",
        urgent::waits_for_nobody,
    ),
    (
        "a_fast_epoch_puts_the_pace_back_whoever_is_killed",
        fast::epochs_put_the_pace_back,
    ),
    (
        "a_secret_stays_while_a_replica_has_it",
        ways_back::stay_while_they_are_needed,
    ),
    (
        "nothing_is_done_where_the_engine_or_the_kek_is_not_right",
        refusals::of_what_is_around,
    ),
    ("nothing_is_done_where_the_store_is_damaged", damaged::store),
    (
        "a_secret_is_delivered_for_what_it_holds_and_not_for_its_name",
        planted::secrets,
    ),
    (
        "a_service_that_does_not_get_the_ring_is_named",
        refusals::of_services,
    ),
    // After it there is no swarm.
    ("nothing_is_done_without_a_swarm", refusals::without_a_swarm),
];
