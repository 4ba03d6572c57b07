//! Shows progress to a person who waits.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::visitors::Counters;
use crate::way::Way;

/// One line that is overwritten in a terminal, or a line now and then in a file.
#[derive(Debug)]
pub(crate) struct Progress {
    quiet: bool,
    in_place: bool,
    total: u32,
    counters: Vec<(Way, Arc<Counters>)>,
    next: Instant,
}

impl Progress {
    /// `total` is the number of requests of each way.
    pub(crate) fn new(quiet: bool, total: u32, counters: Vec<(Way, Arc<Counters>)>) -> Self {
        let in_place = std::io::stderr().is_terminal();
        Self {
            quiet,
            in_place,
            total,
            counters,
            next: Instant::now() + every(in_place),
        }
    }

    pub(crate) fn show(&mut self, rotations: u32) {
        if self.quiet || Instant::now() < self.next {
            return;
        }
        self.next = Instant::now() + every(self.in_place);
        let requests: u32 = self
            .counters
            .iter()
            .map(|(_, it)| it.requests.load(Ordering::Relaxed))
            .sum();
        let ways = u32::try_from(self.counters.len()).unwrap_or(1);
        let percent = u64::from(requests) * 100 / u64::from((self.total * ways).max(1));
        let logouts: Vec<String> = self
            .counters
            .iter()
            .map(|(way, it)| format!("{way} {}", it.logouts.load(Ordering::Relaxed)))
            .collect();
        let line = format!(
            "{percent:3} %  {requests} requests, {rotations} rotations, logouts: {}",
            logouts.join(", ")
        );
        let mut error = std::io::stderr().lock();
        // If this fails, nobody is reading the progress.
        _ = if self.in_place {
            write!(error, "\r\x1b[2K{line}").and_then(|()| error.flush())
        } else {
            writeln!(error, "{line}")
        };
    }

    /// Removes the line.
    pub(crate) fn end(&self) {
        if self.in_place && !self.quiet {
            eprint!("\r\x1b[2K");
        }
    }
}

const fn every(in_place: bool) -> Duration {
    if in_place {
        Duration::from_millis(100)
    } else {
        Duration::from_secs(3)
    }
}
