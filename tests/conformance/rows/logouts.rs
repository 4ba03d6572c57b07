//! Does a logout end the session, whatever is in flight, however it was requested, and wherever the
//! cookie used to be?

use sealjar_session::{Jar, JarBuilder};

use crate::adapter::Mount;
use crate::answer::{Attributes, Line};
use crate::exchange::{Work, with};
use crate::expect::{Expect, leaves, purges, reads, removed, sends, set, writes};
use crate::handlers::{login, logout, read, say, write};
use crate::people::Account;
use crate::row::{Row, Step, row, visit};
use crate::world::{DAY, MARK_LIVES, NAME, World};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("a write that answers after the logout logs nobody in, a minute later or a day")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(write())
                    .after(DAY / 2)
                    .answered_after(1)
                    .gives(writes()),
            )
            .then(visit(logout()).gives(purges()))
            .then(background(0).gives(reads().origin("logged_out")))
            .then(background(65).gives(reads().origin("logged_out")))
            .then(background(DAY - 66).gives(reads().origin("logged_out")))
            .then(background(1).gives(reads().origin("absent"))),
        row("a page that is loaded after the logout expires what came back")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(write()).answered_after(1).gives(writes()))
            .then(visit(logout()).gives(purges()))
            .then(
                visit(read())
                    .after(65)
                    .gives(expired().origin("logged_out")),
            )
            .then(visit(read()).gives(reads().origin("absent"))),
        row("an answer that takes days longer than its session lives idle logs nobody in")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(write()).answered_after(2).gives(writes()))
            .then(visit(logout()).gives(purges()))
            .then(background(3 * DAY).gives(reads().origin("absent")))
            .then(background(65).gives(reads().origin("logged_out"))),
        row("what expires a cookie that came back can wait where caches may keep the page")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(write()).answered_after(1).gives(writes()))
            .then(visit(logout()).gives(purges()))
            .then(
                visit(public_read()).gives(
                    reads()
                        .cache_control(&["public, max-age=60"])
                        .origin("logged_out"),
                ),
            )
            .then(visit(read()).gives(expired())),
        row("a second logout does not forget the first")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(write()).answered_after(5).gives(writes()))
            .then(visit(logout()).gives(purges()))
            .then(visit(login("bob")).gives(writes()))
            .then(visit(write()).answered_after(1).gives(writes()))
            .then(visit(logout()).gives(purges()))
            .then(background(65).gives(reads().origin("logged_out")))
            .then(background(65).gives(reads().origin("logged_out"))),
    ];
    for (how, step) in [
        ("a logout by update", visit(login("")).gives(leaves())),
        (
            "a login over another person",
            visit(login("bob")).gives(leaves()),
        ),
    ] {
        rows.push(
            row(format!("{how} is not undone by a slower answer of before"))
                .holding(|world| world.cookie_of("ada"))
                .then(visit(write()).answered_after(1).gives(writes()))
                .then(step)
                .then(background(65).gives(reads().body("nobody, 0 visits").origin("logged_out")))
                .then(visit(read()).gives(expired())),
        );
    }
    rows.extend(moved_cookies());
    rows
}

/// A jar whose cookie has moved and that knows the old place, and the same jar without that
/// setting.
fn moved_cookies() -> Vec<Row> {
    let host = Attributes::default;
    let at_path = |path: &str| Attributes {
        path: path.into(),
        ..host()
    };
    let of_domain = Attributes {
        domain: Some("example.org".into()),
        ..host()
    };
    let moves: [(&str, SetUp, Attributes, SetUp, SetUp, Attributes); 4] = [
        (
            "from the host to a domain",
            |it| it,
            host(),
            |it| it.domain("example.org"),
            |it| it.also_expire(None, "/"),
            of_domain.clone(),
        ),
        (
            "from a domain back to the host",
            |it| it.domain("example.org"),
            of_domain,
            |it| it,
            |it| it.also_expire(Some("example.org"), "/"),
            host(),
        ),
        (
            "from a path to all of the host",
            |it| it.path("/app"),
            at_path("/app"),
            |it| it,
            |it| it.also_expire(None, "/app"),
            host(),
        ),
        (
            "from all of the host to a path",
            |it| it,
            host(),
            |it| it.path("/app"),
            |it| it.also_expire(None, "/"),
            at_path("/app"),
        ),
    ];
    let mut rows = Vec::new();
    for (how, before, former, now, told, attributes) in moves {
        let place = former.clone();
        let was = move |line: Line| line.with(&place);
        let site = move |set_up: SetUp| {
            move |world: &World| {
                let jar = set_up(now(world.jar().cookie_name(MOVED)));
                vec![Mount::Account(jar.build().unwrap())]
            }
        };
        let old_site = move |world: &World| {
            let jar: Jar<Account> = before(world.jar().cookie_name(MOVED)).build().unwrap();
            vec![Mount::Account(jar)]
        };
        let begins = |step: Step| step.path("/app").on(old_site);
        let (set, gone) = (set(MOVED, DAY), removed(MOVED));
        rows.extend([
            row(format!("{how}: a guest of before logs in and out"))
                .on(site(told))
                .with_attributes(attributes.clone())
                .then(begins(visit(write())).gives(sends([was(set.clone())])))
                .then(here(login("ada")).gives(sends([was(gone.clone()), set.clone()])))
                .then(here(read()).gives(reads().body("ada, 1 visits").uses(1, 0)))
                .then(here(logout()).gives(sends([gone.clone(), was(gone.clone()), mark()])))
                .then(here(read()).after(65).gives(reads().origin("absent"))),
            row(format!("{how}: who was logged in before logs out"))
                .on(site(told))
                .with_attributes(attributes.clone())
                .then(begins(visit(login("ada"))).gives(sends([was(set.clone())])))
                .then(here(read()).gives(reads().body("ada, 0 visits")))
                .then(here(logout()).gives(sends([gone.clone(), was(gone.clone()), mark()])))
                .then(here(read()).after(65).gives(reads().origin("absent"))),
            // The negative controls, without `also_expire`.
            row(format!(
                "{how} and told nothing: a guest's login leaves two sessions"
            ))
            .on(site(|it| it))
            .with_attributes(attributes.clone())
            .then(begins(visit(write())).gives(sends([was(set.clone())])))
            .then(here(login("ada")).gives(sends([set.clone()])))
            .then(here(read()).gives(reads().origin("ambiguous").uses(2, 1))),
            row(format!(
                "{how} and told nothing: the cookie of before is left and not believed"
            ))
            .on(site(|it| it))
            .with_attributes(attributes)
            .then(begins(visit(login("ada"))).gives(sends([was(set.clone())])))
            .then(here(write()).gives(sends([set])))
            .then(here(logout()).gives(sends([gone.clone(), mark()])))
            .then(
                here(read())
                    .after(65)
                    .gives(sends([gone]).origin("logged_out")),
            ),
        ]);
    }
    rows
}

type SetUp = fn(JarBuilder<Account>) -> JarBuilder<Account>;

/// A visit to the only page that every path here covers.
fn here(work: Work) -> Step {
    visit(work).path("/app")
}

/// A script's request, whose response neither seals again nor expires.
fn background(after: u32) -> Step {
    visit(read()).after(after).header("sec-fetch-mode", "cors")
}

fn public_read() -> Work {
    with(|session| Ok(say(session)?.header("cache-control", "public, max-age=60")))
}

fn expired() -> Expect {
    sends([removed(NAME)])
}

fn mark() -> Line {
    set(&format!("{MOVED}.out"), MARK_LIVES)
}

const MOVED: &str = "__Secure-s";
