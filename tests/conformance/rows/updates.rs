//! When is a change accepted, and when not?

use std::sync::Arc;

use sealjar_session::UpdateError;

use crate::adapter::Mount;
use crate::exchange::{Outcome, Reply, Work, with};
use crate::expect::{leaves, reads, writes};
use crate::handlers::{fill, login, measure, outcome, read, say, write};
use crate::people::Grown;
use crate::row::{Row, row, visit};
use crate::world::World;

pub(crate) fn rows() -> Vec<Row> {
    vec![
        row("a change whose closure says Ok is taken")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(with(|session| {
                    let taken = session.try_update(|it| {
                        it.visits = 9;
                        Ok::<_, String>("taken")
                    })?;
                    Ok(Reply::text(format!("{taken:?}")))
                }))
                .gives(writes().body("Ok(\"taken\")")),
            )
            .then(visit(read()).gives(reads().body("ada, 9 visits").revision(1))),
        row("a change whose closure says Err is not taken, and no error of ours")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(with(|session| {
                    let taken = session.try_update(|it| {
                        it.visits = 9;
                        Err::<(), _>("no")
                    })?;
                    Ok(Reply::text(format!(
                        "{taken:?}, {} visits",
                        session.get().visits
                    )))
                }))
                .gives(reads().body("Err(\"no\"), 1 visits")),
            )
            .then(visit(read()).gives(reads().body("ada, 1 visits").revision(0))),
        row("an update inside an update is refused, and the outer one goes on")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(with(|session| {
                    let inner = session.update(|it| {
                        it.visits += 1;
                        session.update(|it| it.visits += 10)
                    })?;
                    Ok(Reply::text(format!(
                        "{}, {} visits",
                        outcome(&inner),
                        session.get().visits
                    )))
                }))
                .gives(writes().body("nested, 2 visits")),
            )
            .then(visit(read()).gives(reads().body("ada, 2 visits").revision(1))),
        row("a nested update that a handler passes on answers 500 and changes nothing")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(with(|session| {
                    session.try_update(|it| {
                        it.visits += 1;
                        session.update(|it| it.visits += 10)
                    })??;
                    say(session)
                }))
                .gives(reads().status(500).body("the session could not be saved")),
            )
            .then(visit(read()).gives(reads().body("ada, 1 visits").revision(0))),
        row("a closure sees what was there before with get, and never a half-made change")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(with(|session| {
                    let seen = session.update(|it| {
                        it.visits = 9;
                        session.get().visits
                    })?;
                    Ok(Reply::text(seen.to_string()))
                }))
                .gives(writes().body("1")),
            ),
        row("a session too large for its cookie answers 500, and nothing is lost")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(fill(5000)).gives(
                    reads()
                        .status(500)
                        .body("the session could not be saved")
                        .id('A')
                        .revision(0),
                ),
            )
            .then(visit(read()).gives(reads().body("ada, 1 visits").id('A').revision(0))),
        row("a handler learns how much too large, and keeps what fits")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(with(keep_what_fits)).gives(writes().body("limit 4096")))
            .then(visit(measure()).gives(reads().body("10"))),
        row("an older build keeps what a newer one has appended")
            .on(newer_build)
            .holding(|world| world.cookie_of("ada"))
            .then(visit(paint("dark")).gives(writes().body("dark, 1 visits")))
            .then(
                visit(write())
                    .on(crate::row::usual)
                    .gives(writes().body("ada, 2 visits")),
            )
            .then(visit(look()).gives(reads().body("dark, 2 visits").revision(2))),
        row("an older build does not hand what it does not know to the next person")
            .on(newer_build)
            .holding(|world| world.cookie_of("ada"))
            .then(visit(paint("dark")).gives(writes().body("dark, 1 visits")))
            .then(
                visit(login("bob"))
                    .on(crate::row::usual)
                    .gives(leaves().body("bob, 1 visits")),
            )
            .then(visit(look()).gives(reads().body(", 1 visits"))),
    ]
}

fn keep_what_fits(session: &sealjar_session::Session<crate::people::Account>) -> Outcome {
    let too_large = session.update(|it| it.note = "x".repeat(5000));
    let Err(UpdateError::TooLarge { size, limit }) = too_large else {
        return Ok(Reply::text("it fitted"));
    };
    assert!(size > 5000 * 4 / 3, "{size} is not the size of the line");
    session.update(|it| it.note = "x".repeat(10))?;
    Ok(Reply::text(format!("limit {limit}")))
}

/// A replica of the next deployment.
fn newer_build(world: &World) -> Vec<Mount> {
    vec![Mount::Grown(world.jar::<Grown>().build().unwrap())]
}

fn paint(theme: &'static str) -> Work {
    Work::Grown(Arc::new(move |session| {
        session.update(|it| it.theme = theme.into())?;
        say_grown(session)
    }))
}

fn look() -> Work {
    Work::Grown(Arc::new(say_grown))
}

fn say_grown(session: &sealjar_session::Session<Grown>) -> Outcome {
    let grown = session.get();
    Ok(Reply::text(format!(
        "{}, {} visits",
        grown.theme, grown.visits
    )))
}
