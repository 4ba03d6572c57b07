//! Who gets to a handler that needs somebody who is logged in, and where is everybody else sent?

use std::sync::Arc;

use http::Method;

use crate::adapter::Mount;
use crate::exchange::Work;
use crate::expect::{Expect, reads};
use crate::handlers::{add_a_visit, say};
use crate::people::Account;
use crate::row::{Row, Step, row, usual, visit};
use crate::world::World;

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        row("a person who is logged in gets to the page")
            .on(with_login_page)
            .holding(|world| world.cookie_of("ada"))
            .then(page("/orders").gives(reads().body("ada, 1 visits"))),
        row("a person who is not logged in is sent to the login page, with the way back")
            .on(with_login_page)
            .then(
                page("/orders?page=2&of=a%20b")
                    .gives(reads().sees_other("/login?next=/orders%3Fpage%3D2%26of%3Da%2520b")),
            )
            .then(
                page("/orders")
                    .method(Method::HEAD)
                    .gives(to_login("?next=/orders")),
            ),
        row("a guest with a session is not logged in, and keeps it")
            .on(with_login_page)
            .holding(|world| world.cookie_of(""))
            .then(page("/orders").gives(to_login("?next=/orders")))
            .then(page("/orders").gives(to_login("?next=/orders"))),
        row("a cookie that does not open sends to the login page and is left alone")
            .on(with_login_page)
            .holding(|_| "__Host-Http-session=garbage".into())
            .then(page("/orders").gives(to_login("?next=/orders"))),
        row("the login page is no way back")
            .on(with_login_page)
            .then(page("/login?next=/orders").gives(to_login(""))),
        row("without a login page everybody gets 401")
            .on(usual)
            .then(page("/orders").gives(unauthorized())),
        row("the way back of a form is its page, and what was sent is not sent again")
            .on(with_login_page)
            .then(form().gives(to_login("?next=/orders/7"))),
    ];
    for (name, value) in [
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-mode", "same-origin"),
        ("sec-fetch-mode", "websocket"),
        ("hx-request", "true"),
        ("x-requested-with", "XMLHttpRequest"),
    ] {
        rows.push(
            row(format!(
                "what a script asks for is answered 401: {name}: {value}"
            ))
            .on(with_login_page)
            .then(page("/orders").header(name, value).gives(unauthorized())),
        );
    }
    for types in ["*/*", "application/json", "text/html-like"] {
        rows.push(
            row(format!("who asks for no page gets 401: {types}"))
                .on(with_login_page)
                .then(asking("/orders", types).gives(unauthorized())),
        );
    }
    // A page that the visitor did not send the form from, and addresses of other hosts.
    for (site, referer) in [
        ("same-site", "https://shop.example.org/orders/7"),
        ("cross-site", "https://shop.example.org/orders/7"),
        ("", "https://evil.test/orders/7"),
        ("", "https://shop.example.org.evil.test/orders/7"),
        ("", "https://shop.example.org@evil.test/orders/7"),
        ("", "https://shop.example.org//evil.test"),
        ("", "ftp://shop.example.org/orders/7"),
        ("", "https://shop.example.org"),
        ("", "garbage"),
    ] {
        let mut step = asking("/orders/7/cancel", PAGE).header("referer", referer);
        if !site.is_empty() {
            step = step.header("sec-fetch-site", site);
        }
        rows.push(
            row(format!("a form has no way back to {referer} of {site}"))
                .on(with_login_page)
                .then(step.method(Method::POST).gives(to_login(""))),
        );
    }
    for target in ["//evil.test", "//evil.test/%2e%2e", "/a//evil.test"] {
        rows.push(
            row(format!(
                "an address that could be another host's is no way back: {target}"
            ))
            .on(with_login_page)
            .then(page(target).gives(to_login(""))),
        );
    }
    rows.push(
        row("who is logged in can change the session there")
            .on(with_login_page)
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(Work::LoggedIn(Arc::new(add_a_visit)))
                    .gives(crate::expect::writes().body("ada, 2 visits")),
            ),
    );
    rows
}

fn with_login_page(world: &World) -> Vec<Mount> {
    let jar = world.jar::<Account>().login_page("/login");
    vec![Mount::Account(jar.build().unwrap())]
}

/// A page that is for people who are logged in, as browsers ask for it.
fn page(path: &'static str) -> Step {
    asking(path, PAGE)
}

fn asking(path: &'static str, accept: &'static str) -> Step {
    visit(Work::LoggedIn(Arc::new(say)))
        .path(path)
        .header("host", "shop.example.org")
        .header("accept", accept)
}

fn form() -> Step {
    page("/orders/7/cancel")
        .method(Method::POST)
        .header("referer", "https://shop.example.org/orders/7")
}

fn to_login(query: &str) -> Expect {
    reads().sees_other(&format!("/login{query}"))
}

fn unauthorized() -> Expect {
    reads().status(401).body("nobody is logged in")
}

/// What Chromium sends.
const PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
