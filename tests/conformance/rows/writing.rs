//! When does a response carry a session?

use crate::exchange::with;
use crate::expect::{leaves, reads, writes};
use crate::handlers::{add_a_visit, asks, change_nothing, login, read, say, write};
use crate::row::{Row, lagging, row, visit};
use crate::world::World;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        row("nothing is set when nothing is written")
            .then(
                visit(read()).gives(
                    reads()
                        .body("nobody, 0 visits")
                        .origin("absent")
                        .no_id()
                        .revision(0)
                        .uses(0, 0),
                ),
            )
            .then(visit(read()).gives(reads().origin("absent"))),
        row("what is written comes back, and is written over")
            .then(
                visit(write()).gives(
                    writes()
                        .body("nobody, 1 visits")
                        .origin("absent")
                        .id('A')
                        .revision(0),
                ),
            )
            .then(
                visit(read()).gives(
                    reads()
                        .body("nobody, 1 visits")
                        .origin("opened")
                        .id('A')
                        .revision(0)
                        .uses(1, 0),
                ),
            )
            .then(visit(write()).gives(writes().body("nobody, 2 visits").id('A').revision(0)))
            .then(visit(write()).gives(writes().body("nobody, 3 visits").id('A').revision(1)))
            .then(visit(read()).gives(reads().body("nobody, 3 visits").id('A').revision(2))),
        row("two writes of one request are one write")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(asks(&[add_a_visit, add_a_visit])).gives(writes().body("ada, 3 visits")))
            .then(visit(read()).gives(reads().body("ada, 3 visits").revision(1))),
        row("a change that changes nothing writes nothing")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(with(change_nothing)).gives(reads().body("ada, 1 visits").revision(0)))
            .then(visit(read()).gives(reads().origin("opened").revision(0))),
        row("a change that is taken back in the same request is still a write")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(asks(&[add_a_visit, |session| {
                    session.update(|it| it.visits = 1)?;
                    say(session)
                }]))
                .gives(writes().body("ada, 1 visits").revision(0)),
            )
            .then(visit(read()).gives(reads().body("ada, 1 visits").revision(1))),
        row("and so it is when no session came")
            .then(
                visit(asks(&[add_a_visit, |session| {
                    session.update(|it| it.visits = 0)?;
                    say(session)
                }]))
                .gives(writes().body("nobody, 0 visits")),
            )
            .then(visit(read()).gives(reads().body("nobody, 0 visits").origin("opened"))),
        row("any replica with the ring goes on with the session")
            .then(visit(write()).gives(writes().id('A')))
            .then(
                visit(write())
                    .on(lagging)
                    .gives(writes().body("nobody, 2 visits").id('A')),
            )
            .then(visit(write()).gives(writes().body("nobody, 3 visits").id('A'))),
        row("a replica that has not heard of a key clears nothing, and the next one goes on")
            .then(
                visit(write())
                    .once(World::add_newer_key)
                    .gives(writes().id('A')),
            )
            .then(
                visit(read())
                    .on(lagging)
                    .gives(reads().origin("unknown_key").no_id()),
            )
            .then(visit(write()).gives(writes().body("nobody, 2 visits").id('A'))),
        row("a login gives a new id, even if the handler forgets to renew")
            .then(visit(write()).gives(writes().id('A')))
            .then(visit(login("ada")).gives(writes().body("ada, 1 visits").id('B')))
            .then(
                visit(with(|session| {
                    session.update(|it| it.name = "bob".into())?;
                    say(session)
                }))
                .gives(leaves().body("bob, 1 visits").id('C')),
            )
            .then(visit(read()).gives(reads().body("bob, 1 visits").id('C').revision(0))),
        row("a copy from before a login is another session")
            .then(visit(write()).copied_as("planted").gives(writes().id('A')))
            .then(visit(login("ada")).gives(writes().id('B')))
            .then(
                visit(read())
                    .sends_copy("planted")
                    .gives(reads().body("nobody, 1 visits").id('A')),
            ),
        row("an old copy opens, and its revision shows that it is old")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(write()).copied_as("before").gives(writes()))
            .then(visit(write()).gives(writes().revision(1)))
            .then(
                visit(read())
                    .sends_copy("before")
                    .gives(reads().body("ada, 2 visits").revision(1)),
            )
            .then(visit(read()).gives(reads().body("ada, 3 visits").revision(2))),
    ]
}
