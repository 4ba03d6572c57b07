//! Prints the race, as one Markdown table or as JSON.

use std::fmt::Write;

use serde::Serialize;

use crate::found::{Cost, Death, Memory, Row};
use crate::machine::Machine;

/// The results of one run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) quick: bool,
    pub(crate) rows: Vec<Row>,
    /// The contenders that did not take part, and why.
    pub(crate) left_out: Vec<(&'static str, String)>,
}

impl Report {
    pub(crate) fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// Returns the table, and below it how each contender was set up.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("| {} |\n", HEAD.join(" | "));
        text.push_str(&"|---".repeat(HEAD.len()));
        text.push_str("|\n");
        for row in &self.rows {
            text.push_str(&line(row));
        }
        for (name, reason) in &self.left_out {
            let empty = " |".repeat(HEAD.len() - 2);
            _ = writeln!(text, "| {name} | left out: {reason} |{empty}");
        }
        let machine = wrapped(&format!("{}.", self.machine.sentence()), "", "");
        _ = write!(text, "\n{machine}\n\n{}\n", wrapped(LEGEND, "", ""));
        if self.quick {
            text.push_str("\nA smoke run: the costs above are only roughly right.\n");
        }
        for row in &self.rows {
            let setting = format!(
                "**{}** ({}), [set up here]({}).",
                row.name,
                row.crates.join(", "),
                row.file.trim_start_matches("benches/peers/"),
            );
            let rotation = format!("Rotation: {}.", row.rotation);
            let strengths = format!("Strengths: {}.", row.strengths);
            _ = write!(
                text,
                "\n{}\n{}\n{}\n",
                wrapped(&setting, "* ", "  "),
                wrapped(&rotation, "  ", "  "),
                wrapped(&strengths, "  ", "  "),
            );
        }
        text
    }
}

/// Wraps a paragraph at the width of the repository's documents.
fn wrapped(paragraph: &str, first: &str, others: &str) -> String {
    let options = textwrap::Options::new(100)
        .initial_indent(first)
        .subsequent_indent(others)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
    textwrap::fill(paragraph, options)
}

fn line(row: &Row) -> String {
    let race = &row.race;
    let cost = row.cost.as_ref();
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let cells = [
        row.name.to_owned(),
        race.told(|it| it.logouts),
        race.told(|it| it.lost_writes),
        format!("{}, {}", race.requests, race.writes),
        race.told(|it| it.failed),
        or_none(cost.map(|cost| format!("{} B", cost.cookie_bytes))),
        or_none(cost.map(|cost| us(cost.read_ns, cost.redis_read_ns))),
        or_none(cost.map(|cost: &Cost| us(cost.write_ns, cost.redis_write_ns))),
        format!("{}.{} ms", race.p99_us / 1000, race.p99_us % 1000 / 100),
        or_none(row.memory.as_ref().map(memory)),
        row.servers.to_owned(),
        or_none(row.death.as_ref().map(death)),
    ];
    format!("| {} |\n", cells.join(" | "))
}

fn us(ns: f64, of_redis: Option<f64>) -> String {
    let own = format!("{:.1} us", ns / 1e3);
    match of_redis {
        Some(redis) => format!("{own} + {:.1} us", redis / 1e3),
        None => own,
    }
}

fn memory(memory: &Memory) -> String {
    let mib = |bytes| format!("{:.1} MiB", memory.mebibytes(bytes));
    match memory.redis {
        Some(redis) => format!("{} + {}", mib(memory.replica), mib(redis)),
        None => mib(memory.replica),
    }
}

fn death(death: &Death) -> String {
    let Death {
        sessions,
        everywhere,
        somewhere,
        after_redis,
    } = death;
    let mut text = format!("{everywhere} of {sessions} live on");
    if everywhere < somewhere {
        _ = write!(text, " everywhere, {somewhere} at one replica");
    }
    if let Some(left) = after_redis {
        _ = write!(text, "; {left} when Redis dies too");
    }
    text
}

const HEAD: [&str; 12] = [
    "",
    "logouts",
    "lost writes",
    "of requests, writes",
    "failed",
    "cookie",
    "a read adds",
    "a write adds",
    "99th percentile",
    "100 000 sessions",
    "other servers",
    "a replica dies",
];

const LEGEND: &str = "Logouts: answers to somebody who had logged in, and was not known. Lost writes: changes \
    that an answer had confirmed and a later page did not show; a logout loses the basket. \
    Failed: answered by an error of the server, or cut off, by a death or while Redis was \
    away; nothing was confirmed by them. Of two numbers, the second is from the moment on when \
    Redis was killed (SIGKILL), as a replica was before: an orderly stop would have saved a \
    snapshot, and with it the sessions. Cookie: `name=value` as it is sent back. Added: the \
    server's CPU time beyond the same application without sessions on the same framework, and \
    what Redis spends on top. 99th percentile: of answers while replicas were being replaced. \
    Sessions: what one replica has grown by, and Redis.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contenders::Contender;
    use crate::race_row;
    use crate::visitor::Noticed;

    #[test]
    fn each_line_has_a_cell_for_each_heading_and_says_who_was_left_out() {
        let mut report = Report {
            machine: Machine::here(),
            quick: true,
            rows: vec![race_row(Contender::Redis, Noticed::default())],
            left_out: vec![("Redis, append-only", "no redis-server".into())],
        };
        report.rows[0].death = Some(Death {
            sessions: 30,
            everywhere: 0,
            somewhere: 20,
            after_redis: Some(0),
        });
        let text = report.markdown();
        let table: Vec<_> = text.lines().take_while(|line| !line.is_empty()).collect();
        assert_eq!(table.len(), 4);
        for line in &table {
            assert_eq!(line.matches('|').count(), HEAD.len() + 1, "{line}");
        }
        assert!(
            table[2].ends_with(
                "0 of 30 live on everywhere, 20 at one replica; 0 when Redis dies too |"
            )
        );
        assert!(table[2].starts_with("| Redis | 0 + 0 | 0 + 0 |"));
        assert!(table[3].starts_with("| Redis, append-only | left out: no redis-server |"));
    }
}
