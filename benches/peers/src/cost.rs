//! What does a session add to a request, and how long is its cookie?

use std::io;
use std::path::Path;

use sealjar_bench_parts::load::Load;
use sealjar_bench_parts::numbers::median;
use sealjar_bench_parts::redis::{Kept, Redis};
use sealjar_bench_parts::server::Server;

use crate::contenders::{App, Order};
use crate::effort::Effort;
use crate::found::Cost;
use crate::keys::Keys;
use crate::ring::Ring;

/// Serves each application in a process of its own and counts the server's CPU time over a number
/// of requests, in alternating turns.
pub(crate) fn run(apps: &[App], effort: Effort) -> io::Result<Vec<(App, Cost)>> {
    let place = tempfile::tempdir()?;
    let mut redis = apps
        .contains(&App::Redis)
        .then(|| Redis::start(Kept::Nothing))
        .transpose()?;
    let port = redis.as_ref().map(Redis::port);
    let mut all = apps.to_vec();
    all.extend(apps.iter().map(|app| app.without_sessions()));
    all.sort_by_key(|app| format!("{app:?}"));
    all.dedup();
    let mut turns = Vec::new();
    for app in all {
        let server = start(app, place.path(), port)?;
        turns.push(Turn {
            app,
            load: Load::log_in(server, "POST", "/login/1")?,
            samples: Samples::default(),
        });
    }
    for _ in 0..effort.cost_rounds {
        for turn in &mut turns {
            turn.take(effort.cost_requests, redis.as_mut())?;
        }
    }
    let whole: Vec<_> = turns
        .into_iter()
        .map(|turn| (turn.app, turn.whole()))
        .collect();
    let plain = |app: App| whole.iter().find(|(it, _)| *it == app.without_sessions());
    Ok(apps
        .iter()
        .filter_map(|app| {
            let (_, with) = whole.iter().find(|(it, _)| it == app)?;
            Some((*app, with.beyond(&plain(*app)?.1)))
        })
        .collect())
}

/// Starts one replica with keys of its own.
pub(crate) fn start(app: App, place: &Path, redis: Option<u16>) -> io::Result<Server> {
    let keys = place.join(format!("{app:?}.json"));
    if app.has_ring() {
        Ring::begin(keys.clone())?;
    } else {
        Keys::generate()?.write(&keys)?;
    }
    Server::start(&serde_json::to_string(&Order { app, keys, redis })?)
}

struct Turn {
    app: App,
    load: Load,
    samples: Samples,
}

/// Nanoseconds for each request, of one turn each.
#[derive(Default)]
struct Samples {
    reads: Vec<f64>,
    writes: Vec<f64>,
    redis_reads: Vec<f64>,
    redis_writes: Vec<f64>,
}

impl Turn {
    fn take(&mut self, requests: u32, redis: Option<&mut Redis>) -> io::Result<()> {
        let mut redis = redis.filter(|_| self.app == App::Redis);
        let samples = &mut self.samples;
        let (server, beside) = self
            .load
            .round("GET", "/", requests, redis.as_deref_mut())?;
        samples.reads.push(server);
        samples.redis_reads.extend(beside);
        let (server, beside) = self.load.round("POST", "/add", requests, redis)?;
        samples.writes.push(server);
        samples.redis_writes.extend(beside);
        Ok(())
    }

    /// Returns the median total of a request, and the final length of the cookie.
    fn whole(mut self) -> Cost {
        let of_redis = |samples: Vec<f64>| (!samples.is_empty()).then(|| median(samples));
        Cost {
            cookie_bytes: self.load.browser().cookie_header().len(),
            read_ns: median(self.samples.reads),
            write_ns: median(self.samples.writes),
            redis_read_ns: of_redis(self.samples.redis_reads),
            redis_write_ns: of_redis(self.samples.redis_writes),
        }
    }
}
