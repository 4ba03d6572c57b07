//! How often does a request allocate, beyond the same router without sessions and beyond `T`
//! itself?

use allocation_counter::measure;
use sealjar_session::FetchMetadata;

use super::added::Found;
use super::apps::{Actix, Axum};
use super::client::{Visitor, ready};
use super::framework::Framework;
use super::{READ, UNTOUCHED, Variant, WRITE};
use crate::data::User;
use crate::report::{Budget, Cell, Report, Table};
use crate::{peers, seal_open};

pub(super) fn run(report: &mut Report) {
    let beyond = one::<Axum>(report);
    one::<Actix>(report);

    let mut table = Table::new("allocations of asking for a session", &["count"]);
    let [few, many] = [0, 40].map(scan);
    table.row("no other cookie", [Cell::Count(few)]);
    table.row("40 other cookies", [Cell::Count(many)]);
    report.tables.push(table);
    report.budgets.extend([
        Budget::at_most(
            "allocations of a sealed read, beyond T",
            Cell::Count(6.0),
            Cell::Count(beyond),
        ),
        Budget::at_most(
            "allocations of a scan over 40 cookies more",
            Cell::Count(0.0),
            Cell::Count(many - few),
        ),
    ]);
}

/// Counts in one framework, and returns what a sealed read takes beyond the value itself.
fn one<F: Framework>(report: &mut Report) -> f64 {
    let counts: Vec<_> = F::VARIANTS.iter().map(|&it| (it, count(it))).collect();
    let found = Found::new(counts.iter().map(|&(it, (count, _))| (it, count)).collect());
    let (decode, clone) = value_itself();
    let beyond = |app: F, path| {
        let value = match path {
            UNTOUCHED => 0.0,
            _ if !app.has_sessions() => 0.0,
            WRITE => decode + clone,
            _ => decode,
        };
        found.added(app, path) - value
    };

    let mut table = Table::new(
        format!("allocations of one request, {}", F::NAME),
        &["count", "added", "beyond T", "bytes"],
    );
    for (Variant { name, app, path }, (count, bytes)) in counts {
        let more = if app == F::PLAIN {
            [Cell::None; 2]
        } else {
            [found.added(app, path), beyond(app, path)].map(Cell::Count)
        };
        let [added, beyond] = more;
        table.row(
            name,
            [Cell::Count(count), added, beyond, Cell::Count(bytes)],
        );
    }
    report.tables.push(table);
    beyond(F::SEALED, READ)
}

/// Returns how many allocations and bytes one request takes, once everything is warm.
fn count<F: Framework>(variant: Variant<F>) -> (f64, f64) {
    let mut visitor = ready(Visitor::new(variant.app));
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
    let session = jar.open([header], FetchMetadata::default());
    number(measure(|| drop(session.get())).count_total)
}

fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
