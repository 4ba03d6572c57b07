//! What is the combined result of one request's intents, in every order?

use crate::exchange::with;
use crate::expect::{Expect, marked, purges, reads, removed, sends, set, writes};
use crate::handlers::{Ask, add_a_visit, asks, discard, keep_alive, purge, read, renew};
use crate::row::{Row, row, visit};
use crate::world::{DAY, NAME};

const WRITE: (&str, Ask) = ("write", add_a_visit);
const RENEW: (&str, Ask) = ("renew", renew);
const PURGE: (&str, Ask) = ("purge", purge);
const KEEP_ALIVE: (&str, Ask) = ("keep alive", keep_alive);

type Asks = &'static [(&'static str, Ask)];
type Left = Option<(char, &'static str, u32)>;

/// What a request does with Ada's session A, and what the next one finds: its id, its value, its
/// revision. `None`: she is anonymous.
const WITH_ADA: [(Asks, Left); 20] = [
    (&[WRITE], Some(('A', "ada, 2 visits", 1))),
    (&[RENEW], Some(('B', "ada, 1 visits", 0))),
    (&[PURGE], None),
    (&[WRITE, WRITE], Some(('A', "ada, 3 visits", 1))),
    (&[WRITE, RENEW], Some(('B', "ada, 2 visits", 0))),
    (&[WRITE, PURGE], None),
    (&[RENEW, WRITE], Some(('B', "ada, 2 visits", 0))),
    (&[RENEW, RENEW], Some(('B', "ada, 1 visits", 0))),
    (&[RENEW, PURGE], None),
    (&[PURGE, WRITE], Some(('B', "nobody, 1 visits", 0))),
    (&[PURGE, RENEW], None),
    (&[PURGE, PURGE], None),
    (&[KEEP_ALIVE, WRITE], Some(('A', "ada, 2 visits", 1))),
    (&[KEEP_ALIVE, RENEW], Some(('B', "ada, 1 visits", 0))),
    (&[KEEP_ALIVE, PURGE], None),
    (&[WRITE, KEEP_ALIVE], Some(('A', "ada, 2 visits", 1))),
    (&[RENEW, KEEP_ALIVE], Some(('B', "ada, 1 visits", 0))),
    (&[PURGE, KEEP_ALIVE], None),
    (&[WRITE, PURGE, WRITE], Some(('B', "nobody, 1 visits", 0))),
    (&[PURGE, WRITE, PURGE], None),
];

/// The same for a visitor without a session that opens.
const WITH_NOBODY: [(Asks, Option<&str>); 12] = [
    (&[WRITE], Some("nobody, 1 visits")),
    (&[RENEW], Some("nobody, 0 visits")),
    (&[PURGE], None),
    (&[WRITE, WRITE], Some("nobody, 2 visits")),
    (&[WRITE, RENEW], Some("nobody, 1 visits")),
    (&[WRITE, PURGE], None),
    (&[RENEW, WRITE], Some("nobody, 1 visits")),
    (&[RENEW, RENEW], Some("nobody, 0 visits")),
    (&[RENEW, PURGE], None),
    (&[PURGE, WRITE], Some("nobody, 1 visits")),
    (&[PURGE, RENEW], None),
    (&[PURGE, PURGE], None),
];

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (what, after) in WITH_ADA {
        let answer = match after {
            None => purges().no_id(),
            Some((id, _, _)) if has_purge(what) => sends([set(NAME, DAY), marked()]).id(id),
            Some((id, _, _)) => writes().id(id),
        };
        let next = match after {
            None => reads().body("nobody, 0 visits").origin("absent"),
            Some((id, body, revision)) => reads()
                .body(body)
                .origin("opened")
                .id(id)
                .revision(revision),
        };
        rows.push(
            row(format!("{} a session that came", names(what)))
                .holding(|world| world.cookie_of("ada"))
                .then(visit(read()).gives(reads().id('A')))
                .then(visit(asks(&of(what))).gives(answer))
                .then(visit(read()).gives(next)),
        );
    }
    for (what, after) in WITH_NOBODY {
        for (who, header, origin) in [
            ("without a cookie", "", "absent"),
            (
                "with a cookie that does not open",
                "__Host-Http-session=garbage",
                "malformed",
            ),
        ] {
            let next = match after {
                None => reads().body("nobody, 0 visits").origin("absent"),
                Some(body) => reads().body(body).origin("opened").id('A').revision(0),
            };
            let answer = match after {
                Some(_) => writes(),
                // There is no session to end.
                None if header.is_empty() => reads(),
                None => sends([removed(NAME)]),
            };
            let answer = answer.origin(origin);
            rows.push(
                row(format!("{} {who}", names(what)))
                    .holding(move |_| header.into())
                    .then(visit(asks(&of(what))).gives(match after {
                        None => answer.no_id(),
                        Some(_) => answer.id('A'),
                    }))
                    .then(visit(read()).gives(next)),
            );
        }
    }
    rows.extend(discards());
    rows
}

/// A session without a subject, such as a message for the next page, needs nothing of a logout.
fn discards() -> Vec<Row> {
    let nobodys = |name: &str| row(name).holding(|world| world.cookie_of(""));
    let removed_alone = || Expect {
        lines: vec![removed(NAME)],
        ..reads()
    };
    let gone = || visit(read()).gives(reads().body("nobody, 0 visits").origin("absent"));
    vec![
        nobodys("a session that is nobody's is discarded by one line")
            .then(visit(read()).gives(reads().body("nobody, 1 visits").origin("opened")))
            .then(visit(with(discard)).gives(removed_alone().no_id()))
            .then(gone()),
        nobodys("what is discarded and written begins anew, and marks nothing")
            .then(visit(read()).gives(reads().id('A')))
            .then(visit(asks(&[discard, add_a_visit])).gives(writes().id('B')))
            .then(visit(read()).gives(reads().body("nobody, 1 visits").id('B').revision(0))),
        nobodys("what is purged and discarded is purged")
            .then(visit(asks(&[purge, discard])).gives(purges()))
            .then(gone()),
        nobodys("what is discarded and purged is purged")
            .then(visit(asks(&[discard, purge])).gives(purges()))
            .then(gone()),
        row("the session of a subject is not discarded but purged")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(with(discard)).gives(purges()))
            .then(gone()),
        row("to discard nothing sends nothing").then(visit(with(discard)).gives(reads())),
        row("a cookie that does not open can be discarded")
            .holding(|_| "__Host-Http-session=garbage".into())
            .then(visit(with(discard)).gives(removed_alone().origin("malformed")))
            .then(gone()),
    ]
}

fn of(what: Asks) -> Vec<Ask> {
    what.iter().map(|it| it.1).collect()
}

fn has_purge(what: Asks) -> bool {
    what.iter().any(|it| it.0 == PURGE.0)
}

fn names(what: Asks) -> String {
    let names: Vec<&str> = what.iter().map(|it| it.0).collect();
    names.join(" then ")
}
