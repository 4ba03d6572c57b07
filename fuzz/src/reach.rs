//! Counts how far the fuzzer's inputs get. A target that refuses all its inputs early shows
//! nothing.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts executions, and those that reached the goal. Prints both whenever the first is a power of
/// two, because libFuzzer gives no chance to print at the end.
#[derive(Debug)]
pub struct Reach {
    goal: &'static str,
    tried: AtomicU64,
    reached: AtomicU64,
}

impl Reach {
    /// Makes a counter for `goal`.
    #[must_use]
    pub const fn new(goal: &'static str) -> Self {
        Self {
            goal,
            tried: AtomicU64::new(0),
            reached: AtomicU64::new(0),
        }
    }

    /// Counts one execution.
    pub fn count(&self, reached: bool) {
        let reached = u64::from(reached);
        let reached = self.reached.fetch_add(reached, Ordering::Relaxed) + reached;
        let tried = self.tried.fetch_add(1, Ordering::Relaxed) + 1;
        if tried.is_power_of_two() && tried >= FIRST {
            let percent = 100 * reached / tried;
            eprintln!("reach: {reached} of {tried} ({percent} %) {}", self.goal);
        }
    }
}

const FIRST: u64 = 1 << 12;
