//! When is a session sealed again that is only read?

use std::time::Duration;

use http::Method;

use crate::adapter::Mount;
use crate::exchange::with;
use crate::expect::{Expect, reads, sends, set, untouched, writes};
use crate::handlers::{change_nothing, keep_alive, leave_alone, plain, read, renew, write};
use crate::people::Account;
use crate::row::{Row, row, visit};
use crate::world::{DAY, NAME, START, World, at};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("a session that is read is sealed again after a quarter of its idle time")
            .then(visit(write()).gives(writes().id('A')))
            .then(visit(read()).after(QUARTER - 1).gives(reads().id('A')))
            .then(visit(read()).after(1).gives(writes().id('A').revision(0)))
            .then(
                visit(read())
                    .after(QUARTER - 1)
                    .gives(reads().id('A').revision(0)),
            )
            .then(visit(read()).after(1).gives(writes().id('A').revision(0))),
        row("a session that nobody touches is not sealed again")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(plain()).after(DAY / 2).gives(untouched()))
            .then(visit(leave_alone()).gives(untouched()))
            .then(visit(read()).gives(writes())),
        row("a change that changes nothing seals again when it is time")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(with(change_nothing))
                    .after(QUARTER)
                    .gives(writes().revision(0)),
            ),
        row("a handler that keeps the session alive does so from the background")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(with(keep_alive))
                    .header("sec-fetch-mode", "cors")
                    .gives(reads()),
            )
            .then(
                visit(read())
                    .after(QUARTER)
                    .header("sec-fetch-mode", "cors")
                    .gives(reads()),
            )
            .then(
                visit(with(keep_alive))
                    .header("sec-fetch-mode", "cors")
                    .gives(writes()),
            ),
        lives_on_fetch("a jar").on(|world| {
            let jar = world.jar().keep_alive(true).build().unwrap();
            vec![Mount::Account(jar)]
        }),
        lives_on_fetch("a layer")
            .on(|world| vec![Mount::AccountKeptAlive(world.jar().build().unwrap())]),
        row("the quarter is another time where the jar says so")
            .on(|world| {
                let jar = world
                    .jar::<Account>()
                    .idle_timeout(Duration::from_secs(1000))
                    .refresh_after(Duration::from_secs(900));
                vec![Mount::Account(jar.build().unwrap())]
            })
            .then(visit(write()).gives(sends([set(NAME, 1000)])))
            .then(visit(read()).after(899).gives(reads()))
            .then(visit(read()).after(1).gives(sends([set(NAME, 1000)]))),
        row("that a newer key seals is no reason to seal a session again")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(read())
                    .once(World::add_newer_key)
                    .gives(reads().origin("opened").uses(1, 0)),
            )
            .then(visit(write()).gives(writes()))
            .then(visit(read()).gives(reads().body("ada, 2 visits"))),
        row("without a key to seal with a session goes on as it is and a change answers 503")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(write()).once(end_sealing).gives(not_saved()))
            .then(visit(read()).after(QUARTER).gives(not_resealed())),
        row("what cannot be sealed when the answer goes out does not look as if it were kept")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(with(renew))
                    .once(end_sealing)
                    .gives(untouched().status(500).body("")),
            ),
    ];
    for (mode, seals) in [
        ("navigate", true),
        ("cors", false),
        ("no-cors", false),
        ("same-origin", false),
        ("websocket", false),
        ("Navigate", false),
        ("", false),
    ] {
        rows.push(
            row(format!(
                "with Sec-Fetch-Mode {mode:?} a session is sealed again: {seals}"
            ))
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(read())
                    .after(QUARTER)
                    .header("sec-fetch-mode", mode)
                    .gives(if seals { writes() } else { reads() }.body("ada, 1 visits")),
            ),
        );
    }
    for (name, value) in [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-moz", "prefetch"),
    ] {
        rows.push(
            row(format!(
                "what is fetched ahead of time is no navigation: {name}: {value}"
            ))
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(read())
                    .after(QUARTER)
                    .header("sec-fetch-mode", "navigate")
                    .header(name, value)
                    .gives(reads().body("ada, 1 visits")),
            )
            .then(visit(with(keep_alive)).header(name, value).gives(writes())),
        );
    }
    rows.push(
        row("a request for the head alone is no navigation")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(read())
                    .after(QUARTER)
                    .method(Method::HEAD)
                    .gives(reads()),
            )
            .then(visit(read()).gives(writes())),
    );
    rows
}

/// A page that works by background requests.
fn lives_on_fetch(who: &str) -> Row {
    let fetch = |work| visit(work).header("sec-fetch-mode", "cors");
    row(format!(
        "{who} that is told to keeps a session alive from the background"
    ))
    .holding(|world| world.cookie_of("ada"))
    .then(fetch(read()).after(QUARTER - 1).gives(reads().id('A')))
    .then(fetch(read()).after(1).gives(writes().id('A').revision(0)))
    .then(
        fetch(read())
            .after(DAY - 1)
            .gives(writes().id('A').revision(0)),
    )
    .then(fetch(leave_alone()).after(QUARTER).gives(untouched()))
    .then(fetch(plain()).gives(untouched()))
    .then(fetch(read()).gives(writes().body("ada, 1 visits")))
}

fn end_sealing(world: &World) {
    world.change_ring(|draft| {
        for key in &mut draft.keys {
            key.seals_until.get_or_insert(at(START - 1));
        }
    });
}

fn not_saved() -> Expect {
    reads().status(503).body("the session could not be saved")
}

/// The session would have been sealed again, so the page gets the same cache headers.
fn not_resealed() -> Expect {
    reads().cache_control(&["no-store"]).body("ada, 1 visits")
}

const QUARTER: u32 = DAY / 4;
