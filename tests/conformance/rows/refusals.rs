//! What happens to a cookie that is refused, for each reason? Nothing, unless a handler asks for
//! it.

use http::Method;
use sealjar::RefusalKind;
use sealjar_session::Format;
use sealjar_session::SessionRefusalKind::{self, Token};

use crate::exchange::with;
use crate::expect::{marked, reads, removed, sends, set, writes};
use crate::forge::{of_another_layout, refused_as};
use crate::handlers::{change_nothing, keep_alive, login, logout, read, write};
use crate::row::{Row, Step, row, visit};
use crate::world::{DAY, NAME};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = SessionRefusalKind::all().flat_map(of_kind).collect();
    rows.extend(withheld());
    rows.push(
        row("a session in another layout is nobody's, and is left alone")
            .then(
                visit(read()).sends_header(of_another_layout).gives(
                    reads()
                        .body("nobody, 0 visits")
                        .origin(OTHER_LAYOUT)
                        .no_id(),
                ),
            )
            .then(
                visit(write())
                    .sends_header(of_another_layout)
                    .gives(writes().origin(OTHER_LAYOUT).id('A').revision(0)),
            )
            .then(visit(read()).gives(reads().body("nobody, 1 visits").origin("opened").id('A'))),
    );
    rows
}

/// A payment provider sends the visitor back by POST, and the browser does not send the session's
/// cookie.
fn withheld() -> [Row; 2] {
    let comes = |method, site| {
        visit(read())
            .method(method)
            .sends(|_, _| Vec::new())
            .header("sec-fetch-site", site)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
    };
    [
        row("a cookie that the browser had to leave out is not called absent alone")
            .holding(|world| world.cookie_of("ada"))
            .then(
                comes(Method::POST, "cross-site").gives(reads().origin("absent, withheld").no_id()),
            )
            .then(visit(read()).gives(reads().origin("opened"))),
        row("what comes from this site or by a link is absent when it is absent")
            .then(comes(Method::POST, "same-origin").gives(reads().origin("absent")))
            .then(comes(Method::POST, "same-site").gives(reads().origin("absent")))
            .then(comes(Method::GET, "cross-site").gives(reads().origin("absent")))
            .then(comes(Method::GET, "none").gives(reads().origin("absent"))),
    ]
}

fn of_kind(kind: SessionRefusalKind) -> Vec<Row> {
    let word = kind.as_str();
    let parts = if kind == SessionRefusalKind::TornChunks {
        vec![removed(&format!("{NAME}.1"))]
    } else {
        Vec::new()
    };
    let marks = if kind == SessionRefusalKind::Ambiguous {
        // Nothing shows which of the two is the session, and a logout means both.
        vec![marked()]
    } else {
        Vec::new()
    };
    let ended = [vec![removed(NAME)], parts.clone(), marks].concat();
    let replaced = [vec![set(NAME, DAY)], parts].concat();
    let answered = if kind == SessionRefusalKind::LoggedOut {
        // The logout asked for this.
        sends([removed(NAME)])
    } else {
        reads()
    };
    let mut rows = vec![
        row(format!("what is refused as {word} is not cleared unasked"))
            .then(
                of(kind, visit(read())).gives(
                    answered
                        .clone()
                        .body("nobody, 0 visits")
                        .origin(word)
                        .no_id()
                        .revision(0),
                ),
            )
            .then(of(kind, visit(with(keep_alive))).gives(answered.clone().origin(word)))
            .then(of(kind, visit(with(change_nothing))).gives(answered.origin(word))),
        row(format!("a logout expires what is refused as {word}"))
            .then(of(kind, visit(logout())).gives(sends(ended).origin(word).no_id())),
    ];
    if kind == Token(RefusalKind::Clock) {
        rows.push(
            row("a replica that cannot tell the time writes nothing").then(
                of(kind, visit(write())).gives(
                    reads()
                        .status(503)
                        .body("the session could not be saved")
                        .origin(word),
                ),
            ),
        );
        return rows;
    }
    rows.push(
        row(format!(
            "a write in place of what is refused as {word} begins a new session"
        ))
        .then(of(kind, visit(write())).gives(sends(replaced).origin(word).id('A').revision(0)))
        .then(
            visit(read()).gives(
                reads()
                    .body("nobody, 1 visits")
                    .origin("opened")
                    .id('A')
                    .revision(0),
            ),
        ),
    );
    // Only a page that is loaded in another window may do it.
    let late_mode = if kind == SessionRefusalKind::LoggedOut {
        "cors"
    } else {
        "navigate"
    };
    rows.push(
        row(format!(
            "a late answer to what is refused as {word} does not clear a login"
        ))
        .then(
            of(kind, visit(read()))
                .header("sec-fetch-mode", late_mode)
                .answered_after(1)
                .gives(reads().origin(word)),
        )
        .then(visit(login("ada")).gives(writes().id('A')))
        .then(visit(read()).gives(reads().body("ada, 0 visits").origin("opened").id('A'))),
    );
    rows
}

/// A request whose cookie is refused with this kind.
fn of(kind: SessionRefusalKind, step: Step) -> Step {
    let step = step.sends_header(move |world| refused_as(kind, world));
    if kind == Token(RefusalKind::Clock) {
        step.once(|world| world.clock.fail())
    } else {
        step
    }
}

/// The refusal of a session whose fields have other names. JSON has names in place of a layout, and
/// one member is missing.
const OTHER_LAYOUT: &str = match crate::FORMAT {
    Format::Json => "undecodable",
    _ => "old_schema",
};
