//! Measures the CPU time that a server spends on a request, over real sockets.
//!
//! Each application is a process of its own on loopback. A few connections from this process send
//! requests. Only the server's CPU time over a known number of requests is counted, never the
//! client's.

pub(crate) mod server;

use std::io;
use std::time::{Duration, Instant};

use sealjar_bench_parts::load::Load;
use sealjar_bench_parts::redis::{Kept, Redis};

use super::Variant;
use super::added::Found;
use super::apps::{Actix, Axum};
use super::framework::Framework;
use crate::measure::{Effort, median, uncounted};
use crate::report::{Budget, Cell, Report, Table};

pub(super) fn run(effort: Effort, report: &mut Report) {
    let mut redis = match Redis::start(Kept::Nothing) {
        Ok(redis) => Some(redis),
        Err(error) => {
            let note = format!("server CPU: the rows over Redis were left out: {error}");
            report.notes.push(note);
            None
        }
    };
    one::<Axum>(effort, redis.as_mut(), report);
    one::<Actix>(effort, redis.as_mut(), report);
}

fn one<F: Framework>(effort: Effort, redis: Option<&mut Redis>, report: &mut Report) {
    match cpu_times::<F>(F::VARIANTS, effort, redis) {
        Ok(found) => {
            report.tables.push(table(&found));
            report.budgets.extend(verdicts(&found.servers));
        }
        Err(error) => {
            let note = format!("server CPU: {} was left out: {error}", F::NAME);
            report.notes.push(note);
        }
    }
}

/// The median CPU time of one request in nanoseconds: the server's, and that of Redis.
pub(crate) struct CpuTimes<F> {
    pub(crate) servers: Found<F>,
    pub(crate) redis: Found<F>,
}

/// Measures some variants, and with a Redis also those that keep their sessions there.
pub(crate) fn cpu_times<F: Framework>(
    variants: &[Variant<F>],
    effort: Effort,
    redis: Option<&mut Redis>,
) -> io::Result<CpuTimes<F>> {
    uncounted(|| rounds(variants, effort, redis))
}

/// One variant, served by a process of its own.
struct Contestant<F> {
    variant: Variant<F>,
    load: Load,
    samples: Vec<f64>,
    redis_samples: Vec<f64>,
}

fn rounds<F: Framework>(
    variants: &[Variant<F>],
    effort: Effort,
    mut redis: Option<&mut Redis>,
) -> io::Result<CpuTimes<F>> {
    let mut variants = variants.to_vec();
    variants.extend(redis.iter().flat_map(|redis| F::over_redis(redis.port())));
    let mut contestants = Vec::new();
    for variant in variants {
        let mut load = server::start(variant.app.into())?;
        server::check(&mut load, variant)?;
        contestants.push(Contestant {
            variant,
            load,
            samples: Vec::new(),
            redis_samples: Vec::new(),
        });
    }

    let started = Instant::now();
    for _ in 0..effort.load_rounds {
        for it in &mut contestants {
            let redis = redis.as_deref_mut().filter(|_| it.variant.app.uses_redis());
            let path = it.variant.path;
            let (server, redis) = it.load.round("GET", path, effort.load_requests, redis)?;
            it.samples.push(server);
            it.redis_samples.extend(redis);
        }
        if started.elapsed() > LONGEST {
            break;
        }
    }
    let (mut servers, mut redis) = (Vec::new(), Vec::new());
    for it in contestants {
        servers.push((it.variant, median(it.samples)));
        if !it.redis_samples.is_empty() {
            redis.push((it.variant, median(it.redis_samples)));
        }
    }
    Ok(CpuTimes {
        servers: Found::new(servers),
        redis: Found::new(redis),
    })
}

fn table<F: Framework>(found: &CpuTimes<F>) -> Table {
    let mut table = Table::new(
        format!("server CPU per request over loopback, {}", F::NAME),
        &["CPU", "added", F::RATIO, "Redis' own", "added with it"],
    );
    for variant in found.servers.variants() {
        let Variant { name, app, path } = variant;
        let mut cells = found.servers.cells(variant);
        if app.uses_redis() {
            let redis = found.redis.number(app, path);
            let both = found.servers.added(app, path) + redis;
            cells.extend([redis, both].map(Cell::Us));
        }
        table.row(name, cells);
    }
    table
}

/// Compares sealed sessions with all other ways to keep sessions, in one framework, by the server's
/// CPU time alone: the time of Redis does not count against the others.
fn verdicts<F: Framework>(servers: &Found<F>) -> impl Iterator<Item = Budget> {
    let peers = servers.variants().filter(|variant| {
        let app = variant.app;
        app.has_sessions() && app != F::SEALED
    });
    peers.map(|Variant { name, app, path }| {
        Budget::at_most(
            format!("sealed adds less server CPU than {name}"),
            Cell::Ratio(1.0),
            Cell::Ratio(servers.ratio(F::SEALED, path, app)),
        )
    })
}

/// No new round of a framework begins after this time.
const LONGEST: Duration = Duration::from_secs(40);
