//! How long does one wait for something that others do? Far longer than it takes on a machine that
//! is busy.

use std::time::{Duration, Instant};

/// Waits until something is so, and otherwise ends the test with what is so in its place.
pub(crate) fn wait_until(is_so: impl Fn() -> bool, found: impl FnOnce() -> String) {
    let patience = Instant::now() + PATIENCE;
    while !is_so() {
        if Instant::now() > patience {
            panic!("{}", found());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

const PATIENCE: Duration = Duration::from_secs(90);
