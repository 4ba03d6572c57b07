//! Does a session in a former library's cookie move to the jar's own, once, and a forged one never?

use std::sync::LazyLock;

use cookie::{Cookie, CookieJar, Key};
use sealjar_session::LegacyCookie;

use crate::adapter::Mount;
use crate::expect::{marked, reads, removed, sends, set, writes};
use crate::handlers::{logout, read, write};
use crate::people::{Account, account};
use crate::row::{Row, row, visit};
use crate::world::{APP, DAY, NAME, START, World, at};

pub(crate) fn rows() -> Vec<Row> {
    let came = |name: &str| {
        row(name.to_owned())
            .holding(|_| old_header(&KEY))
            .on(site(false))
    };
    vec![
        came("a session in a former cookie moves with the first page, and stays")
            .then(
                visit(read()).gives(
                    sends([set(NAME, DAY), removed(OLD)])
                        .body("ada, 1 visits")
                        .origin("legacy")
                        .id('A')
                        .revision(0),
                ),
            )
            .then(
                visit(read())
                    .on(site(false))
                    .gives(reads().body("ada, 1 visits").origin("opened").id('A')),
            ),
        came("a script reads it and moves it with a change alone")
            .then(
                visit(read())
                    .header("sec-fetch-mode", "cors")
                    .gives(reads().body("ada, 1 visits").origin("legacy")),
            )
            .then(
                visit(write())
                    .header("sec-fetch-mode", "cors")
                    .gives(sends([set(NAME, DAY), removed(OLD)]).body("ada, 2 visits")),
            )
            .then(visit(read()).gives(reads().body("ada, 2 visits").revision(1))),
        came("a logout expires both and is marked")
            .then(visit(logout()).gives(sends([removed(NAME), removed(OLD), marked()])))
            .then(visit(read()).gives(reads().origin("absent"))),
        came("after its date nobody looks at it")
            .then(
                visit(read())
                    .after(7 * DAY)
                    .gives(reads().body("nobody, 0 visits").origin("absent")),
            )
            .then(visit(logout()).gives(reads())),
        row("a forged one opens nothing, and stays")
            .holding(|_| old_header(&Key::generate()))
            .on(site(false))
            .then(visit(read()).gives(reads().body("nobody, 0 visits").origin("forged").uses(0, 1)))
            .then(visit(write()).gives(sends([set(NAME, DAY), removed(OLD)]))),
        came("a jar that knows nothing of it is the control")
            .on(|world| vec![Mount::Account(world.jar().build().unwrap())])
            .then(visit(read()).gives(reads().body("nobody, 0 visits").origin("absent")))
            .then(visit(write()).gives(writes())),
        row("a cookie that gets another name keeps its session and is counted once")
            .holding(|world| world.cookie_of("ada"))
            .on(renamed)
            .then(
                visit(read()).gives(
                    sends([set(RENAMED, DAY), removed(NAME)])
                        .body("ada, 1 visits")
                        .origin("opened")
                        .id('A')
                        .uses(1, 0),
                ),
            )
            .then(visit(read()).gives(reads().body("ada, 1 visits").id('A').uses(1, 0))),
        came("the first of two roll-outs writes the former cookie, and the second one its own")
            .on(site(true))
            .then(visit(read()).gives(reads().body("ada, 1 visits").origin("legacy")))
            .then(visit(write()).gives(sends([set(OLD, DAY)]).body("ada, 2 visits")))
            .then(
                visit(read())
                    .on(site(false))
                    .gives(sends([set(NAME, DAY), removed(OLD)]).body("ada, 2 visits")),
            )
            .then(visit(read()).gives(sends([set(OLD, DAY), removed(NAME)]).body("ada, 2 visits")))
            .then(visit(read()).gives(reads().body("ada, 2 visits").origin("legacy"))),
    ]
}

/// A replica whose cookie has another name than before.
fn renamed(world: &World) -> Vec<Mount> {
    let former = LegacyCookie::sealed(APP, NAME);
    let jar = world.jar().cookie_name(RENAMED);
    vec![Mount::Account(
        jar.also_opens(former, at(START)).build().unwrap(),
    )]
}

/// A replica of the second roll-out, or of the first.
fn site(keeps_writing: bool) -> impl Fn(&World) -> Vec<Mount> + Send + Sync + 'static {
    move |world| {
        let former =
            LegacyCookie::private(OLD, KEY.master(), |text| serde_json::from_str(text).ok());
        let former = if keeps_writing {
            former.keep_writing(text)
        } else {
            former
        };
        let jar = world.jar().also_opens(former, at(START));
        vec![Mount::Account(jar.build().unwrap())]
    }
}

fn text(account: &Account) -> String {
    serde_json::to_string(account).unwrap()
}

/// What axum-extra's `PrivateCookieJar` has set.
fn old_header(key: &Key) -> String {
    let mut jar = CookieJar::new();
    jar.private_mut(key)
        .add(Cookie::new(OLD, text(&account("ada"))));
    jar.get(OLD).unwrap().encoded().to_string()
}

static KEY: LazyLock<Key> = LazyLock::new(Key::generate);
const OLD: &str = "login";
const RENAMED: &str = "__Host-Http-renamed";
