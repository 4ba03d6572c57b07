//! What was found out about a contender?

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
    /// From the moment on when Redis was killed, if there is one.
    pub(crate) after_redis: Option<Losses>,
    /// How long answers took while replicas were being replaced.
    pub(crate) median_us: u128,
    pub(crate) p99_us: u128,
}

/// What a request costs, and what of it is beyond the same application without sessions.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Cost {
    pub(crate) cookie_bytes: usize,
    pub(crate) read_ns: f64,
    pub(crate) write_ns: f64,
    pub(crate) redis_read_ns: Option<f64>,
    pub(crate) redis_write_ns: Option<f64>,
}

/// What so many sessions take while they live.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Memory {
    pub(crate) sessions: u32,
    /// What the replica has grown by, in bytes.
    pub(crate) replica: i64,
    /// What Redis has.
    pub(crate) redis: Option<i64>,
}

/// Of so many sessions, how many are there after a death.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Death {
    pub(crate) sessions: u32,
    /// Known to each replica that is left.
    pub(crate) everywhere: u32,
    /// Known to one of them at least.
    pub(crate) somewhere: u32,
    /// Known to one of them at least when Redis has died too, and is there again.
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

    /// Tells one of the losses, and where there is a Redis the part from its death on beside it: "0
    /// + 8".
    pub(crate) fn told(&self, of: fn(&Losses) -> u32) -> String {
        let before = of(&self.losses);
        match &self.after_redis {
            Some(after) => format!("{before} + {}", of(after)),
            None => before.to_string(),
        }
    }
}

impl Cost {
    /// Returns what is added to another.
    pub(crate) fn beyond(&self, plain: &Self) -> Self {
        Self {
            read_ns: self.read_ns - plain.read_ns,
            write_ns: self.write_ns - plain.write_ns,
            ..self.clone()
        }
    }
}

impl Memory {
    /// Returns what a hundred thousand sessions take, of the replica or of Redis, in MiB.
    pub(crate) fn mebibytes(&self, bytes: i64) -> f64 {
        let whole = i32::try_from(bytes >> 10).map_or(f64::INFINITY, f64::from) / 1024.0;
        whole * 100_000.0 / f64::from(self.sessions)
    }
}
