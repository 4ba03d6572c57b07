//! Attack: a page of another site sends a form in a visitor's name.

use std::sync::{Arc, Mutex};

use sealjar_session::Session;

use crate::exchange::{Outcome, Reply, Work, with};
use crate::expect::{Expect, purges, reads, writes};
use crate::handlers::{login, logout, write};
use crate::people::Account;
use crate::row::{Row, row, visit};
use crate::world::{DAY, World};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let token = Token::default();
    rows.push(
        row("a form with the token of the session is taken, as often as it is sent")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(token.give()).gives(given()))
            .then(visit(token.check(as_given)).gives(taken()))
            .then(visit(token.check(as_given)).after(DAY / 5).gives(taken())),
    );
    let token = Token::default();
    rows.push(
        row("a token of one visitor is none of another, nor of a guest")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(token.give()).gives(given()))
            .then(
                visit(token.check(as_given))
                    .sends_header(|world| world.cookie_of("bob"))
                    .gives(refused()),
            )
            .then(
                visit(token.check(as_given))
                    // The same person on another device.
                    .sends_header(|world| world.cookie_of("ada"))
                    .gives(refused()),
            )
            .then(
                visit(token.check(as_given))
                    .sends(|_, _| Vec::new())
                    .gives(refused()),
            )
            // The control: it was a good one.
            .then(visit(token.check(as_given)).gives(taken())),
    );
    let token = Token::default();
    rows.push(
        row("a guest has no token, and no text is one")
            .then(visit(token.give()).gives(reads().body("none").origin("absent")))
            .then(visit(token.check(as_given)).gives(refused())),
    );
    let token = Token::default();
    rows.push(
        row("a form from before the login is refused after it")
            .holding(|world| world.cookie_of(""))
            .then(visit(token.give()).gives(given()))
            .then(visit(token.check(as_given)).gives(taken()))
            .then(visit(login("ada")).gives(writes()))
            .then(visit(token.check(as_given)).gives(refused())),
    );
    let token = Token::default();
    rows.push(
        row("a form from before a logout is refused after it")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(token.give()).gives(given()))
            .then(visit(logout()).gives(purges()))
            .then(visit(token.check(as_given)).gives(refused())),
    );
    let token = Token::default();
    rows.push(
        row("the answer that begins a session gives a token that holds for it")
            .then(visit(token.begin_and_give()).gives(writes().body("given")))
            .then(visit(token.check(as_given)).gives(taken())),
    );
    let token = Token::default();
    rows.push(
        row("a form that is sent after a day is refused, in a session that is in use")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(token.give()).gives(given()))
            .then(visit(write()).after(DAY / 2).gives(writes()))
            .then(
                visit(token.check(as_given))
                    .after(DAY / 2 - 1)
                    .gives(sealed_again(taken())),
            )
            .then(visit(token.check(as_given)).after(1).gives(refused())),
    );
    let token = Token::default();
    rows.push(
        row("a token of before opens while another key seals")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(token.give()).gives(given()))
            .then(
                visit(token.check(as_given))
                    .once(World::add_newer_key)
                    .gives(taken()),
            ),
    );
    let edits: [(&str, Edit); 4] = [
        ("nothing", |_, _| String::new()),
        ("garbage", |_, _| "garbage".into()),
        ("a token with another character", |token, _| {
            let (first, last) = token.split_at(token.len() - 8);
            let other = if last.starts_with('A') { 'B' } else { 'A' };
            format!("{first}{other}{}", &last[1..])
        }),
        ("a text of a token's shape", |_, shape| shape.into()),
    ];
    for (what, edit) in edits {
        let token = Token::default();
        rows.push(
            row(format!(
                "a form with {what} in place of the token is refused"
            ))
            .holding(|world| world.cookie_of("ada"))
            .then(visit(token.give()).gives(given()))
            .then(visit(token.check(edit)).gives(refused()))
            .then(visit(token.check(as_given)).gives(taken())),
        );
    }
    rows
}

type Edit = fn(&str, &str) -> String;

/// The token that one handler gives and another gets back.
#[derive(Clone, Default)]
struct Token(Arc<Mutex<String>>);

impl Token {
    fn give(&self) -> Work {
        let token = self.clone();
        with(move |session| token.take_from(session))
    }

    fn begin_and_give(&self) -> Work {
        let token = self.clone();
        with(move |session| {
            session.update(|it| it.visits += 1)?;
            token.take_from(session)
        })
    }

    fn take_from(&self, session: &Session<Account>) -> Outcome {
        let given = session.csrf_token()?;
        let text = if given.is_some() { "given" } else { "none" };
        *self.0.lock().unwrap() = given.unwrap_or_default();
        Ok(Reply::text(text))
    }

    fn check(&self, edit: Edit) -> Work {
        let token = self.clone();
        with(move |session| {
            let another = session.csrf_token()?.unwrap_or_default();
            let token = token.0.lock().unwrap();
            assert!(
                token.is_empty() || *token != another,
                "each page has a text of its own"
            );
            let field = edit(&token, SHAPE);
            Ok(Reply::text(if session.is_csrf_token(&field) {
                "taken"
            } else {
                "refused"
            }))
        })
    }
}

fn as_given(token: &str, _: &str) -> String {
    token.into()
}

fn given() -> Expect {
    reads().body("given")
}

fn taken() -> Expect {
    reads().body("taken")
}

fn refused() -> Expect {
    reads().body("refused")
}

fn sealed_again(expect: Expect) -> Expect {
    Expect {
        lines: writes().lines,
        cache_control: writes().cache_control,
        ..expect
    }
}

/// A text with the shape of a token, which is none.
const SHAPE: &str = concat!(
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
);
