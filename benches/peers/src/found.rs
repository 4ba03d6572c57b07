//! The results of a contender.

use std::time::Duration;

use serde::Serialize;

use crate::visitor::{Losses, Noticed};

/// A row of the table.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Names and versions of its crates, its own first.
    pub(crate) crates: Vec<String>,
    /// Where it is set up.
    pub(crate) file: &'static str,
    pub(crate) rotation: &'static str,
    pub(crate) strengths: &'static str,
    pub(crate) servers: &'static str,
    pub(crate) race: Race,
    /// Absent where only the race was asked for.
    pub(crate) cost: Option<Cost>,
    pub(crate) memory: Option<Memory>,
    pub(crate) death: Option<Death>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Race {
    pub(crate) requests: u32,
    pub(crate) writes: u32,
    #[serde(flatten)]
    pub(crate) losses: Losses,
    /// The losses since Redis was killed, if there is one.
    pub(crate) after_redis: Option<Losses>,
    /// Response times while replicas were being replaced.
    pub(crate) median_us: u128,
    pub(crate) p99_us: u128,
}

/// The cost of a request, and the part beyond the same application without sessions.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Cost {
    pub(crate) cookie_bytes: usize,
    pub(crate) read_ns: f64,
    pub(crate) write_ns: f64,
    pub(crate) redis_read_ns: Option<f64>,
    pub(crate) redis_write_ns: Option<f64>,
}

/// The memory of a number of live sessions.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Memory {
    pub(crate) sessions: u32,
    /// The replica's growth in bytes.
    pub(crate) replica: i64,
    /// What Redis has.
    pub(crate) redis: Option<i64>,
}

/// How many of a number of sessions still exist after a death.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Death {
    pub(crate) sessions: u32,
    /// Known to each remaining replica.
    pub(crate) everywhere: u32,
    /// Known to at least one of them.
    pub(crate) somewhere: u32,
    /// Known to at least one of them after Redis has also died and restarted.
    pub(crate) after_redis: Option<u32>,
}

impl Race {
    pub(crate) fn new(mut noticed: Noticed, with_redis: bool) -> Self {
        noticed.times.sort_unstable();
        let at = |part: usize| {
            let times = &noticed.times;
            let time = times.get(times.len() * part / 100);
            time.map_or(0, Duration::as_micros)
        };
        Self {
            requests: noticed.requests,
            writes: noticed.writes,
            losses: noticed.losses,
            after_redis: with_redis.then_some(noticed.after_redis),
            median_us: at(50),
            p99_us: at(99),
        }
    }

    /// Formats one kind of loss; with a Redis, the part since its death is listed separately: "0 +
    /// 8".
    pub(crate) fn told(&self, of: fn(&Losses) -> u32) -> String {
        let before = of(&self.losses);
        match &self.after_redis {
            Some(after) => format!("{before} + {}", of(after)),
            None => before.to_string(),
        }
    }
}

impl Cost {
    /// Returns the difference to another.
    pub(crate) fn beyond(&self, plain: &Self) -> Self {
        Self {
            read_ns: self.read_ns - plain.read_ns,
            write_ns: self.write_ns - plain.write_ns,
            ..self.clone()
        }
    }
}

impl Memory {
    /// Returns the memory of a hundred thousand sessions, of the replica or of Redis, in MiB.
    pub(crate) fn mebibytes(&self, bytes: i64) -> f64 {
        let whole = i32::try_from(bytes >> 10).map_or(f64::INFINITY, f64::from) / 1024.0;
        whole * 100_000.0 / f64::from(self.sessions)
    }
}
