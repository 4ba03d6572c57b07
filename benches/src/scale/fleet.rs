//! What does a fleet of replicas pay for its sessions, at a given number of requests a second?
//!
//! Everything here is arithmetic over numbers of this run. docs/what-a-fleet-costs.md says what it
//! means.

use std::io;

use sealjar_bench_parts::redis::Redis;

use super::memory::Held;
use crate::measure::Effort;
use crate::report::{Cell, Report, Table};
use crate::request::{Axum, CpuTimes, READ, Variant, WRITE, cpu_times, start};
use crate::seal_open::as_f64;

pub(super) fn run(
    effort: Effort,
    mut redis: Option<&mut Redis>,
    full_ring: f64,
    held: Held,
    report: &mut Report,
) -> io::Result<()> {
    let times = cpu_times(VARIANTS, effort, redis.as_deref_mut())?;
    let plain = bytes(Axum::Plain)?;
    let mut ways = vec![
        Way::measure("sealed", Axum::Sealed, NOTHING, &times, plain)?,
        Way::measure("MemoryStore", Axum::Memory, held.in_memory, &times, plain)?,
    ];
    if let Some(redis) = redis {
        let app = Axum::Redis(redis.port());
        ways.push(Way::measure(
            "over Redis",
            app,
            held.in_redis,
            &times,
            plain,
        )?);
    }

    let mut each = Table::new(
        "what sessions add to a request, and hold",
        &[
            "CPU, read",
            "Redis'",
            "CPU, write",
            "Redis' ",
            "up",
            "down, read",
            "down, write",
            "held",
        ],
    );
    let mut fleets = Table::new(
        "what a fleet pays for a million sessions, a tenth of its requests writes",
        &[
            "requests/s",
            "cores",
            "Redis' cores",
            "up",
            "down",
            "memory",
        ],
    );
    for way in &ways {
        let [read, write] = &way.requests;
        each.row(
            way.name,
            [
                Cell::Us(read.cpu),
                Cell::Us(read.redis),
                Cell::Us(write.cpu),
                Cell::Us(write.redis),
                Cell::Count(read.up),
                Cell::Count(read.down),
                Cell::Count(write.down),
                Cell::Count(way.held),
            ],
        );
    }
    for (replicas, requests) in FLEETS {
        for way in &ways {
            let requests = f64::from(replicas * requests);
            let a_second = |of: fn(&Added) -> f64| {
                let [read, write] = &way.requests;
                requests * (of(read) * (1.0 - WRITES) + of(write) * WRITES)
            };
            fleets.row(
                format!("{replicas} replicas, {}", way.name),
                [
                    Cell::Count(requests),
                    Cell::Cores(a_second(|it| it.cpu)),
                    Cell::Cores(a_second(|it| it.redis)),
                    Cell::MbPerSecond(a_second(|it| it.up)),
                    Cell::MbPerSecond(a_second(|it| it.down)),
                    Cell::Mb(way.memory(replicas, full_ring)),
                ],
            );
        }
    }
    report.tables.extend([each, fleets]);
    Ok(())
}

/// A way to keep sessions, and what it adds to a read and to a write.
struct Way {
    name: &'static str,
    requests: [Added; 2],
    /// Bytes that a live session holds on servers.
    held: f64,
}

/// Nanoseconds and bytes beyond those of the same request without sessions.
struct Added {
    cpu: f64,
    /// What Redis spends.
    redis: f64,
    up: f64,
    down: f64,
}

impl Way {
    fn measure(
        name: &'static str,
        app: Axum,
        held: f64,
        times: &CpuTimes<Axum>,
        plain: [(f64, f64); 2],
    ) -> io::Result<Self> {
        let bytes = bytes(app)?;
        let added = |at: usize| {
            let path = PATHS[at];
            let redis = times.redis.number(app, path);
            Added {
                cpu: times.servers.added(app, path),
                redis: if redis.is_nan() { 0.0 } else { redis },
                up: bytes[at].0 - plain[at].0,
                down: bytes[at].1 - plain[at].1,
            }
        };
        Ok(Self {
            name,
            requests: [0, 1].map(added),
            held,
        })
    }

    /// Returns the bytes that all servers hold: sessions, or in each replica a ring.
    fn memory(&self, replicas: u32, full_ring: f64) -> f64 {
        if self.held == NOTHING {
            f64::from(replicas) * full_ring
        } else {
            self.held * LIVE
        }
    }
}

/// Returns the bytes up and down of a read and of a write.
fn bytes(app: Axum) -> io::Result<[(f64, f64); 2]> {
    let mut load = start(app.into())?;
    let browser = load.browser();
    let mut took = [(0.0, 0.0); 2];
    for (path, took) in PATHS.iter().zip(&mut took) {
        browser.ask("GET", path)?.confirmed()?;
        let (up, down) = browser.took();
        *took = (as_f64(up), as_f64(down));
    }
    Ok(took)
}

const VARIANTS: &[Variant<Axum>] = &[
    Variant::new("no session, read", Axum::Plain, READ),
    Variant::new("no session, write", Axum::Plain, WRITE),
    Variant::new("sealed, read", Axum::Sealed, READ),
    Variant::new("sealed, write", Axum::Sealed, WRITE),
    Variant::new("MemoryStore, read", Axum::Memory, READ),
    Variant::new("MemoryStore, write", Axum::Memory, WRITE),
];
const PATHS: [&str; 2] = [READ, WRITE];
/// Replicas, and how many requests each of them answers a second.
const FLEETS: [(u32, u32); 2] = [(3, 1000), (10, 10_000)];
/// How many requests of one are writes.
const WRITES: f64 = 0.1;
const LIVE: f64 = 1e6;
/// The bytes that servers hold for a sealed session. The table before shows that nothing grows.
const NOTHING: f64 = 0.0;
