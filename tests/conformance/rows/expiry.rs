//! When does a session end, to the second?

use std::time::Duration;

use crate::adapter::Mount;
use crate::exchange::with;
use crate::expect::{Expect, reads, sends, set, writes};
use crate::handlers::{login, read, renew, write};
use crate::people::Account;
use crate::row::{Row, Step, row, visit};
use crate::world::{DAY, NAME, World};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("the browser forgets a session when its idle time is over")
            .then(visit(write()).gives(writes()))
            .then(visit(read()).after(DAY).gives(reads().origin("absent"))),
        row("the absolute lifetime is 7 days, however often the session is used")
            .then(visit(write()).gives(writes().id('A')))
            .then(visit(write()).after(TWENTY_HOURS).gives(writes()))
            .then(visit(write()).after(TWENTY_HOURS).gives(writes()))
            .then(visit(write()).after(TWENTY_HOURS).gives(writes()))
            .then(visit(write()).after(TWENTY_HOURS).gives(writes()))
            .then(visit(write()).after(TWENTY_HOURS).gives(writes()))
            .then(visit(write()).after(TWENTY_HOURS).gives(writes()))
            .then(visit(write()).after(TWENTY_HOURS).gives(writes()))
            .then(
                visit(write())
                    .after(TWENTY_HOURS)
                    .copied_as("last")
                    .gives(for_seconds(8 * 3600)),
            )
            .then(peek(8 * 3600 - 1, "last").gives(reads().origin("opened").id('A').revision(8)))
            .then(peek(1, "last").gives(reads().origin("expired"))),
        row("a jar that asks for more than the ring allows gets what it allows, then and later")
            .on(month)
            .then(visit(write()).gives(writes().id('A')))
            .then(visit(read()).after(DAY / 4).gives(writes().id('A')))
            .then(
                visit(write())
                    .once(|world| world.change_ring(|draft| draft.keys[0].lifetime = 3 * DAY))
                    .copied_as("longer")
                    .gives(for_seconds(3 * DAY)),
            )
            .then(peek(3 * DAY - 1, "longer").gives(reads().origin("opened").id('A')))
            .then(peek(1, "longer").gives(reads().origin("expired"))),
        row("a renewal does not prolong the absolute lifetime of the same person")
            .on(short)
            .then(visit(login("ada")).gives(for_seconds(1000)))
            .then(
                visit(with(renew))
                    .after(900)
                    .copied_as("renewed")
                    .gives(for_seconds(600)),
            )
            .then(peek(600, "renewed").gives(reads().origin("expired"))),
        row("a login begins a lifetime of its own")
            .on(short)
            .then(visit(login("ada")).gives(for_seconds(1000)))
            .then(
                visit(login("bob"))
                    .after(900)
                    .copied_as("bob")
                    .gives(sends([set(NAME, 1000), set(&format!("{NAME}.out"), 1530)])),
            )
            .then(peek(999, "bob").gives(reads().body("bob, 0 visits").origin("opened"))),
    ];
    for (after, origin) in [(999, "opened"), (1000, "expired"), (1001, "expired")] {
        rows.push(
            row(format!("idle for {after} s of 1000 s: {origin}"))
                .on(short)
                .then(visit(write()).copied_as("written").gives(for_seconds(1000)))
                .then(peek(after, "written").gives(reads().origin(origin))),
        );
    }
    for (after, origin) in [(599, "opened"), (600, "expired"), (601, "expired")] {
        rows.push(
            row(format!(
                "used at 900 s, {after} s more of 1500 s in all: {origin}"
            ))
            .on(short)
            .then(visit(write()).gives(for_seconds(1000)))
            .then(
                visit(write())
                    .after(900)
                    .copied_as("used")
                    .gives(for_seconds(600)),
            )
            .then(peek(after, "used").gives(reads().origin(origin))),
        );
    }
    for (after, origin) in [(1499, "opened"), (1500, "too_old"), (1501, "too_old")] {
        rows.push(
            row(format!(
                "{after} s under a jar that allows less than the cookie says: {origin}"
            ))
            .then(visit(write()).copied_as("written").gives(writes()))
            .then(
                peek(after, "written")
                    .on(short)
                    .gives(reads().origin(origin)),
            ),
        );
    }
    for (after, origin) in [(DAY - 1, "opened"), (DAY, "expired"), (DAY + 1, "expired")] {
        rows.push(
            row(format!(
                "idle for {after} s of the day that the ring allows: {origin}"
            ))
            .then(visit(write()).copied_as("written").gives(writes()))
            .then(peek(after, "written").gives(reads().origin(origin))),
        );
    }
    rows
}

/// Idle 1000 s, 1500 s in all.
fn short(world: &World) -> Vec<Mount> {
    let jar = world
        .jar::<Account>()
        .idle_timeout(Duration::from_secs(1000))
        .lifetime(Duration::from_secs(1500));
    vec![Mount::Account(jar.build().unwrap())]
}

/// More than the ring's key allows, and more than the ring remembers revocations.
fn month(world: &World) -> Vec<Mount> {
    let idle = Duration::from_secs(u64::from(30 * DAY));
    let jar = world.jar::<Account>().idle_timeout(idle);
    vec![Mount::Account(jar.build().unwrap())]
}

/// Sends a copy, which no browser has dropped, from a script, whose response does not seal it
/// again.
fn peek(after: u32, copy: &'static str) -> Step {
    visit(read())
        .after(after)
        .sends_copy(copy)
        .header("sec-fetch-mode", "cors")
}

fn for_seconds(seconds: u32) -> Expect {
    sends([set(NAME, seconds)])
}

/// Eight of them leave 8 hours of 7 days.
const TWENTY_HOURS: u32 = 20 * 3600;
