//! What is the result when two requests carry the same cookies and their responses come in either
//! order?

use crate::exchange::{Work, with};
use crate::expect::{Expect, leaves, marked, purges, reads, removed, sends, set, writes};
use crate::handlers::{add_a_visit, asks, keep_alive, login, logout, purge, read, write};
use crate::row::{Row, Step, row, visit};
use crate::world::{DAY, NAME, World};

pub(crate) fn rows() -> Vec<Row> {
    vec![
        row("a late read with no cookie leaves a login alone")
            .then(
                visit(read())
                    .answered_after(1)
                    .gives(reads().origin("absent")),
            )
            .then(visit(login("ada")).gives(writes()))
            .then(visit(read()).gives(reads().body("ada, 0 visits"))),
        row("a late read of an anonymous session leaves a login alone")
            .holding(|world| world.cookie_of(""))
            .then(
                visit(read())
                    .answered_after(1)
                    .gives(reads().origin("opened")),
            )
            .then(visit(login("ada")).gives(writes()))
            .then(visit(read()).gives(reads().body("ada, 1 visits"))),
        row("a late login wins over what was written meanwhile")
            .holding(|world| world.cookie_of(""))
            .then(visit(login("ada")).answered_after(1).gives(writes()))
            .then(visit(write()).gives(writes()))
            .then(visit(read()).gives(reads().body("ada, 1 visits"))),
        row("a late re-seal does not bring a session back after its logout")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(read())
                    .after(DAY / 2)
                    .answered_after(1)
                    .gives(writes()),
            )
            .then(visit(logout()).gives(purges()))
            .then(visit(read()).gives(expired().body("nobody, 0 visits").origin("logged_out"))),
        row("a late write does not bring a session back after its logout")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(write()).answered_after(1).gives(writes()))
            .then(visit(logout()).gives(purges()))
            .then(visit(read()).gives(expired().body("nobody, 0 visits").origin("logged_out"))),
        row("a late read that seals nothing leaves nothing behind after a logout")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(read()).answered_after(1).gives(reads()))
            .then(visit(logout()).gives(purges()))
            .then(visit(read()).gives(reads().origin("absent"))),
        row("a late logout ends what was written and sealed again meanwhile")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(logout()).answered_after(2).gives(purges()))
            .then(visit(write()).gives(writes()))
            .then(visit(read()).after(DAY / 2).gives(writes()))
            .then(visit(read()).gives(reads().origin("absent"))),
        row("a late logout was asked for, and ends even a login that came meanwhile")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(logout()).answered_after(1).gives(purges()))
            .then(visit(login("bob")).gives(leaves()))
            .then(visit(read()).gives(reads().origin("absent"))),
        row("a login after a logout is not stopped by its mark")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(logout()).gives(purges()))
            .then(visit(login("ada")).gives(writes()))
            .then(visit(read()).gives(reads().body("ada, 0 visits").origin("opened"))),
        row("a logout and a login in one request leave the login")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(asks(&[purge, add_a_visit])).gives(sends([set(NAME, DAY), marked()])))
            .then(visit(read()).gives(reads().body("nobody, 1 visits").origin("opened"))),
        row("a background read does not undo a write, even when the session is due")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(read())
                    .after(DAY / 2)
                    .header("sec-fetch-mode", "cors")
                    .answered_after(1)
                    .gives(reads()),
            )
            .then(visit(write()).gives(writes()))
            .then(visit(read()).gives(reads().body("ada, 2 visits").revision(1))),
        row("of two writes under way the later answer wins, and the revision shows it")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(write_twice())
                    .answered_after(2)
                    .gives(writes().revision(0)),
            )
            .then(visit(write()).gives(writes().revision(0)))
            .then(visit(write()).gives(writes().revision(1)))
            .then(visit(read()).gives(reads().body("ada, 3 visits").revision(1))),
        row("a late answer undoes a write when a handler asked to keep the session alive")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(with(keep_alive))
                    .after(DAY / 2)
                    .answered_after(1)
                    .gives(writes()),
            )
            .then(visit(write()).gives(writes()))
            .then(visit(read()).gives(reads().body("ada, 1 visits").revision(0))),
        row("two logouts of nobody send nothing, in whichever order they are answered")
            .then(visit(logout()).answered_after(1).gives(reads()))
            .then(visit(logout()).gives(reads()))
            .then(visit(read()).gives(reads().origin("absent"))),
        row("a late logout of nobody undoes no login that came between")
            .then(visit(logout()).answered_after(1).gives(reads()))
            .then(visit(login("ada")).gives(writes()))
            .then(visit(read()).gives(reads().body("ada, 0 visits").origin("opened"))),
        row("a late re-seal does not bring back a session that was revoked meanwhile")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(read())
                    .after(DAY / 2)
                    .answered_after(1)
                    .gives(reads().body("ada, 1 visits")),
            )
            .then(revoked().once(World::revoke_ada))
            .then(revoked()),
        row("a late write does not bring back a session that was revoked meanwhile")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(write())
                    .answered_after(1)
                    .gives(reads().body("ada, 2 visits")),
            )
            .then(revoked().once(World::revoke_ada))
            .then(revoked()),
        row("a late login is another session than the one that was revoked meanwhile")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(login("bob")).answered_after(1).gives(leaves()))
            .then(revoked().once(World::revoke_ada))
            .then(visit(read()).gives(reads().body("bob, 1 visits"))),
        row("a late write is kept although the idle time has ended meanwhile")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(write()).answered_after(1).gives(writes()))
            .then(visit(read()).after(DAY).gives(reads().origin("expired")))
            .then(visit(read()).gives(reads().body("ada, 2 visits"))),
    ]
}

fn write_twice() -> Work {
    asks(&[add_a_visit, add_a_visit])
}

/// A visit with a session whose person the ring revokes.
fn revoked() -> Step {
    visit(read()).gives(reads().origin("revoked_subject"))
}

/// A response to a session that the visitor has logged out of.
fn expired() -> Expect {
    sends([removed(NAME)])
}
