//! Is a message for the next page shown once, on a page that somebody sees?

use std::sync::Arc;

use http::Method;
use sealjar_session::{Flash, FlashLevel, Jar, Session};

use crate::adapter::Mount;
use crate::answer::Line;
use crate::exchange::{Outcome, Reply, Work};
use crate::expect::{Expect, reads, removed, sends, set_until_the_browser_closes};
use crate::row::{Row, Step, row, visit};
use crate::world::World;

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        messages("a message is shown once, and its cookie is all that is set")
            .then(visit(add("saved")).gives(tells()))
            .then(visit(show()).gives(shows("success: saved")))
            .then(visit(show()).gives(reads().body("").origin("absent"))),
        messages("messages of several answers are shown together, in their order")
            .then(visit(add("one")).gives(tells()))
            .then(visit(add("two")).gives(tells()))
            .then(visit(show()).gives(shows("success: one, success: two"))),
        messages("a message is shown by the answer that adds it, if it takes it")
            .then(visit(add_and_show("wrong")).gives(reads().body("error: wrong")))
            .then(visit(show()).gives(reads().body("").origin("absent"))),
        messages("a message that is added after the page took the others waits for the next")
            .then(visit(add("one")).gives(tells()))
            .then(visit(show_and_add("two")).gives(tells().body("success: one")))
            .then(visit(show()).gives(shows("success: two"))),
        // Shown there, it would be shown twice: nothing can take its cookie away any more.
        messages("a message waits, while a body streams, for the next page")
            .then(visit(add("saved")).gives(tells()))
            .then(visit(show_late()).gives(reads().body("").origin("opened")))
            .then(visit(show()).gives(shows("success: saved"))),
        messages("messages that no page shows give way to newer ones")
            .then(visit(add(LONG)).gives(tells()))
            .then(visit(add("two")).gives(tells()))
            .then(visit(add(LONG)).gives(tells()))
            .then(visit(add("four")).gives(tells()))
            .then(visit(show()).gives(shows(&format!(
                "success: two, success: {LONG}, success: four"
            )))),
        messages("a message that does not fit alone is refused, and the others stay")
            .then(visit(add("one")).gives(tells()))
            .then(visit(add(TOO_LONG)).gives(reads().status(500)))
            .then(visit(show()).gives(shows("success: one"))),
        messages("a message that nobody sees for five minutes is over")
            .then(visit(add("saved")).gives(tells()))
            .then(
                visit(show())
                    .after(300)
                    .gives(reads().body("").origin("expired")),
            ),
        messages("a message is left where it is by a replica that cannot open it")
            .then(
                visit(add("saved"))
                    .once(World::add_newer_key)
                    .gives(tells()),
            )
            .then(
                visit(show())
                    .on(|world| vec![mount(world.jar_over(&world.behind).build().unwrap())])
                    .gives(reads().body("").origin("unknown_key")),
            )
            .then(visit(show()).gives(shows("success: saved"))),
    ];
    for (what, step) in [
        ("HEAD", visit(show()).method(Method::HEAD)),
        ("a prefetch", fetched_ahead("prefetch")),
        ("a prerender", fetched_ahead("prefetch;prerender")),
    ] {
        rows.push(
            messages(format!(
                "a message waits, after {what}, for a page that is seen"
            ))
            .then(visit(add("saved")).gives(tells()))
            .then(step.gives(reads().body("").origin("opened")))
            .then(visit(show()).gives(shows("success: saved"))),
        );
    }
    rows
}

fn messages(name: impl Into<String>) -> Row {
    row(name).on(|world| vec![mount(world.jar().build().unwrap())])
}

fn mount(jar: Jar<Flash>) -> Mount {
    Mount::Flash(jar)
}

fn fetched_ahead(purpose: &'static str) -> Step {
    visit(show()).header("sec-purpose", purpose)
}

fn with(job: impl Fn(&Session<Flash>) -> Outcome + Send + Sync + 'static) -> Work {
    Work::Flash(Arc::new(job))
}

fn add(text: &'static str) -> Work {
    with(move |flash| {
        flash.add(FlashLevel::Success, text)?;
        Ok(Reply::text(""))
    })
}

fn show() -> Work {
    with(|flash| Ok(Reply::text(shown(flash))))
}

/// Shows the messages in a body whose head has been sent.
fn show_late() -> Work {
    with(|flash| {
        _ = flash.get(); // the page says to caches that it is the visitor's
        let flash = flash.clone();
        Ok(Reply::stream(std::iter::once_with(move || shown(&flash))))
    })
}

fn add_and_show(text: &'static str) -> Work {
    with(move |flash| {
        flash.add(FlashLevel::Error, text)?;
        Ok(Reply::text(shown(flash)))
    })
}

fn show_and_add(text: &'static str) -> Work {
    with(move |flash| {
        let shown = shown(flash);
        flash.add(FlashLevel::Success, text)?;
        Ok(Reply::text(shown))
    })
}

fn shown(flash: &Session<Flash>) -> String {
    let messages = flash.take().into_iter();
    let messages = messages.map(|it| format!("{}: {}", it.level, it.text));
    messages.collect::<Vec<_>>().join(", ")
}

/// A response that leaves a message.
fn tells() -> Expect {
    sends([kept()])
}

/// A response that shows messages. It needs no mark of a logout, and says nothing more to caches
/// than a page that looks for messages.
fn shows(body: &str) -> Expect {
    Expect {
        lines: vec![removed(FLASH)],
        ..reads().body(body).origin("opened")
    }
}

fn kept() -> Line {
    set_until_the_browser_closes(FLASH)
}

const FLASH: &str = "__Host-Http-flash";
/// Two of these do not fit into the cookie.
const LONG: &str = concat!(
    "this message has about four hundred characters, as one that explains something to a person ",
    "who has made a mistake may have, with all the words that politeness asks for, which are many; ",
    "it is as long as that so that the cookie has room for it and for a short one, but not for ",
    "another that is as long, and it ends only after some more words, which say nothing at all, ",
    "and are here for their length"
);
/// No cookie of messages has room for this.
const TOO_LONG: &str = concat!(
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123"
);
