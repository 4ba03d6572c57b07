//! What does a session cost that no handler uses?

use sealjar::RefusalKind;
use sealjar_session::SessionRefusalKind::Token;

use crate::exchange::Work;
use crate::expect::{reads, untouched, writes};
use crate::forge::refused_as;
use crate::handlers::{asks, leave_alone, plain, read, say};
use crate::row::{Row, Step, row, visit};
use crate::world::{DAY, World};

type Cookie = fn(&World) -> String;

pub(crate) fn rows() -> Vec<Row> {
    let cookies: [(&str, Cookie); 4] = [
        ("no cookie", |_| String::new()),
        ("a session", |world| world.cookie_of("ada")),
        ("garbage", |world| {
            refused_as(Token(RefusalKind::Malformed), world)
        }),
        ("a cookie of another ring", |world| {
            refused_as(Token(RefusalKind::UnknownKey), world)
        }),
    ];
    let mut rows: Vec<Row> = cookies
        .into_iter()
        .map(|(what, cookie)| {
            row(format!(
                "with {what} a handler that leaves the session alone costs nothing"
            ))
            .holding(cookie)
            .then(costs_nothing(plain()))
            .then(costs_nothing(leave_alone()))
            .then(costs_nothing(plain()).after(DAY / 2))
            .then(costs_nothing(leave_alone()))
            .all_alike()
        })
        .collect();
    rows.extend([
        row("a session that is looked at many times is opened and decoded once")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(asks(&[say, say, say])).gives(reads().uses(1, 0).decodes(1))),
        row("what does not open is decoded never").then(
            visit(read())
                .sends_header(|world| refused_as(Token(RefusalKind::Forged), world))
                .gives(reads().uses(0, 1).decodes(0)),
        ),
        row("to seal again decodes nothing more")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(read())
                    .after(DAY / 2)
                    .gives(writes().uses(1, 0).decodes(1)),
            ),
    ]);
    rows
}

fn costs_nothing(work: Work) -> Step {
    visit(work).gives(untouched().body("page").uses(0, 0).decodes(0))
}
