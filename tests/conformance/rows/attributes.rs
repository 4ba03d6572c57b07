//! What is on the lines that set a session, seal it again and remove it?

use sealjar_session::{Jar, JarBuilder, SameSite};

use crate::adapter::Mount;
use crate::answer::{Attributes, Line};
use crate::expect::{Expect, reads, removed, sends, set, set_until_the_browser_closes};
use crate::handlers::{logout, read, write};
use crate::people::Account;
use crate::row::{Row, row, visit};
use crate::world::{DAY, MARK_LIVES, NAME, World};

type SetUp = fn(JarBuilder<Account>) -> JarBuilder<Account>;

pub(crate) fn rows() -> Vec<Row> {
    let host = Attributes::default;
    let table: [(&str, SetUp, &str, Attributes); 10] = [
        ("the defaults", |it| it, NAME, host()),
        ("a name", |it| it.cookie_name("basket"), "basket", host()),
        (
            "a path",
            |it| it.cookie_name("__Secure-s").path("/app"),
            "__Secure-s",
            Attributes {
                path: "/app".into(),
                ..host()
            },
        ),
        (
            "a domain",
            |it| it.cookie_name("__Secure-s").domain("example.org"),
            "__Secure-s",
            Attributes {
                domain: Some("example.org".into()),
                ..host()
            },
        ),
        (
            "SameSite=Strict",
            |it| it.same_site(SameSite::Strict),
            NAME,
            Attributes {
                same_site: Some("Strict".into()),
                ..host()
            },
        ),
        (
            "SameSite=Lax",
            |it| it.same_site(SameSite::Lax),
            NAME,
            host(),
        ),
        (
            "SameSite=None",
            |it| it.same_site(SameSite::None),
            NAME,
            Attributes {
                same_site: Some("None".into()),
                ..host()
            },
        ),
        (
            "plain http",
            |it| it.allow_insecure_http(true),
            "session",
            Attributes {
                secure: false,
                ..host()
            },
        ),
        (
            "plain http and a name",
            |it| it.allow_insecure_http(true).cookie_name("s"),
            "s",
            Attributes {
                secure: false,
                ..host()
            },
        ),
        (
            "all that can be chosen",
            |it| {
                it.cookie_name("__Secure-s")
                    .path("/app")
                    .domain("example.org")
                    .same_site(SameSite::None)
            },
            "__Secure-s",
            Attributes {
                path: "/app".into(),
                domain: Some("example.org".into()),
                same_site: Some("None".into()),
                ..host()
            },
        ),
    ];
    let mut rows: Vec<Row> = table
        .into_iter()
        .map(|(what, set_up, name, attributes)| {
            through_its_life(what, set_up, name, attributes, |line| vec![line])
        })
        .collect();
    rows.extend([
        through_its_life(
            "Partitioned",
            |it| it.partitioned(true).same_site(SameSite::None),
            NAME,
            Attributes {
                partitioned: true,
                same_site: Some("None".into()),
                ..host()
            },
            |line| {
                let twin = removed(NAME).with(&Attributes {
                    same_site: Some("None".into()),
                    ..Attributes::default()
                });
                match line {
                    set if set != removed(NAME) => vec![twin, set],
                    removed => vec![removed, twin],
                }
            },
        ),
        row("a cookie that ends with the browser's window has no age")
            .on(|world| site(world, |it| it.persistent(false)))
            .then(visit(write()).gives(until_the_browser_closes()))
            .then(visit(read()).gives(reads().origin("opened")))
            .then(
                visit(read())
                    .after(DAY / 4)
                    .gives(until_the_browser_closes()),
            )
            .then(visit(read()).after(DAY).gives(reads().origin("expired"))),
    ]);
    rows
}

/// A session is set, sealed again and removed, and its lines describe one cookie.
fn through_its_life(
    what: &str,
    set_up: SetUp,
    name: &'static str,
    attributes: Attributes,
    written: impl Fn(Line) -> Vec<Line>,
) -> Row {
    let path = if attributes.path == "/app" {
        "/app"
    } else {
        "/"
    };
    let mark = set(&format!("{name}.out"), MARK_LIVES);
    row(format!(
        "{what}: the same on setting, sealing again and removing"
    ))
    .on(move |world| site(world, set_up))
    .with_attributes(attributes)
    .then(
        visit(write())
            .path(path)
            .gives(sends(written(set(name, DAY)))),
    )
    .then(visit(read()).path(path).gives(reads().origin("opened")))
    .then(
        visit(read())
            .path(path)
            .after(DAY / 2)
            .gives(sends([set(name, DAY)])),
    )
    .then(
        visit(logout())
            .path(path)
            .gives(sends([written(removed(name)), vec![mark]].concat())),
    )
    .then(visit(read()).path(path).gives(reads().origin("absent")))
}

fn site(world: &World, set_up: SetUp) -> Vec<Mount> {
    let jar: Jar<Account> = set_up(world.jar()).build().unwrap();
    vec![Mount::Account(jar)]
}

fn until_the_browser_closes() -> Expect {
    sends([set_until_the_browser_closes(NAME)])
}
