//! What does a session cost that takes several cookies, next to one that takes one?

use std::io;

use crate::measure::Effort;
use crate::report::{Cell, Report, Table};
use crate::request::{Axum, READ, Variant, WRITE, cpu_times, start, times};

pub(super) fn run(effort: Effort, report: &mut Report) -> io::Result<()> {
    let in_process = times(VARIANTS, effort);
    let over_loopback = cpu_times(VARIANTS, effort, None)?.servers;
    let mut table = Table::new(
        "a session in several cookies, axum",
        &[
            "cookies",
            "header",
            "in process",
            "added",
            "server CPU",
            "CPU added",
        ],
    );
    for &Variant { name, app, path } in VARIANTS {
        let cookies = start(app.into())?.browser().cookie_header();
        let count = cookies.split("; ").filter(|pair| !pair.is_empty()).count();
        table.row(
            name,
            [
                Cell::Number(count),
                Cell::Bytes(cookies.len()),
                Cell::Us(in_process.number(app, path)),
                Cell::Us(in_process.added(app, path)),
                Cell::Us(over_loopback.number(app, path)),
                Cell::Us(over_loopback.added(app, path)),
            ],
        );
    }
    report.tables.push(table);
    Ok(())
}

const VARIANTS: &[Variant<Axum>] = &[
    Variant::new("no session, read", Axum::Plain, READ),
    Variant::new("no session, write", Axum::Plain, WRITE),
    Variant::new("typical, read", Axum::Sealed, READ),
    Variant::new("typical, write", Axum::Sealed, WRITE),
    Variant::new("with a draft, read", Axum::Parts, READ),
    Variant::new("with a draft, write", Axum::Parts, WRITE),
];
