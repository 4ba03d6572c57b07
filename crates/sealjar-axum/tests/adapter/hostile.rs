//! Cookies and headers from whoever wants to. The answer is the same, byte for byte.

use axum::Router;
use axum::body::Body;
use http::Request;
use http::header::COOKIE;
use sealjar_axum::{Jar, Origin, Session};

use crate::support::{Account, DAY, NAME, Time, app, call, get, get_with, jar_named, ring, show};

pub(crate) fn ada() -> Account {
    Account {
        name: "ada".into(),
        visits: 1,
    }
}

/// Cookie headers that must open nothing, with the kind that each is refused as.
pub(crate) fn hostile(
    jar: &Jar<Account>,
    foreign: &Jar<Account>,
    expired: String,
) -> Vec<(&'static str, Vec<u8>)> {
    let fine = jar.cookie_for(&ada()).unwrap();
    let token = fine.split_once('=').unwrap().1.to_owned();
    let mut flipped = token.clone();
    flipped.replace_range(70..71, if &token[70..71] == "A" { "B" } else { "A" });
    let text = |kind, header: String| (kind, header.into_bytes());
    vec![
        text("malformed", format!("{NAME}=")),
        text("malformed", format!("{NAME}=garbage")),
        text("malformed", format!("{NAME}={token}!")),
        text("malformed", format!("{NAME}={}", "A".repeat(60_000))),
        (
            "malformed",
            [format!("{NAME}=").as_bytes(), &[0xFF; 200]].concat(),
        ),
        (
            "malformed",
            [&[0xFE; 50][..], b"=1; ", NAME.as_bytes(), b"=\xE9\x80"].concat(),
        ),
        text("unknown_version", format!("{NAME}=_{}", &token[1..])),
        text("unknown_key", foreign.cookie_for(&ada()).unwrap()),
        text("forged", format!("{NAME}={flipped}")),
        text("expired", expired),
        text("torn_chunks", format!("{NAME}=9~abcd.x; {NAME}.1=abcd.y")),
        text("torn_chunks", format!("{NAME}=4294967295~abcd.x")),
        text(
            "ambiguous",
            (0..5).map(|n| format!("{NAME}={n}; ")).collect(),
        ),
        text(
            "ambiguous",
            format!("{fine}; {}", jar.cookie_for(&ada()).unwrap()),
        ),
    ]
}

#[tokio::test]
async fn every_hostile_cookie_gets_the_answer_of_a_visitor_without_one() {
    async fn write(session: Session<Account>) -> String {
        session.update(|it| it.name.clear()).unwrap();
        session.keep_alive();
        show(session).await
    }
    let (ring, time) = (ring(), Time::starting());
    let jar = jar_named(&ring, &time, NAME);
    let foreign = jar_named(&crate::support::ring(), &time, NAME);
    let expired = jar.cookie_for(&ada()).unwrap();
    time.pass(2 * DAY);
    let rows = hostile(&jar, &foreign, expired);
    for app in [app(&jar, show), app(&jar, write)] {
        let wanted = call(&app, get("/")).await.bytes();
        for (kind, header) in &rows {
            assert_eq!(call(&app, get_with(header)).await.bytes(), wanted, "{kind}");
        }
        // The negative control: one that opens gets another answer.
        let fine = jar.cookie_for(&ada()).unwrap();
        assert_ne!(call(&app, get_with(fine)).await.bytes(), wanted);
    }
    // The rows are what they say: the kinds do differ, inside.
    let kind = app(&jar, |session: Session<Account>| async move {
        match session.origin() {
            Origin::Refused(refusal) => refusal.kind(),
            _ => "not refused",
        }
    });
    for (wanted, header) in rows {
        assert_eq!(
            call(&kind, get_with(&header)).await.body,
            wanted,
            "{:.80}",
            String::from_utf8_lossy(&header)
        );
    }
}

#[tokio::test]
async fn a_neighbour_that_is_no_text_does_not_log_anyone_out() {
    let jar = crate::support::jar();
    let fine = jar.cookie_for(&ada()).unwrap();
    // Every byte that a header may carry.
    for byte in (0x20..=0xFF).chain([b'\t']).filter(|it| *it != 0x7F) {
        let header = [
            &b"x="[..],
            &[byte, byte],
            b"; ",
            fine.as_bytes(),
            b"; y=",
            &[byte],
        ]
        .concat();
        let answer = call(&app(&jar, show), get_with(header)).await;
        assert!(answer.body.contains("ada"), "byte {byte}");
    }
}

fn with_headers(cookie: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::get("/").header(COOKIE, cookie);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn forwarded_headers_change_nothing() {
    let (ring, time) = (ring(), Time::starting());
    let jar = jar_named(&ring, &time, NAME);
    let fine = jar.cookie_for(&ada()).unwrap();
    time.pass(DAY / 2);
    let readers: [Router; 2] = [
        app(&jar, show),
        app(&jar, |it: Session<Account>| async move { it.purge() }),
    ];
    for (reader, app) in readers.into_iter().enumerate() {
        let plain = call(&app, with_headers(&fine, &[])).await;
        for spoofed in [
            &[
                ("x-forwarded-for", "127.0.0.1"),
                ("x-forwarded-proto", "http"),
            ][..],
            &[
                ("x-forwarded-host", "evil.example"),
                ("x-forwarded-port", "80"),
                ("x-forwarded-prefix", "/evil"),
            ],
            &[("forwarded", "for=127.0.0.1;proto=http;host=evil.example")],
            &[
                ("x-real-ip", "10.0.0.1"),
                ("x-forwarded-user", "admin"),
                ("x-original-url", "/admin"),
            ],
            &[("host", "evil.example"), ("origin", "https://evil.example")],
            &[
                ("x-forwarded-ssl", "off"),
                ("front-end-https", "off"),
                ("x-http-method-override", "DELETE"),
            ],
        ] {
            let answer = call(&app, with_headers(&fine, spoofed)).await;
            assert_eq!(
                (answer.status, &answer.body),
                (plain.status, &plain.body),
                "{spoofed:?}"
            );
            let shape = |lines: Vec<&str>| -> Vec<String> {
                // All but the sealed text, which is new each time.
                lines
                    .iter()
                    .map(|it| it.split_once(';').unwrap().1.to_owned())
                    .collect()
            };
            assert_eq!(
                shape(answer.cookies()),
                shape(plain.cookies()),
                "{spoofed:?}"
            );
            assert_eq!(answer.cookies().len(), reader + 1);
            for name in ["vary", "cache-control", "clear-site-data"] {
                assert_eq!(answer.all(name), plain.all(name), "{spoofed:?}");
            }
        }
    }
}
