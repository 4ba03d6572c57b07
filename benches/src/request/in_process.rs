//! How long does a request take through the whole framework, without a socket?

use super::added::Found;
use super::apps::{Actix, Axum};
use super::client::Visitor;
use super::framework::Framework;
use super::{READ, Variant, WRITE};
use crate::measure::{Effort, median, uncounted};
use crate::report::{Budget, Cell, Report, Table};

pub(super) fn run(effort: Effort, report: &mut Report) {
    let axum = one::<Axum>(effort, report);
    one::<Actix>(effort, report);
    report.budgets.extend([
        Budget::at_most(
            "a sealed read adds, of what MemoryStore adds",
            Cell::Ratio(0.5),
            Cell::Ratio(axum.ratio(Axum::Sealed, READ, Axum::Memory)),
        ),
        Budget::at_most(
            "a sealed write adds, of what MemoryStore adds",
            Cell::Ratio(0.75),
            Cell::Ratio(axum.ratio(Axum::Sealed, WRITE, Axum::Memory)),
        ),
    ]);
}

fn one<F: Framework>(effort: Effort, report: &mut Report) -> Found<F> {
    let found = times(F::VARIANTS, effort);
    let mut table = Table::new(
        format!("one request in process, {}", F::NAME),
        &["time", "added", F::RATIO],
    );
    for variant in found.variants() {
        table.row(variant.name, found.cells(variant));
    }
    report.tables.push(table);
    found
}

/// Returns the median time of each variant in nanoseconds.
pub(crate) fn times<F: Framework>(variants: &[Variant<F>], effort: Effort) -> Found<F> {
    uncounted(|| runtime().block_on(rounds(variants, effort)))
}

async fn rounds<F: Framework>(variants: &[Variant<F>], effort: Effort) -> Found<F> {
    let mut visitors = Vec::new();
    for &variant in variants {
        let mut visitor = Visitor::new(variant.app).await;
        visitor.check(variant).await;
        visitor.round(variant.path, CALLS).await;
        visitors.push((variant, visitor, Vec::new()));
    }
    for _ in 0..effort.rounds {
        for (variant, visitor, samples) in &mut visitors {
            samples.push(visitor.round(variant.path, CALLS).await);
        }
    }
    let times = visitors.into_iter();
    Found::new(
        times
            .map(|(variant, _, samples)| (variant, median(samples)))
            .collect(),
    )
}

pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime without threads")
}

/// Requests of one variant in one round.
const CALLS: usize = 200;
