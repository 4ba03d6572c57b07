//! What does a session add to a request?

mod allocations;
mod apps;
mod client;
mod in_process;
mod load;
mod server;

use crate::measure::Effort;
use crate::report::Report;

pub(crate) use server::serve;

pub(crate) fn run(effort: Effort, report: &mut Report) {
    in_process::run(effort, report);
    allocations::run(report);
    load::run(effort, report);
}

/// What is measured: an application and what is asked of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant {
    name: &'static str,
    app: apps::App,
    path: &'static str,
}

/// The first two are what the others are compared with, reads with one and writes with the other.
const VARIANTS: [Variant; 10] = {
    use apps::App::{Idle, Memory, Plain, Private, Sealed};
    const fn variant(name: &'static str, app: apps::App, path: &'static str) -> Variant {
        Variant { name, app, path }
    }
    [
        variant("no session, read", Plain, READ),
        variant("no session, write", Plain, WRITE),
        variant("a layer that does nothing, read", Idle, READ),
        variant("sealed, not touched", Sealed, UNTOUCHED),
        variant("sealed, read", Sealed, READ),
        variant("sealed, write", Sealed, WRITE),
        variant("MemoryStore, read", Memory, READ),
        variant("MemoryStore, write", Memory, WRITE),
        variant("PrivateCookieJar + JSON, read", Private, READ),
        variant("PrivateCookieJar + JSON, write", Private, WRITE),
    ]
};

/// Where each variant stands in [`VARIANTS`].
mod at {
    pub(super) const PLAIN_READ: usize = 0;
    pub(super) const PLAIN_WRITE: usize = 1;
    pub(super) const SEALED_READ: usize = 4;
    pub(super) const SEALED_WRITE: usize = 5;
    pub(super) const MEMORY_READ: usize = 6;
    pub(super) const MEMORY_WRITE: usize = 7;
}

impl Variant {
    fn writes(self) -> bool {
        self.path == WRITE
    }

    /// Returns which variant this one is compared with.
    fn baseline(self) -> usize {
        if self.writes() {
            at::PLAIN_WRITE
        } else {
            at::PLAIN_READ
        }
    }
}

const LOGIN: &str = "/login";
const READ: &str = "/read";
const UNTOUCHED: &str = "/untouched";
const WRITE: &str = "/write";
/// Answers how often [`WRITE`] was asked for, so that every application is seen to do its work.
const WRITES: &str = "/writes";
