//! Which responses carry a session, and what stays as the application made it?

use http::Method;

use crate::adapter::Mount;
use crate::exchange::{Reply, Work, with};
use crate::expect::{
    foreign, leaves, marked, purges, reads, removed, sends, set, untouched, writes,
};
use crate::handlers::{Ask, add_a_visit, login, logout, plain, purge, read, say, write};
use crate::row::{Row, row, usual, visit};
use crate::world::{DAY, NAME, World};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("a panic that is caught inside leaves what was updated before it")
            .on(catching_inside)
            .then(visit(panics()).gives(writes().status(500)))
            .then(visit(read()).gives(reads().body("nobody, 7 visits").origin("opened"))),
        row("a panic inside an update leaves the session as it was and usable")
            .on(catching_inside)
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(with(|session| {
                    session.update(|it| -> () {
                        it.visits = 99;
                        panic!("in the closure")
                    })?;
                    say(session)
                }))
                .gives(reads().status(500)),
            )
            .then(visit(write()).gives(writes().body("ada, 2 visits"))),
        row("a panic that is caught outside is answered by who knows of no session")
            .on(catching_outside)
            .holding(|world| world.cookie_of("ada"))
            .then(visit(panics()).gives(untouched().status(500)))
            .then(visit(read()).gives(reads().body("ada, 1 visits"))),
        row("the application's own cookies stay, before ours")
            .with_foreign("theme")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(themed(say))
                    .gives(sends([foreign("theme", "dark")]).cache_control(&["private"])),
            )
            .then(
                visit(themed(add_a_visit)).gives(sends([foreign("theme", "dark"), set(NAME, DAY)])),
            )
            .then(visit(themed(purge)).gives(sends([
                foreign("theme", "dark"),
                removed(NAME),
                marked(),
            ]))),
        row("what the application clears itself is cleared as well")
            .on(clears_the_cache)
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(with(|session| {
                    Ok(purge(session)?.header("clear-site-data", "\"storage\""))
                }))
                .gives(
                    purges()
                        .clearing_site_data("\"storage\"")
                        .clearing_site_data(CACHE),
                ),
            ),
        row("a jar that clears site data does so when somebody logs out, in whatever way")
            .on(clears_the_cache)
            .holding(|world| world.cookie_of("ada"))
            .then(visit(read()).after(DAY / 2).gives(writes()))
            .then(visit(write()).gives(writes()))
            .then(visit(login("bob")).gives(leaves().clearing_site_data(CACHE)))
            .then(visit(login("")).gives(leaves().clearing_site_data(CACHE)))
            .then(visit(write()).gives(writes()))
            .then(visit(logout()).gives(purges().clearing_site_data(CACHE))),
        row("HEAD is a request like others")
            .then(visit(write()).method(Method::HEAD).gives(writes()))
            .then(visit(read()).gives(reads().body("nobody, 1 visits"))),
        row("an answer to OPTIONS that needs no session costs none")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(plain())
                    .method(Method::OPTIONS)
                    .after(DAY / 2)
                    .gives(untouched().uses(0, 0)),
            ),
        row("a logout answers as any write does, with a redirect")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(with(|session| {
                    Ok(purge(session)?.status(303).header("location", "/"))
                }))
                .method(Method::POST)
                .gives(purges().sees_other("/")),
            )
            .then(visit(logout()).gives(reads())),
    ];
    for method in [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ] {
        rows.push(
            row(format!("{method} reads, writes and ends a session"))
                .then(visit(write()).method(method.clone()).gives(writes()))
                .then(
                    visit(read())
                        .method(method.clone())
                        .gives(reads().body("nobody, 1 visits")),
                )
                .then(visit(logout()).method(method).gives(purges())),
        );
    }
    for status in [201, 204, 303, 304, 400, 401, 403, 404, 418, 422, 500, 503] {
        let answer = move |ask: Ask| {
            with(move |session| {
                _ = ask(session)?;
                Ok(Reply::text("").status(status))
            })
        };
        rows.push(
            row(format!("an answer of {status} carries what was written"))
                .then(visit(answer(add_a_visit)).gives(writes().status(status)))
                .then(visit(answer(say)).gives(reads().status(status)))
                .then(visit(answer(purge)).gives(purges().status(status)))
                .then(visit(read()).gives(reads().origin("absent"))),
        );
    }
    rows
}

fn clears_the_cache(world: &World) -> Vec<Mount> {
    let jar = world.jar().clear_site_data(CACHE);
    vec![Mount::Account(jar.build().unwrap())]
}

fn panics() -> Work {
    with(|session| {
        session.update(|it| it.visits = 7)?;
        panic!("after an update")
    })
}

fn themed(ask: Ask) -> Work {
    with(move |session| Ok(ask(session)?.header("set-cookie", "theme=dark")))
}

fn catching_inside(world: &World) -> Vec<Mount> {
    [vec![Mount::PanicCatcher], usual(world)].concat()
}

fn catching_outside(world: &World) -> Vec<Mount> {
    [usual(world), vec![Mount::PanicCatcher]].concat()
}

const CACHE: &str = "\"cache\"";
