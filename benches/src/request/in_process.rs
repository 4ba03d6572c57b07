//! How long does a request take through the whole axum stack, without a socket?

use super::client::Visitor;
use super::{VARIANTS, Variant, at};
use crate::measure::{Effort, median, uncounted};
use crate::report::{Budget, Cell, Report, Table};

pub(super) fn run(effort: Effort, report: &mut Report) {
    let times = uncounted(|| runtime().block_on(rounds(effort)));
    let added = |at: usize| times[at] - times[VARIANTS[at].baseline()];

    let mut table = Table::new(
        "one request in process, Router::call",
        &["time", "added", "added / MemoryStore"],
    );
    for (at, variant) in VARIANTS.iter().enumerate() {
        let memory = added(if variant.writes() {
            at::MEMORY_WRITE
        } else {
            at::MEMORY_READ
        });
        let mut cells = vec![Cell::Us(times[at])];
        if at > at::PLAIN_WRITE {
            cells.extend([Cell::Us(added(at)), Cell::Ratio(added(at) / memory)]);
        }
        table.row(variant.name, cells);
    }
    report.tables.push(table);
    report.budgets.extend([
        Budget::at_most(
            "a sealed read adds, of what MemoryStore adds",
            Cell::Ratio(0.5),
            Cell::Ratio(added(at::SEALED_READ) / added(at::MEMORY_READ)),
        ),
        Budget::at_most(
            "a sealed write adds, of what MemoryStore adds",
            Cell::Ratio(0.75),
            Cell::Ratio(added(at::SEALED_WRITE) / added(at::MEMORY_WRITE)),
        ),
    ]);
}

/// Returns the median time of each variant in nanoseconds.
async fn rounds(effort: Effort) -> Vec<f64> {
    let mut visitors = Vec::new();
    for variant in VARIANTS {
        let mut visitor = Visitor::new(variant).await;
        visitor.check(variant).await;
        visitor.round(variant.path, CALLS).await;
        visitors.push(visitor);
    }
    let mut samples = VARIANTS.map(|_| Vec::new());
    for _ in 0..effort.rounds {
        for ((Variant { path, .. }, visitor), samples) in
            VARIANTS.iter().zip(&mut visitors).zip(&mut samples)
        {
            samples.push(visitor.round(path, CALLS).await);
        }
    }
    samples.map(median).into()
}

pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime without threads")
}

/// Requests of one variant in one round.
const CALLS: usize = 200;
