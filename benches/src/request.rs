//! What does a session add to a request?

mod added;
mod allocations;
mod apps;
mod client;
mod framework;
mod in_process;
mod load;
mod serve;

pub(crate) use apps::{Actix, Axum};
pub(crate) use client::{Visitor, ready};
pub(crate) use framework::Framework;
pub(crate) use in_process::times;
pub(crate) use load::server::start;
pub(crate) use load::{CpuTimes, cpu_times};
pub(crate) use serve::serve;

use crate::measure::Effort;
use crate::report::Report;

pub(crate) fn run(effort: Effort, report: &mut Report) {
    in_process::run(effort, report);
    allocations::run(report);
    load::run(effort, report);
}

/// An application and a path to request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant<F> {
    pub(crate) name: &'static str,
    pub(crate) app: F,
    pub(crate) path: &'static str,
}

impl<F> Variant<F> {
    pub(crate) const fn new(name: &'static str, app: F, path: &'static str) -> Self {
        Self { name, app, path }
    }
}

/// Returns the path to compare with: reads with reads and writes with writes.
fn kind(path: &'static str) -> &'static str {
    if path == WRITE { WRITE } else { READ }
}

pub(crate) const LOGIN: &str = "/login";
pub(crate) const READ: &str = "/read";
pub(crate) const UNTOUCHED: &str = "/untouched";
pub(crate) const WRITE: &str = "/write";
/// Reports how often [`WRITE`] was requested, to check that every application does its work.
const WRITES: &str = "/writes";

/// The response of all other paths: the name of the user, who is always the same.
const NAME: &str = "Wilhelmina Oberlander";
