//! What do large numbers cost? Of sessions, of bytes in a session, of requests of a fleet.

mod fleet;
mod memory;
mod parts;
mod ring;

use std::io;

use sealjar_bench_parts::redis::{Kept, Redis};

use crate::measure::Effort;
use crate::report::Report;

pub(crate) fn run(effort: Effort, report: &mut Report) {
    if let Err(error) = tables(effort, report) {
        let note = format!("scale: what is not above was left out: {error}");
        report.notes.push(note);
    }
}

fn tables(effort: Effort, report: &mut Report) -> io::Result<()> {
    let full_ring = ring::run(report);
    parts::run(effort, report)?;
    let mut redis = Redis::start(Kept::Nothing)
        .map_err(|error| {
            let note = format!("scale: the rows over Redis were left out: {error}");
            report.notes.push(note);
        })
        .ok();
    let held = memory::run(effort, redis.as_mut(), report)?;
    fleet::run(effort, redis.as_mut(), full_ring, held, report)
}
