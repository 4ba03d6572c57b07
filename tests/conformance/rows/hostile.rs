//! Cookies and headers from attackers: does a response reveal anything, and can they lock anyone
//! out?

use sealjar::RefusalKind;
use sealjar_session::SessionRefusalKind::{self, Token};

use crate::exchange::{Work, with};
use crate::expect::{Expect, purges, reads, writes};
use crate::forge::{of_another_jar, refused_as};
use crate::handlers::{change_nothing, keep_alive, logout, read, write};
use crate::row::{Row, row, visit};
use crate::world::{APP, NAME, World};

pub(crate) fn rows() -> Vec<Row> {
    vec![
        all_refusals_look_alike("a read", read),
        all_refusals_look_alike("a read that would keep it alive", || with(keep_alive)),
        all_refusals_look_alike("a change that changes nothing", || with(change_nothing)),
        what_is_no_token_looks_alike(),
        spellings(),
        row("another app's session is refused")
            .then(
                visit(read())
                    .sends_header(|world| of_another_jar(world, "blog-test", NAME))
                    .gives(forged()),
            )
            .then(
                visit(read())
                    .sends_header(|world| of_another_jar(world, APP, "other"))
                    .gives(forged()),
            )
            .then(
                visit(read())
                    .sends_header(|world| of_another_jar(world, APP, NAME))
                    .gives(reads().origin("opened")),
            ),
        neighbours(),
        row("cookies on several header lines are one request")
            .holding(|world| world.cookie_of("ada"))
            .then(on_line(0))
            .then(on_line(1))
            .then(on_line(2)),
        believed("a read", read, reads),
        believed("a write", write, writes),
        believed("a logout", logout, purges),
    ]
}

/// The first visitor brings no cookie, and the others must look the same from outside. The
/// exception is a visitor who has logged out: the response expires the cookie that came back.
pub(crate) fn all_refusals_look_alike(what: &str, work: fn() -> Work) -> Row {
    let all = row(format!(
        "{what} answers to every refusal alike, byte for byte"
    ))
    .then(visit(work()).gives(reads().body("nobody, 0 visits")));
    // The last one breaks the clock, for good.
    let clock = Token(RefusalKind::Clock);
    let kinds = SessionRefusalKind::all()
        .filter(move |it| ![clock, SessionRefusalKind::LoggedOut].contains(it));
    kinds
        .chain([clock])
        .fold(all, |row, kind| {
            let step = visit(work()).sends_header(move |world| refused_as(kind, world));
            row.then(step.once(move |world| {
                if kind == clock {
                    world.clock.fail();
                }
            }))
        })
        .all_alike()
}

fn what_is_no_token_looks_alike() -> Row {
    let rest: [fn(&str) -> Vec<u8>; 14] = [
        |_| Vec::new(),
        |token| token[..93].into(),
        |token| format!("{token}=").into(),
        |token| format!("{token}!").into(),
        |token| format!("\"{token}\"").into(),
        |_| "A".repeat(12_289).into(),
        |_| "A".repeat(60_000).into(),
        |_| vec![0xFF; 200],
        |_| "0~abcd.x".into(),
        |_| "1~abcd.x".into(),
        |_| "10~abcd.x".into(),
        |_| "4294967295~abcd.x".into(),
        |_| "9~".into(),
        |_| "\u{1F36A}".repeat(100).into(),
    ];
    let all = row("whatever is no token and no part of one is answered alike, byte for byte")
        .then(visit(read()));
    rest.into_iter()
        .fold(all, |row, value| {
            row.then(visit(read()).sends(move |_, world| {
                let header = world.cookie_of("ada");
                let (_, token) = header.split_once('=').unwrap();
                vec![[format!("{NAME}=").into_bytes(), value(token)].concat()]
            }))
        })
        .all_alike()
}

/// Names that careless parsers read as ours, and values that they change.
fn spellings() -> Row {
    let names = [
        "%5f%5fHost-Http-session",
        "__host-http-session",
        "__Host-Http-session ",
        "\u{2003}__Host-Http-session",
        "\u{a0}__Host-Http-session",
        "__Host-Http%2Dsession",
        "\"__Host-Http-session\"",
        "$__Host-Http-session",
        "__Host-Http-session.9",
        "__Host-Http-session.",
        "x__Host-Http-session",
    ];
    names.into_iter().fold(
        row("a name in another spelling is another name, beside the good one and alone"),
        |row, name| {
            let evil = move |world: &World| {
                let header = world.cookie_of("evil");
                format!("{name}={}", header.split_once('=').unwrap().1)
            };
            row.then(
                visit(read())
                    .sends_header(evil)
                    .gives(reads().origin("absent")),
            )
            .then(
                visit(read())
                    .sends_header(move |world| {
                        format!("{}; {}", evil(world), world.cookie_of("ada"))
                    })
                    .gives(reads().body("ada, 1 visits")),
            )
            .then(
                visit(read())
                    .sends_header(move |world| {
                        format!("{}; {}", world.cookie_of("ada"), evil(world))
                    })
                    .gives(reads().body("ada, 1 visits")),
            )
        },
    )
}

/// Every byte that is allowed in a header.
fn neighbours() -> Row {
    (0x20..=0xFF_u8)
        .chain([b'\t'])
        .filter(|it| *it != 0x7F)
        .fold(
            row("a neighbour that is no text logs nobody out")
                .holding(|world| world.cookie_of("ada")),
            |row, byte| {
                row.then(
                    visit(read())
                        .sends(move |browser, _| {
                            let good = browser.header("/");
                            let header = [
                                &b"x="[..],
                                &[byte, byte],
                                b"; ",
                                good.as_bytes(),
                                b"; y=",
                                &[byte],
                            ];
                            vec![header.concat()]
                        })
                        .gives(reads().body("ada, 1 visits")),
                )
            },
        )
}

/// Ada's cookie on one of three lines.
fn on_line(place: usize) -> crate::row::Step {
    visit(read())
        .sends(move |browser, _| {
            let mut lines = vec![b"other=1".to_vec(); 3];
            lines[place] = browser.header("/").into();
            lines
        })
        .gives(reads().body("ada, 1 visits"))
}

/// Headers that a proxy may set and anyone may send.
fn believed(what: &str, work: fn() -> Work, expect: fn() -> Expect) -> Row {
    let spoofed = [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-port", "80"),
        ("x-forwarded-prefix", "/evil"),
        ("x-forwarded-ssl", "off"),
        ("x-forwarded-user", "admin"),
        ("forwarded", "for=127.0.0.1;proto=http;host=evil.example"),
        ("x-real-ip", "10.0.0.1"),
        ("x-original-url", "/admin"),
        ("x-http-method-override", "DELETE"),
        ("front-end-https", "off"),
        ("host", "evil.example"),
        ("origin", "https://evil.example"),
    ];
    spoofed.into_iter().fold(
        row(format!("{what} does not believe a forwarded header")),
        |row, (name, value)| {
            let step = visit(work()).sends_header(|world| world.cookie_of("ada"));
            row.then(step.header(name, value).gives(expect().origin("opened")))
        },
    )
}

fn forged() -> Expect {
    reads().body("nobody, 0 visits").origin("forged")
}
