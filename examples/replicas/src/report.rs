//! What did each way lose? As a table, or as one line of JSON.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::time::Duration;

use serde::Serialize;

use crate::drive::Course;
use crate::stores::State;
use crate::visitors::Tally;
use crate::way::Way;

/// The outcome of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    ways: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    way: Way,
    requests: u32,
    replicas: usize,
    logouts: u32,
    items_lost: u32,
    p50_us: u64,
    p99_us: u64,
    /// Per session.
    state_bytes: usize,
}

/// Whether the run showed what the demonstration claims.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// The sealed way lost nothing, where memory lost sessions.
    Shown,
    /// The sealed way lost something.
    SealedLost,
    /// Memory lost no session either, so nothing is shown.
    NothingShown,
}

impl Report {
    pub(crate) fn new(course: &Course, states: &[(Way, State)]) -> Self {
        let row = |(way, tally): &(Way, Tally)| {
            let mut times = tally.times.clone();
            times.sort_unstable();
            let state = states.iter().find(|(it, _)| it == way);
            Row {
                way: *way,
                requests: tally.requests,
                replicas: tally.replicas.len(),
                logouts: tally.logouts,
                items_lost: tally.items_lost,
                p50_us: percentile(&times, 50),
                p99_us: percentile(&times, 99),
                state_bytes: state.map_or(0, |(_, state)| state.per_session()),
            }
        };
        Self {
            ways: course.tallies.iter().map(row).collect(),
        }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        let row = |way| self.ways.iter().find(|row| row.way == way);
        if row(Way::Sealed).is_none_or(|row| row.logouts + row.items_lost > 0) {
            Verdict::SealedLost
        } else if row(Way::Memory).is_none_or(|row| row.logouts == 0) {
            Verdict::NothingShown
        } else {
            Verdict::Shown
        }
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Formats the table for the terminal, if standard output is one, or for a file.
    pub(crate) fn to_table(&self) -> String {
        let colour = std::io::stdout().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
        let mut table = vec![HEAD.map(|cell| (cell.to_owned(), "1"))];
        for way in Way::ALL {
            let found = self.ways.iter().find(|row| row.way == way);
            table.push(found.map_or_else(|| not_run(way), Row::cells));
        }
        let widths: [usize; COLUMNS] =
            std::array::from_fn(|at| table.iter().map(|row| row[at].0.len()).max().unwrap_or(0));
        let mut text = String::new();
        for row in table {
            for (at, ((cell, style), width)) in row.iter().zip(widths).enumerate() {
                let cell = if at == 0 {
                    format!("{cell:<width$}")
                } else {
                    format!("  {cell:>width$}")
                };
                // Writing to a string does not fail.
                _ = if colour && !style.is_empty() {
                    write!(text, "\x1b[{style}m{cell}\x1b[0m")
                } else {
                    write!(text, "{cell}")
                };
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text
    }
}

impl Row {
    /// The cells, each with its style.
    fn cells(&self) -> [(String, &'static str); COLUMNS] {
        let loss = |count: u32| (count.to_string(), if count == 0 { GREEN } else { RED });
        let plain = |text: String| (text, "");
        [
            (self.way.to_string(), "1"),
            plain(self.requests.to_string()),
            plain(self.replicas.to_string()),
            loss(self.logouts),
            loss(self.items_lost),
            plain(milliseconds(self.p50_us)),
            plain(milliseconds(self.p99_us)),
            plain(format!("{} bytes", self.state_bytes)),
        ]
    }
}

fn not_run(way: Way) -> [(String, &'static str); COLUMNS] {
    let mut cells = std::array::from_fn(|_| (String::new(), ""));
    cells[0].0 = way.to_string();
    cells[1].0 = "not run".into();
    cells
}

fn milliseconds(microseconds: u64) -> String {
    format!("{}.{:02} ms", microseconds / 1000, microseconds % 1000 / 10)
}

/// The smallest time that at least this percentage of all times do not exceed, in microseconds.
fn percentile(sorted: &[Duration], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    let time = sorted.get(rank).copied().unwrap_or_default();
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

const COLUMNS: usize = 8;
const HEAD: [&str; COLUMNS] = [
    "way",
    "requests",
    "replicas",
    "logouts",
    "items lost",
    "median",
    "99th pct",
    "server state per session",
];
const GREEN: &str = "1;32";
const RED: &str = "1;31";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_nearest_rank() {
        let times: Vec<_> = (1..=200).map(Duration::from_micros).collect();
        assert_eq!(percentile(&times, 50), 100);
        assert_eq!(percentile(&times, 99), 198);
        assert_eq!(percentile(&times[..1], 99), 1);
        assert_eq!(percentile(&[], 50), 0);
    }

    #[test]
    fn the_verdict_looks_at_sealed_first_and_then_whether_memory_lost_anything() {
        let report = |memory: u32, sealed: (u32, u32)| {
            let row = |way, logouts, items_lost| Row {
                way,
                requests: 1,
                replicas: 1,
                logouts,
                items_lost,
                p50_us: 1,
                p99_us: 1,
                state_bytes: 0,
            };
            Report {
                ways: vec![
                    row(Way::Memory, memory, 0),
                    row(Way::Sealed, sealed.0, sealed.1),
                ],
            }
        };
        assert_eq!(report(5, (0, 0)).verdict(), Verdict::Shown);
        assert_eq!(report(5, (1, 0)).verdict(), Verdict::SealedLost);
        assert_eq!(report(5, (0, 1)).verdict(), Verdict::SealedLost);
        assert_eq!(report(0, (0, 0)).verdict(), Verdict::NothingShown);
    }
}
