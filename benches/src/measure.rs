//! Measures how long operations take, next to each other in one run.

use std::hint::black_box;
use std::panic::{catch_unwind, resume_unwind};
use std::time::Duration;

use cpu_time::ThreadTime;

pub(crate) use sealjar_bench_parts::numbers::{median, nanos};

/// How much to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// How long one turn in one round takes: much less than a slice of the scheduler, so on a busy
    /// machine few turns are interrupted and the median is not one of them.
    pub(crate) turn: Duration,
    /// Requests for each variant in one round of the load table. Few, because on a busy machine
    /// many short turns, some of them undisturbed, say more than a few long ones.
    pub(crate) load_requests: u32,
    pub(crate) load_rounds: usize,
    /// How long one turn of opening takes at one rate of replacing, and how many turns each rate
    /// has.
    pub(crate) swap_turn: Duration,
    pub(crate) swap_rounds: usize,
    /// How many visitors one server has.
    pub(crate) sessions: u32,
}

impl Effort {
    pub(crate) const FULL: Self = Self {
        rounds: 301,
        turn: Duration::from_micros(100),
        load_requests: 200,
        load_rounds: 401,
        swap_turn: Duration::from_millis(100),
        swap_rounds: 21,
        sessions: 1_000_000,
    };
    /// For the smoke run: shows that everything works, and numbers that are only roughly right.
    pub(crate) const QUICK: Self = Self {
        rounds: 31,
        turn: Duration::from_micros(50),
        load_requests: 200,
        load_rounds: 2,
        swap_turn: Duration::from_millis(20),
        swap_rounds: 2,
        sessions: 20_000,
    };
}

/// Operations that are compared, round by round, so that anything that slows the machine for a
/// while slows all of them. The thread's CPU time counts: on a busy machine wall-clock time also
/// includes other programs.
#[derive(Default)]
pub(crate) struct Contest<'a> {
    turns: Vec<Turn<'a>>,
}

type Turn<'a> = Box<dyn FnMut(u32) -> Duration + 'a>;

impl<'a> Contest<'a> {
    pub(crate) fn add<R>(&mut self, mut operation: impl FnMut() -> R + 'a) -> &mut Self {
        self.turns.push(Box::new(move |times| {
            let start = ThreadTime::now();
            for _ in 0..times {
                black_box(operation());
            }
            start.elapsed()
        }));
        self
    }

    /// Returns the median time of each operation in nanoseconds, in the order they were added.
    pub(crate) fn run<const N: usize>(&mut self, effort: Effort) -> [f64; N] {
        assert_eq!(self.turns.len(), N, "one time for each operation");
        let turns = &mut self.turns;
        let mut samples: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
        allocation_counter::opt_out(|| {
            let times = turns.iter_mut().map(|turn| calibrate(turn, effort.turn));
            let times: Vec<u32> = times.collect();
            for _ in 0..effort.rounds {
                for ((turn, times), samples) in turns.iter_mut().zip(&times).zip(&mut samples) {
                    samples.push(nanos(turn(*times)) / f64::from(*times));
                }
            }
        });
        samples.map(median)
    }
}

/// Runs something without counting its allocations, which would take time.
pub(crate) fn uncounted<R>(run: impl FnOnce() -> R) -> R {
    let mut result = None;
    allocation_counter::opt_out(|| result = Some(run()));
    result.expect("it ran")
}

/// Stops counting allocations on this thread, for one that ends elsewhere than where it begins.
pub(crate) fn uncounted_from_here() {
    // Counting would resume when the closure returns, and this one never returns.
    _ = catch_unwind(|| allocation_counter::opt_out(|| resume_unwind(Box::new(()))));
}

/// Finds how often an operation fits into a turn, which also warms it up.
fn calibrate(turn: &mut Turn<'_>, target: Duration) -> u32 {
    let mut times = 1;
    while times < 1 << 20 && turn(times) < target {
        times *= 2;
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_counts_no_more_once_told_so() {
        let counted = |before: fn()| {
            let count = move || {
                before();
                allocation_counter::measure(|| drop(black_box(vec![0_u8; 100]))).count_total
            };
            std::thread::spawn(count).join().expect("it counts")
        };
        assert_eq!(counted(uncounted_from_here), 0);
        assert_eq!(counted(|| {}), 1, "the negative control");
    }
}
