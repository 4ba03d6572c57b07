//! How much memory does a server have after many visitors, each with a session of their own?

use std::io;

use sealjar_bench_parts::redis::Redis;
use sealjar_bench_parts::server::Server;

use crate::measure::Effort;
use crate::report::{Cell, Report, Table};
use crate::request::{Axum, LOGIN, READ, start};

/// Bytes that servers hold for one live session.
#[derive(Clone, Copy)]
pub(super) struct Held {
    pub(super) in_memory: f64,
    pub(super) in_redis: f64,
}

pub(super) fn run(
    effort: Effort,
    redis: Option<&mut Redis>,
    report: &mut Report,
) -> io::Result<Held> {
    let few = effort.sessions.min(ENOUGH);
    let sealed = serve(Axum::Sealed, effort.sessions, Server::resident)?;
    let stored = serve(Axum::Memory, few, Server::resident)?;
    let redis = redis.map(|redis| serve(Axum::Redis(redis.port()), few, |_| redis.used_memory()));
    let redis = redis.transpose()?;

    let mut table = Table::new(
        "memory after so many sessions, each begun and read",
        &[
            "sessions",
            "before",
            "after a tenth",
            "after all",
            "a session",
        ],
    );
    let rows = [
        ("sealed, the server's", Some(&sealed)),
        ("MemoryStore, the server's", Some(&stored)),
        ("tower-sessions over Redis, Redis' own", redis.as_ref()),
    ];
    for (name, grown) in rows {
        let Some(grown) = grown else { continue };
        table.row(
            name,
            [
                Cell::Number(grown.sessions as usize),
                Cell::Mb(grown.before),
                Cell::Mb(grown.after_a_tenth),
                Cell::Mb(grown.after_all),
                Cell::Count(grown.each()),
            ],
        );
        if grown.sessions < effort.sessions {
            let all = f64::from(effort.sessions);
            table.row(
                format!("{name}, extrapolated"),
                [
                    Cell::Number(effort.sessions as usize),
                    Cell::Mb(grown.before),
                    Cell::Mb(grown.before + grown.each() * all / 10.0),
                    Cell::Mb(grown.before + grown.each() * all),
                    Cell::Count(grown.each()),
                ],
            );
        }
    }
    report.tables.push(table);
    Ok(Held {
        in_memory: stored.each(),
        in_redis: redis.map_or(f64::NAN, |redis| redis.each()),
    })
}

/// Bytes at three times.
struct Grown {
    sessions: u32,
    before: f64,
    after_a_tenth: f64,
    after_all: f64,
}

impl Grown {
    /// Returns the bytes of a session, from the last nine tenths: the first tenth is also warm-up.
    fn each(&self) -> f64 {
        (self.after_all - self.after_a_tenth) / (f64::from(self.sessions) * 0.9)
    }
}

fn serve(
    app: Axum,
    sessions: u32,
    mut memory: impl FnMut(&Server) -> io::Result<u64>,
) -> io::Result<Grown> {
    let mut load = start(app.into())?;
    let mut memory_after = |visits| {
        load.visit(visits, LOGIN, READ)?;
        let kib = u32::try_from(memory(load.server())? / 1024).map_err(io::Error::other)?;
        io::Result::Ok(f64::from(kib) * 1024.0)
    };
    Ok(Grown {
        sessions,
        before: memory_after(WARM_UP)?,
        after_a_tenth: memory_after(sessions / 10)?,
        after_all: memory_after(sessions / 10 * 9)?,
    })
}

const WARM_UP: u32 = 1000;
/// Stores only have to keep this many; the rest is extrapolated.
const ENOUGH: u32 = 100_000;
