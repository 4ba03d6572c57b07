//! How does a session travel that is too long for one cookie?

use crate::adapter::Mount;
use crate::browser::Browser;
use crate::expect::{Expect, marked, purges, reads, removed, sends, set};
use crate::handlers::{fill, logout, measure, read, write};
use crate::people::Account;
use crate::row::{Row, Step, row, visit};
use crate::world::{DAY, NAME, World};

pub(crate) fn rows() -> Vec<Row> {
    vec![
        large("a session grows to three cookies and shrinks to one")
            .then(visit(fill(10)).gives(parts(1)))
            .then(visit(fill(4000)).gives(parts(2)))
            .then(visit(measure()).gives(reads().body("4000").uses(1, 0)))
            .then(visit(fill(7000)).gives(parts(3)))
            .then(visit(measure()).gives(reads().body("7000")))
            .then(visit(fill(4000)).gives(parts_and_removed(2, &[2])))
            .then(visit(measure()).gives(reads().body("4000")))
            .then(visit(fill(10)).gives(parts_and_removed(1, &[1])))
            .then(visit(measure()).gives(reads().body("10").origin("opened"))),
        large("a session in three cookies is sealed again as a whole")
            .then(visit(fill(7000)).gives(parts(3)))
            .then(visit(measure()).after(DAY / 2).gives(parts(3).body("7000")))
            .then(visit(measure()).after(DAY / 2).gives(parts(3).body("7000"))),
        large("a logout removes all parts")
            .then(visit(fill(7000)).gives(parts(3)))
            .then(visit(logout()).gives(sends([
                removed(NAME),
                removed(PART_1),
                removed(PART_2),
                marked(),
            ])))
            .then(visit(read()).gives(reads().origin("absent"))),
        large("without its head a session is no session, and a write takes the rest away")
            .then(visit(fill(7000)).gives(parts(3)))
            .then(
                visit(read())
                    .sends(|browser, _| cut(browser, 0))
                    .gives(reads().origin("absent")),
            )
            .then(
                visit(write())
                    .sends(|browser, _| cut(browser, 0))
                    .gives(parts_and_removed(1, &[1, 2])),
            )
            .then(visit(read()).gives(reads().body("nobody, 1 visits"))),
        large("a jar with a smaller limit reads what a larger one wrote")
            .then(visit(fill(7000)).gives(parts(3)))
            .then(
                visit(measure())
                    .on(crate::row::usual)
                    .gives(reads().body("7000")),
            )
            .then(
                visit(write())
                    .on(crate::row::usual)
                    .gives(reads().status(500).body("the session could not be saved")),
            )
            .then(
                visit(fill(10))
                    .on(crate::row::usual)
                    .gives(parts_and_removed(1, &[1, 2])),
            ),
        large("too large for the largest jar is refused by name, and nothing is lost")
            .then(visit(fill(7000)).gives(parts(3)))
            .then(
                visit(fill(10_000))
                    .gives(reads().status(500).body("the session could not be saved")),
            )
            .then(visit(measure()).gives(reads().body("7000"))),
        large("parts of two generations are no session, whichever is mixed")
            .then(visit(fill(7000)).copied_as("first").gives(parts(3)))
            .then(visit(fill(7001)).gives(parts(3)))
            .then(mixed(0))
            .then(mixed(1))
            .then(mixed(2))
            .then(visit(measure()).gives(reads().body("7001").revision(1))),
        large("parts of another generation beside a whole session do not tear it")
            .then(visit(fill(7000)).copied_as("first").gives(parts(3)))
            .then(visit(fill(7001)).gives(parts(3)))
            .then(
                visit(measure())
                    .sends(beside_old_parts)
                    .gives(reads().body("7001").uses(1, 0)),
            ),
        large("a part that is missing tears a session, and nothing is cleared")
            .then(visit(fill(7000)).gives(parts(3)))
            .then(torn(1))
            .then(torn(2))
            .then(visit(measure()).gives(reads().body("7000"))),
        large("a torn session is replaced by a write, which takes the rest away")
            .then(visit(fill(7000)).gives(parts(3)))
            .then(
                visit(fill(10))
                    .sends(|browser, _| cut(browser, 1))
                    .gives(parts_and_removed(1, &[2]).origin("torn_chunks")),
            ),
        large("what a part was left behind from is no session")
            .holding(|_| format!("{PART_1}=abcd.x"))
            .then(visit(read()).gives(reads().origin("absent")))
            .then(visit(write()).gives(sends([set(NAME, DAY), removed(PART_1)])))
            .then(visit(logout()).gives(purges())),
    ]
}

/// A row on a jar with the greatest limit.
fn large(name: &str) -> Row {
    row(name).on(|world: &World| {
        let jar = world.jar::<Account>().max_size(12_288);
        vec![Mount::Account(jar.build().unwrap())]
    })
}

/// Reads with one part of an earlier generation in place of its own.
fn mixed(part: usize) -> Step {
    let mix = move |browser: &Browser, _: &World| {
        let (now, old) = (browser.header("/"), browser.copy("first"));
        let mut pairs: Vec<&str> = now.split("; ").collect();
        pairs[part] = old.split("; ").nth(part).unwrap();
        vec![pairs.join("; ").into_bytes()]
    };
    visit(read())
        .sends(mix)
        .gives(reads().origin("torn_chunks").no_id())
}

fn torn(part: usize) -> Step {
    let step = visit(read()).sends(move |browser, _| cut(browser, part));
    step.gives(reads().origin("torn_chunks").uses(0, 1))
}

/// The browser's cookies except one.
fn cut(browser: &Browser, part: usize) -> Vec<Vec<u8>> {
    let header = browser.header("/");
    let mut pairs: Vec<&str> = header.split("; ").collect();
    pairs.remove(part);
    vec![pairs.join("; ").into_bytes()]
}

/// The browser's cookies between the parts of an earlier generation, without its head.
fn beside_old_parts(browser: &Browser, _: &World) -> Vec<Vec<u8>> {
    let old: Vec<&str> = browser.copy("first").split("; ").collect();
    let header = [old[1], &browser.header("/"), old[2]].join("; ");
    vec![header.into_bytes()]
}

fn parts(count: usize) -> Expect {
    parts_and_removed(count, &[])
}

fn parts_and_removed(count: usize, gone: &[usize]) -> Expect {
    let kept = [NAME, PART_1, PART_2].map(|name| set(name, DAY));
    let gone = gone
        .iter()
        .map(|part| removed([NAME, PART_1, PART_2][*part]));
    sends(kept.into_iter().take(count).chain(gone))
}

const PART_1: &str = "__Host-Http-session.1";
const PART_2: &str = "__Host-Http-session.2";
