//! What does a session add to a request?

mod added;
mod allocations;
mod apps;
mod client;
mod framework;
mod in_process;
mod load;
mod serve;

use crate::measure::Effort;
use crate::report::Report;

pub(crate) use serve::serve;

pub(crate) fn run(effort: Effort, report: &mut Report) {
    in_process::run(effort, report);
    allocations::run(report);
    load::run(effort, report);
}

/// What is measured: an application and what is asked of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant<F> {
    name: &'static str,
    app: F,
    path: &'static str,
}

impl<F> Variant<F> {
    const fn new(name: &'static str, app: F, path: &'static str) -> Self {
        Self { name, app, path }
    }
}

/// Returns what a path is compared with: reads with reads and writes with writes.
fn kind(path: &'static str) -> &'static str {
    if path == WRITE { WRITE } else { READ }
}

const LOGIN: &str = "/login";
const READ: &str = "/read";
const UNTOUCHED: &str = "/untouched";
const WRITE: &str = "/write";
/// Answers how often [`WRITE`] was asked for, so that every application is seen to do its work.
const WRITES: &str = "/writes";

/// What everything else answers: the name of the user, who is always the same.
const NAME: &str = "Wilhelmina Oberlander";
