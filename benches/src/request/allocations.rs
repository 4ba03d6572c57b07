//! How often does a request allocate, beyond the same router without sessions and beyond `T` itself?

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;

use super::client::Visitor;
use super::{VARIANTS, Variant, at};
use crate::data::User;
use crate::report::{Budget, Cell, Report, Table};
use crate::{peers, seal_open};

pub(super) fn run(report: &mut Report) {
    let counts = VARIANTS.map(count);
    let (decode, clone) = value_itself();

    let mut table = Table::new(
        "allocations of one request",
        &["count", "added", "beyond T", "bytes"],
    );
    let beyond = |at: usize| {
        let added = counts[at].0 - counts[VARIANTS[at].baseline()].0;
        let value = match VARIANTS[at] {
            _ if at < at::SEALED_READ => 0.0,
            variant if variant.writes() => decode + clone,
            _ => decode,
        };
        [added, added - value]
    };
    for (at, variant) in VARIANTS.iter().enumerate() {
        let (count, bytes) = counts[at];
        let mut cells = vec![Cell::Count(count)];
        if at > at::PLAIN_WRITE {
            cells.extend(beyond(at).map(Cell::Count));
        } else {
            cells.extend([Cell::None; 2]);
        }
        cells.push(Cell::Count(bytes));
        table.row(variant.name, cells);
    }
    let [few, many] = [0, 40].map(scan);
    table.row("scan, no other cookie", [Cell::Count(few)]);
    table.row("scan, 40 other cookies", [Cell::Count(many)]);
    report.tables.push(table);
    report.budgets.extend([
        Budget::at_most(
            "allocations of a sealed read, beyond T",
            Cell::Count(6.0),
            Cell::Count(beyond(at::SEALED_READ)[1]),
        ),
        Budget::at_most(
            "allocations of a scan over 40 cookies more",
            Cell::Count(0.0),
            Cell::Count(many - few),
        ),
    ]);
}

/// Returns how many allocations and bytes one request takes, once everything is warm.
fn count(variant: Variant) -> (f64, f64) {
    let mut visitor = ready(Visitor::new(variant));
    for _ in 0..3 {
        ready(visitor.exchange(variant.path));
    }
    let mut request = Some(visitor.request(variant.path));
    let found = measure(|| {
        let request = request.take().expect("made above");
        drop(ready(visitor.call(request)));
    });
    (number(found.count_total), number(found.bytes_total))
}

/// Returns how many allocations it takes to decode a user and to clone one.
fn value_itself() -> (f64, f64) {
    let user = User::typical();
    let body = postcard::to_allocvec(&user).expect("a plain type");
    let decode = measure(|| {
        assert!(postcard::from_bytes::<User>(&body).is_ok());
    });
    let clone = measure(|| {
        std::hint::black_box(user.clone());
    });
    (number(decode.count_total), number(clone.count_total))
}

/// Counts the allocations of asking for a session when there are only other cookies.
fn scan(others: u32) -> f64 {
    let jar = seal_open::jar();
    let name = peers::NAME;
    let pairs = (0..others).map(|at| format!("{name}{at}=value-{at}; "));
    let header = pairs.collect::<String>() + "last=1";
    let session = jar.open([header], true);
    number(measure(|| drop(session.get())).count_total)
}

/// Runs a future of which nothing waits.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a request without a socket waited"),
    }
}

fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
